#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <thread>

#include "host/host_fixture.h"
#include "host/memory_allowance.h"
#include "host/recycling.h"

using namespace stepd;
using namespace stepd::test;
using Json = nlohmann::json;
namespace fs = std::filesystem;

/// Workers that use too much, or have worked enough, or must be stopped: another one takes their place.
class ContainmentTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ContainmentTest);
    CPPUNIT_TEST(testMemoryLimitIsOutOfMemory);
    CPPUNIT_TEST(testWearIsCallsAndAge);
    CPPUNIT_TEST(testWorkerIsReplacedAfterItsCalls);
    CPPUNIT_TEST(testWorkerIsReplacedWhenItIsTooLarge);
    CPPUNIT_TEST(testWorkerIsReplacedWhenItIsOldThoughNobodyCalls);
    CPPUNIT_TEST(testWornWorkerGoesOnUntilItsSuccessorIsThere);
    CPPUNIT_TEST(testSpinningCallIsStoppedAndItsWorkerReplacedMeanwhile);
    CPPUNIT_TEST(testKillsOnOurAccountDoNotSlowTheNextWorker);
    CPPUNIT_TEST(testChildrenThatLeaveTheSessionDieWithTheirWorker);
    CPPUNIT_TEST_SUITE_END();

    static host::PluginSpec plugin() { return HostFixture::spec("crashing", "crashing"); }
    static host::StepCall call(const std::string& how) {
        return HostFixture::call("crash", R"({"how": ")" + how + R"("})", "{}", "crashing");
    }
    static int pid(HostFixture& host) {
        const auto result = host.run(call("done"));
        ASSERT_CLASS(OutcomeClass::Ok, result);
        return Json::parse(result.output).at("pid").get<int>();
    }
    /// Until another worker than `before` answers.
    static int otherPid(HostFixture& host, int before) {
        for (const Instant end = SystemClock().instant() + kPatience; SystemClock().instant() < end;)
            if (const int now = pid(host); now != before) return now;
        CPPUNIT_FAIL("no other worker answers");
        return 0;
    }

    void testMemoryLimitIsOutOfMemory() {
        if (!host::kLimitsMemory) {
            std::cout << "SKIPPED: no limit on memory under a sanitizer\n";
            return;
        }
        HostFixture host;
        auto spec = plugin();
        spec.limits.memoryBytes = 64U << 20;
        host.use({spec});
        // An exception that the SDK has caught: the worker lives.
        const int before = pid(host);
        const auto thrown = host.run(call("fill"));
        ASSERT_CLASS(OutcomeClass::Oom, thrown);
        CPPUNIT_ASSERT_EQUAL(std::string("memory_limit"), thrown.error.code);
        ASSERT_CONTAINS("its worker may use 64MiB (`limits.memory`)", thrown.error.message);
        CPPUNIT_ASSERT_EQUAL(before, pid(host));
        // A null pointer that nobody looked at.
        const auto crashed = host.run(call("blind"));
        ASSERT_CLASS(OutcomeClass::Oom, crashed);
        CPPUNIT_ASSERT_EQUAL(std::string("memory_limit"), crashed.error.code);
        ASSERT_CONTAINS("its worker may use 64MiB (`limits.memory`) and used ", crashed.error.message);
        ASSERT_CONTAINS("fillBlindly()", crashed.error.details);
        // What crashes for other reasons is no lack of memory.
        ASSERT_CLASS(OutcomeClass::Crash, host.run(call("read")));
    }

    void testWearIsCallsAndAge() {
        const Instant born{100s};
        host::Wear never({}, born);
        for (int i = 0; i < 1000; ++i) never.called();
        CPPUNIT_ASSERT(!never.out(born + 1000h) && !never.due() && !never.tooLarge(~std::uint64_t{0}));
        host::Wear wear({.calls = 2, .age = 10s, .memoryBytes = 1000}, born);
        wear.called();
        CPPUNIT_ASSERT(!wear.out(born + 9999ms));
        CPPUNIT_ASSERT(wear.out(born + 10s));
        CPPUNIT_ASSERT(born + 10s == wear.due());
        wear.called();
        CPPUNIT_ASSERT(wear.out(born));
        CPPUNIT_ASSERT(!wear.tooLarge(999) && wear.tooLarge(1000));
        CPPUNIT_ASSERT(host::residentBytes(::getpid()).value_or(0) > 100'000);
        CPPUNIT_ASSERT(!host::residentBytes(-1));
    }

    void testWorkerIsReplacedAfterItsCalls() {
        HostFixture host;
        auto spec = plugin();
        spec.recycle.calls = 3;
        host.use({spec});
        const int first = pid(host);
        const int second = otherPid(host, first);
        otherPid(host, second);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, host.supervisor.plugin("crashing")->restarts);
    }

    void testWorkerIsReplacedWhenItIsTooLarge() {
        HostFixture host;
        auto spec = plugin();
        spec.recycle.memoryBytes = 1;  // any process is larger
        host.use({spec});
        otherPid(host, pid(host));
    }

    void testWorkerIsReplacedWhenItIsOldThoughNobodyCalls() {
        HostFixture host;
        auto spec = plugin();
        spec.recycle.age = 50ms;
        host.use({spec});
        host.waitLog("a fresh worker takes over");
        ASSERT_CLASS(OutcomeClass::Ok, host.run(call("done")));
    }

    void testWornWorkerGoesOnUntilItsSuccessorIsThere() {
        HostFixture host;
        auto spec = plugin();
        spec.threads = 4;
        spec.recycle.calls = 2;
        host.use({spec});
        const auto held = host.invoke(call("wait"));
        host.waitProgress(held);
        // Many in flight all the time, through many successions: each of them ends well.
        for (int round = 0; round < 10; ++round) {
            const auto ids = host.invokeAll(std::vector<host::StepCall>(8, call("done")));
            for (const auto id : ids) ASSERT_CLASS(OutcomeClass::Ok, host.wait(id));
        }
        host.supervisor.cancel(held, host::CancelReason::User);
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(held));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, host.supervisor.plugin("crashing")->restarts);
    }

    void testSpinningCallIsStoppedAndItsWorkerReplacedMeanwhile() {
        auto options = HostFixture::options(kShortGrace);
        options.termGrace = kPatience;           // the spinning one is not killed before we have seen the other
        options.respawnDelay = 100 * kPatience;  // no death of a plugin's own making
        HostFixture host(options);
        host.use({plugin()});
        auto spinning = call("spin");
        spinning.input = R"({"how": "spin", "block_term": true})";
        const auto id = host.invoke(spinning);
        const int old = std::stoi(host.waitProgress(id));
        const Instant cancelled = host.clock.instant();
        host.supervisor.cancel(id, host::CancelReason::User);
        const auto next = host.run(call("done"));
        const Instant replaced = host.clock.instant();
        ASSERT_CLASS(OutcomeClass::Ok, next);
        CPPUNIT_ASSERT_EQUAL(0, ::kill(old, SIGKILL));  // it was still there, and in nobody's way
        ASSERT_CLASS(OutcomeClass::Cancelled, host.wait(id));
        std::cout << "another worker had answered " << (replaced - cancelled) / 1ms
                  << " ms after the cancel, with a grace of " << kShortGrace / 1ms << " ms\n";
    }

    void testKillsOnOurAccountDoNotSlowTheNextWorker() {
        auto options = HostFixture::options(kShortGrace);
        options.respawnDelay = 100 * kPatience;
        HostFixture host(options);
        host.use({plugin()});
        for (int i = 0; i < 3; ++i) {
            auto late = call("spin");
            late.timeout = 50ms;
            const auto result = host.run(late);
            ASSERT_CLASS(OutcomeClass::Timeout, result);
            CPPUNIT_ASSERT_EQUAL(std::string("killed"), result.error.code);
            // It could not tell itself.
            CPPUNIT_ASSERT(result.receipt.cpu > Duration::zero());
        }
        ASSERT_CLASS(OutcomeClass::Ok, host.run(call("done")));
    }

    static std::size_t processesIn(const fs::path& group) {
        std::ifstream file(group / "cgroup.procs");
        return static_cast<std::size_t>(std::distance(std::istream_iterator<int>(file), {}));
    }

    void testChildrenThatLeaveTheSessionDieWithTheirWorker() {
        const fs::path tree =
            fs::exists("/sys/fs/cgroup/cgroup.controllers") ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified";
        const fs::path home = tree / ("stepd-test-" + std::to_string(::getpid()));
        std::error_code error;
        if (!fs::exists(tree / "cgroup.controllers") || !fs::create_directory(home, error)) {
            std::cout << "SKIPPED: no control group tree of version 2 that we may write to\n";
            return;
        }
        {
            auto options = HostFixture::options();
            options.groupHome = home.string();
            HostFixture host(options);
            auto spec = plugin();
            spec.sandbox = SandboxMode::Off;  // which would not let it begin
            host.use({spec});
            const fs::path first = home / ("worker-" + std::to_string(pid(host)));
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, processesIn(first));
            ASSERT_CLASS(OutcomeClass::Crash, host.run(call("children")));
            const Instant end = SystemClock().instant() + kPatience;
            while (processesIn(first) != 0 && SystemClock().instant() < end) std::this_thread::yield();
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, processesIn(first));
            ASSERT_CLASS(OutcomeClass::Ok, host.run(call("done")));
        }
        for (const auto& entry : fs::directory_iterator(home))
            if (entry.is_directory()) ::rmdir(entry.path().c_str());
        CPPUNIT_ASSERT_EQUAL(0, ::rmdir(home.c_str()));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ContainmentTest);
