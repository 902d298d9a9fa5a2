#include "api/pending_runs.h"

#include <cppunit/extensions/HelperMacros.h>

#include "backend_fixture.h"

using namespace stepd;

namespace {

const auto kNothing = [] {};

}  // namespace

class PendingRunsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PendingRunsTest);
    CPPUNIT_TEST(testEachWaiterIsToldOnce);
    CPPUNIT_TEST(testTimeIsOver);
    CPPUNIT_TEST(testTooManyAreAnsweredAtOnce);
    CPPUNIT_TEST(testEngineForgetsRunsForWhichNobodyWaits);
    CPPUNIT_TEST(testAfterStopItAnswersAtOnce);
    CPPUNIT_TEST_SUITE_END();

    void testEachWaiterIsToldOnce() {
        test::FakeEngine engine;
        test::VirtualClock clock;
        api::PendingRuns pending(engine, clock);
        int told = 0;
        for (int i = 0; i < 2; ++i)
            pending.wait(
                RunId{1}, 10s, [&](const Run* run) { told += run != nullptr ? 1 : 100; }, kNothing);
        pending.wait(
            RunId{2}, 10s, [&](const Run*) { told += 1000; }, kNothing);
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
            RunId{1}, -1s, [&](const Run* run) { promise.set_value(run == nullptr); }, kNothing);
        pending.start();
        CPPUNIT_ASSERT(promise.get_future().get());
    }

    void testTooManyAreAnsweredAtOnce() {
        test::FakeEngine engine;
        test::VirtualClock clock;
        api::PendingRuns pending(engine, clock, /*most=*/2);
        int gaveUp = 0;
        for (std::int64_t id = 1; id <= 3; ++id)
            pending.wait(
                RunId{id}, 10s, [&](const Run* run) { gaveUp += run == nullptr ? 1 : 0; }, kNothing);
        CPPUNIT_ASSERT_EQUAL(1, gaveUp);
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.waiting.size());
        pending.ended({.id = RunId{1}});
        pending.wait(
            RunId{3}, 10s, [](const Run*) {}, kNothing);
        CPPUNIT_ASSERT_EQUAL(1, gaveUp);
    }

    // A run may sleep for months: what the engine remembers for those who gave up would add up.
    void testEngineForgetsRunsForWhichNobodyWaits() {
        test::FakeEngine engine;
        test::VirtualClock clock;
        api::PendingRuns pending(engine, clock);
        std::promise<void> both;
        int late = 0;
        for (int i = 0; i < 2; ++i)
            pending.wait(
                RunId{1}, -1s,
                [&](const Run*) {
                    if (++late == 2) both.set_value();
                },
                kNothing);
        pending.wait(
            RunId{2}, 1h, [](const Run*) {}, kNothing);
        CPPUNIT_ASSERT_EQUAL_MESSAGE("one for each run", std::size_t(2), engine.waiting.size());
        pending.start();
        both.get_future().get();
        CPPUNIT_ASSERT(engine.forgotten == std::vector{RunId{1}});
        pending.stop();
    }

    void testAfterStopItAnswersAtOnce() {
        test::FakeEngine engine;
        test::VirtualClock clock;
        api::PendingRuns pending(engine, clock);
        pending.start();
        pending.stop();
        bool told = false;
        pending.wait(
            RunId{1}, 10s, [&](const Run* run) { told = run == nullptr; }, kNothing);
        CPPUNIT_ASSERT(told);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PendingRunsTest);
