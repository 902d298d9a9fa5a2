#include "api/pending_runs.h"

#include <cppunit/extensions/HelperMacros.h>

#include "backend_fixture.h"

using namespace stepd;

class PendingRunsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PendingRunsTest);
    CPPUNIT_TEST(testEachWaiterIsToldOnce);
    CPPUNIT_TEST(testTimeIsOver);
    CPPUNIT_TEST(testAfterStopItAnswersAtOnce);
    CPPUNIT_TEST_SUITE_END();

    void testEachWaiterIsToldOnce() {
        test::FakeEngine engine;
        test::VirtualClock clock;
        api::PendingRuns pending(engine, clock);
        int told = 0;
        for (int i = 0; i < 2; ++i)
            pending.wait(
                RunId{1}, 10s, [&](const Run* run) { told += run != nullptr ? 1 : 100; }, [] {});
        pending.wait(
            RunId{2}, 10s, [&](const Run*) { told += 1000; }, [] {});
        pending.ended({.id = RunId{1}});
        pending.ended({.id = RunId{1}});
        CPPUNIT_ASSERT_EQUAL(2, told);
        pending.ended({.id = RunId{2}});
    }

    void testTimeIsOver() {
        test::FakeEngine engine;
        test::VirtualClock clock;
        api::PendingRuns pending(engine, clock);
        std::promise<bool> promise;
        pending.wait(
            RunId{1}, -1s, [&](const Run* run) { promise.set_value(run == nullptr); }, [] {});
        pending.start();
        CPPUNIT_ASSERT(promise.get_future().get());
    }

    void testAfterStopItAnswersAtOnce() {
        test::FakeEngine engine;
        test::VirtualClock clock;
        api::PendingRuns pending(engine, clock);
        pending.start();
        pending.stop();
        bool told = false;
        pending.wait(
            RunId{1}, 10s, [&](const Run* run) { told = run == nullptr; }, [] {});
        CPPUNIT_ASSERT(told);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PendingRunsTest);
