#include "api/load_monitor.h"

#include <cppunit/extensions/HelperMacros.h>

#include "backend_fixture.h"

using namespace stepd;
using namespace stepd::api;

class LoadMonitorTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LoadMonitorTest);
    CPPUNIT_TEST(testWhatTheEngineHasOpenIsExact);
    CPPUNIT_TEST(testTheRestIsLookedAtNowAndThen);
    CPPUNIT_TEST(testRateIsThatOfABusyDisk);
    CPPUNIT_TEST(testLongCommitsAreMeasuredWhole);
    CPPUNIT_TEST_SUITE_END();

    test::VirtualClock clock_;
    test::FakeEngine engine_;
    int probed_ = 0;
    LoadMonitor monitor_{engine_,
                         clock_,
                         {.memory = [this]() -> std::uint64_t { return ++probed_, 1000; },
                          .freeDisk = [] { return std::optional<std::uint64_t>(); }}};

    /// So much later the disk has taken in so many more.
    LoadStats after(Duration time, std::uint64_t answered, std::size_t open = 5000) {
        clock_.advance(time);
        engine_.intakeAnswer.answered += answered;
        engine_.intakeAnswer.events = open;
        return monitor_.read();
    }

    void testWhatTheEngineHasOpenIsExact() {
        engine_.statsAnswer.openDeliveries = 5;
        engine_.intakeAnswer = {.events = 3, .bytes = 300, .answered = 0};
        LoadStats load = monitor_.read();
        CPPUNIT_ASSERT(load.openEvents == 8 && load.openBytes == 300);
        engine_.intakeAnswer.events = 4;
        CPPUNIT_ASSERT_EQUAL(std::size_t(9), monitor_.read().openEvents);
    }

    void testTheRestIsLookedAtNowAndThen() {
        engine_.statsAnswer.queuedRuns = 10;
        engine_.statsAnswer.linedUpRuns = 7;
        engine_.statsAnswer.commitOpenSince = clock_.instant() - 3s;
        const LoadStats load = monitor_.read();
        CPPUNIT_ASSERT(load.queuedRuns == 17 && load.commitAge == 3s && load.memory == 1000 && !load.freeDisk);
        engine_.statsAnswer.queuedRuns = 20;
        for (int i = 0; i < 100; ++i) CPPUNIT_ASSERT_EQUAL(std::size_t(17), monitor_.read().queuedRuns);
        CPPUNIT_ASSERT_EQUAL(1, probed_);
        CPPUNIT_ASSERT_EQUAL(1, engine_.statsAsked);
        clock_.advance(200ms);
        engine_.statsAnswer.commitOpenSince.reset();
        const LoadStats later = monitor_.read();
        CPPUNIT_ASSERT(later.queuedRuns == 27 && later.commitAge == 0s);
        CPPUNIT_ASSERT_EQUAL(2, probed_);
    }

    void testRateIsThatOfABusyDisk() {
        monitor_.read();
        CPPUNIT_ASSERT_EQUAL(0.0, after(1s, 100, 10).eventsPerSecond);  // nobody sent more
        after(1s, 100);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(30'000, after(1s, 30'000).eventsPerSecond, 1);
        double rate = 0;
        for (int i = 0; i < 20; ++i) rate = after(1s, 10'000).eventsPerSecond;
        CPPUNIT_ASSERT_DOUBLES_EQUAL(10'000, rate, 500);
        CPPUNIT_ASSERT_DOUBLES_EQUAL(rate, after(1h, 5, 0).eventsPerSecond, 1);
    }

    void testLongCommitsAreMeasuredWhole() {
        after(1s, 0);
        double rate = 0;
        for (int commit = 0; commit < 3; ++commit) {
            for (int i = 0; i < 9; ++i) rate = after(400ms, 0).eventsPerSecond;
            rate = after(400ms, 8000).eventsPerSecond;
        }
        CPPUNIT_ASSERT_DOUBLES_EQUAL(2000, rate, 1);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LoadMonitorTest);
