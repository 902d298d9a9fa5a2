#include "host/call_meter.h"

#include <limits>

#include "host/host_fixture.h"

using namespace stepd;
using namespace stepd::test;

/// What is known of calls that end badly, and what is believed.
class CallMeterTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CallMeterTest);
    CPPUNIT_TEST(testWorkersWordHasBounds);
    CPPUNIT_TEST(testCountsStopAtTheirLimit);
    CPPUNIT_TEST(testCrashedCallHasWhatTheHostSaw);
    CPPUNIT_TEST(testDeafNagLosesItsWorker);
    CPPUNIT_TEST(testDeafSpinLosesItsWorker);
    CPPUNIT_TEST(testPeakMemoryIsThatOfTheWorker);
    CPPUNIT_TEST(testOwnThreadsCountWhereOneCallHasTheProcess);
    CPPUNIT_TEST(testNoLimitIsNone);
    CPPUNIT_TEST_SUITE_END();

    static host::PluginSpec hungry(std::uint32_t threads = 4) {
        auto spec = HostFixture::spec("lab", "hungry");
        spec.threads = threads;
        return spec;
    }

    void testWorkersWordHasBounds() {
        host::CallMeter meter;
        meter.gave(7);
        meter.got(9);
        const auto all = std::numeric_limits<std::int64_t>::max();
        const auto lie = meter.receipt({.cpuNs = all, .peakRss = std::numeric_limits<std::uint64_t>::max()}, 1s);
        CPPUNIT_ASSERT(lie.cpu > Duration::zero() && lie.cpu <= Duration(1s) * std::thread::hardware_concurrency());
        CPPUNIT_ASSERT(lie.peakRss <= 1ULL << 46);
        CPPUNIT_ASSERT(lie.bytesIn == 7 && lie.bytesOut == 9 && lie.hostCalls == 0);
        CPPUNIT_ASSERT(meter.receipt({.cpuNs = -all, .peakRss = 0}, 1s).cpu == Duration::zero());
        const auto whole = meter.receipt({.cpuNs = 1'234'567, .peakRss = 5000}, 1s);
        CPPUNIT_ASSERT_MESSAGE("as the store keeps it", whole.cpu == Duration(1234us) && whole.peakRss == 4096);
    }

    void testCountsStopAtTheirLimit() {
        host::CallMeter meter;
        PluginLimits limits;
        limits.hostCalls = 3;
        CPPUNIT_ASSERT(meter.asked(3, limits));
        CPPUNIT_ASSERT(!meter.asked(1, limits));
        limits.hostCalls = 0;
        CPPUNIT_ASSERT(meter.asked(std::numeric_limits<std::uint32_t>::max(), limits));
        CPPUNIT_ASSERT(meter.asked(5, limits));
        CPPUNIT_ASSERT_EQUAL(std::numeric_limits<std::uint32_t>::max(), meter.receipt({}, 1s).hostCalls);
    }

    void testCrashedCallHasWhatTheHostSaw() {
        HostFixture host;
        host.services.secrets = {{"api_key", "s3cret-value"}};
        auto spec = hungry();
        spec.secrets = {"api_key"};
        host.use({spec});
        const std::string input = R"({"some": "input"})";
        const auto burst = host.run("burst", input);
        ASSERT_CLASS(OutcomeClass::Crash, burst);
        CPPUNIT_ASSERT_EQUAL(std::uint32_t{3}, burst.receipt.hostCalls);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{std::string_view("{}").size() + input.size() + 12}, burst.receipt.bytesIn);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, burst.receipt.bytesOut);
    }

    void testDeafNagLosesItsWorker() {
        HostFixture host(kShortGrace);
        auto spec = hungry();
        spec.limits.hostCalls = 5;
        host.use({spec});
        const auto nag = host.run("nag", R"({"deaf": true})");
        ASSERT_CLASS(OutcomeClass::Denied, nag);
        CPPUNIT_ASSERT_EQUAL(std::string("host_calls_limit"), nag.error.code);
        CPPUNIT_ASSERT_MESSAGE("what came after the limit is counted and not done",
                               nag.receipt.hostCalls > 5 && host.services.lines().size() < 50);
        ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
    }

    void testDeafSpinLosesItsWorker() {
        HostFixture host(kShortGrace);
        auto spec = hungry();
        spec.limits.cpu = 20ms;
        host.use({spec});
        const auto spin = host.run("spin", R"({"deaf": true})");
        ASSERT_CLASS(OutcomeClass::Timeout, spin);
        CPPUNIT_ASSERT_EQUAL(std::string("cpu_limit"), spin.error.code);
        ASSERT_CLASS(OutcomeClass::Ok, host.run("echo"));
    }

    void testPeakMemoryIsThatOfTheWorker() {
        const std::vector<char> ballast(512U << 20, 1);  // ours, not the worker's
        HostFixture host;
        host.use({hungry()});
        const auto little = host.run("echo");
        const auto much = host.run("touch", R"({"mib": 48})");
        ASSERT_CLASS(OutcomeClass::Ok, much);
        CPPUNIT_ASSERT_MESSAGE(std::to_string(little.receipt.peakRss),
                               little.receipt.peakRss > 500'000 && little.receipt.peakRss < ballast.size() / 2);
        CPPUNIT_ASSERT_MESSAGE(std::to_string(much.receipt.peakRss),
                               much.receipt.peakRss >= little.receipt.peakRss + (40U << 20));
        const auto after = host.run("echo");
        CPPUNIT_ASSERT_MESSAGE("a mark does not go down", after.receipt.peakRss >= much.receipt.peakRss);
    }

    void testOwnThreadsCountWhereOneCallHasTheProcess() {
        HostFixture host;
        host.use({hungry(1)});
        const auto elsewhere = host.run("spin", R"({"millis": 40, "elsewhere": true})");
        ASSERT_CLASS(OutcomeClass::Ok, elsewhere);
        CPPUNIT_ASSERT_MESSAGE(std::to_string(elsewhere.receipt.cpu.count()), elsewhere.receipt.cpu >= Duration(40ms));
    }

    void testNoLimitIsNone() {
        HostFixture host;
        auto spec = hungry();
        spec.limits.hostCalls = spec.limits.outputBytes = 0;
        CPPUNIT_ASSERT(spec.maxOutputBytes() > 32U << 20);
        host.use({spec});
        const std::string input = "\"" + std::string(20U << 20, 'x') + "\"";
        const auto echo = host.run("echo", input);
        ASSERT_CLASS(OutcomeClass::Ok, echo);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{input.size()}, echo.receipt.bytesOut);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CallMeterTest);
