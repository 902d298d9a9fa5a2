#include "host/host_fixture.h"

using namespace stepd;
using namespace stepd::test;

/// What is particular about plugins inside the daemon.
class InprocTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(InprocTest);
    CPPUNIT_TEST(testPluginThatEndsItsProcessIsNeverLoaded);
    CPPUNIT_TEST(testStepThatIgnoresItsDeadlineMovesOut);
    CPPUNIT_TEST(testNeighboursOfAnIgnorantStepEndByThemselves);
    CPPUNIT_TEST(testStopLeavesWhatDoesNotObey);
    CPPUNIT_TEST(testReloadKeepsRunningCalls);
    CPPUNIT_TEST(testSameFileTwice);
    CPPUNIT_TEST_SUITE_END();

    static host::PluginSpec lab(std::uint32_t threads = 4) {
        auto spec = HostFixture::spec("lab", "lab");
        spec.threads = threads;
        spec.isolation = host::Isolation::Inproc;
        return spec;
    }

    void testPluginThatEndsItsProcessIsNeverLoaded() {
        HostFixture host;
        auto spec = HostFixture::spec("exits", "broken_exit");
        spec.isolation = host::Isolation::Inproc;
        host.use({spec});
        const auto status = host.waitState("exits", host::PluginState::Broken);
        ASSERT_CONTAINS("it cannot be loaded", status.sentence);
        ASSERT_CLASS(OutcomeClass::InvalidConfig, host.run(HostFixture::call("", "{}", "{}", "exits")));
    }

    void testStepThatIgnoresItsDeadlineMovesOut() {
        HostFixture host(kShortGrace);
        auto spec = lab();
        spec.workers = 2;
        host.use({spec});
        auto call = HostFixture::call("stuck");
        call.timeout = 20ms;
        const auto result = host.run(call);
        ASSERT_CLASS(OutcomeClass::Timeout, result);
        CPPUNIT_ASSERT_EQUAL(std::string("abandoned"), result.error.code);
        ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
        const auto status = host.waitSlots("lab", 8);  // 2 workers of 4 threads
        CPPUNIT_ASSERT(host::Isolation::Process == status.isolation);
        CPPUNIT_ASSERT(host::HealthState::Limited == status.health.state);
        ASSERT_CONTAINS("go to worker processes from now on", status.health.message);
        ASSERT_CLASS(OutcomeClass::Crash, host.run("die"));  // and the daemon lives
    }

    void testNeighboursOfAnIgnorantStepEndByThemselves() {
        HostFixture host(kShortGrace);
        host.use({lab()});
        const auto stuck = host.invoke(HostFixture::call("stuck"));
        const auto neighbour = host.invoke(HostFixture::call("wait"));
        host.waitProgress(stuck);
        host.waitProgress(neighbour);
        host.supervisor.cancel(stuck, host::CancelReason::User);
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(stuck));
        host.waitLog("did not stop when told to");
        host.supervisor.cancel(neighbour, host::CancelReason::User);
        const auto result = host.wait(neighbour);
        ASSERT_CLASS(OutcomeClass::Cancelled, result);
        CPPUNIT_ASSERT_EQUAL(std::string("at 42"), result.resumeToken);
    }

    void testStopLeavesWhatDoesNotObey() {
        HostFixture host(kShortGrace);
        host.use({lab()});
        const auto stuck = host.invoke(HostFixture::call("stuck"));
        host.waitProgress(stuck);
        host.supervisor.stop();
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(stuck));
    }

    void testReloadKeepsRunningCalls() {
        HostFixture host;
        host.use({lab()});
        const auto kept = host.invoke(HostFixture::call("wait"));
        host.waitProgress(kept);
        auto changed = lab();
        changed.options = R"({"new": true})";
        host.swap({changed});
        ASSERT_CONTAINS("\"new\":true", host.run("echo").output);
        host.supervisor.cancel(kept, host::CancelReason::User);
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(kept));
    }

    void testSameFileTwice() {
        HostFixture host;
        auto other = lab();
        other.name = "other";
        other.options = R"({"name": "other"})";
        host.use({lab(), other});
        CPPUNIT_ASSERT(host.run("echo").output.find("\"name\"") == std::string::npos);
        ASSERT_CONTAINS("\"name\":\"other\"", host.run(HostFixture::call("echo", "{}", "{}", "other")).output);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(InprocTest);
