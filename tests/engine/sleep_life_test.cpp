#include <chrono>

#include "engine/story.h"
#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::test;

namespace {

std::string sleeping(const std::string& with) {
    return "version: 1\nid: nap\non: [{event: go}]\nsteps:\n  - {id: nap, uses: core/sleep, with: " + with +
           "}\n  - {id: after, uses: p}\n";
}

}  // namespace

/// `core/sleep`, through restarts and out of memory.
class SleepLifeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SleepLifeTest);
    CPPUNIT_TEST(testQuarterOfAYearSurvivesARestart);
    CPPUNIT_TEST(testSleepThatEndedWhileDownIsOverAtTheStart);
    CPPUNIT_TEST(testShortSleepStaysInMemory);
    CPPUNIT_TEST(testUntilATime);
    CPPUNIT_TEST(testTimeThatIsOverAndNoTimeAtAllDoNotWait);
    CPPUNIT_TEST(testWhatIsNoTimeFailsTheStep);
    CPPUNIT_TEST(testSleepsSideBySide);
    CPPUNIT_TEST(testManySleepersWakeInTheirOrder);
    CPPUNIT_TEST(testCancelOfAParkedSleeper);
    CPPUNIT_TEST(testYear9999IsFarAway);
    CPPUNIT_TEST_SUITE_END();

public:
    /// Further away than a count of nanoseconds reaches.
    void testYear9999IsFarAway() {
        EngineFixture engine;
        engine.use(sleeping("{until: '9999-12-31T00:00:00Z'}"));
        const auto run = engine.submit("go");
        engine.advance(24h * 365);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        engine.kill();
        engine.start();
        engine.advance(24h);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        CPPUNIT_ASSERT(engine.invoker.calls().empty());
    }

    void testQuarterOfAYearSurvivesARestart() {
        EngineFixture engine;
        engine.use(sleeping("{for: 90d}"));
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
        CPPUNIT_ASSERT(engine.run(run).parked);
        engine.advance(24h * 45);
        engine.kill();
        engine.start();
        engine.advance(24h * 45 - 1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        CPPUNIT_ASSERT(engine.invoker.calls().empty());
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
        CPPUNIT_ASSERT_EQUAL(std::string("null"), engine.step(run, "nap").output);
        CPPUNIT_ASSERT_EQUAL(0, engine.step(run, "nap").attempts);
    }

    void testSleepThatEndedWhileDownIsOverAtTheStart() {
        for (const char* length : {"5s", "5d"}) {
            EngineFixture engine;
            engine.use(sleeping("{for: " + std::string(length) + "}"));
            const auto run = engine.submit("go");
            engine.kill();
            engine.clock.advance(24h * 6);
            engine.start();
            engine.settle();
            CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        }
    }

    void testShortSleepStaysInMemory() {
        EngineFixture engine;
        engine.use(sleeping("{for: 5s}"));
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.stats().activeRuns);
        CPPUNIT_ASSERT(!engine.run(run).parked);
        engine.advance(2s);
        engine.kill();
        engine.start();
        engine.advance(2999ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
    }

    void testUntilATime() {
        Story story;
        story.pipeline("nap",
                       "on: [{event: go}]\nsteps:\n"
                       "  - {id: nap, uses: core/sleep, with: {until: \"${{ event.data.at }}\"}}\n"
                       "  - {id: fixed, uses: core/sleep, with: {until: 2026-03-05T00:00:00+01:00}}\n");
        story.plays(R"(
    now: 2026-03-01T00:00:00Z
    event: {name: go, data: {at: "2026-03-04T00:00:00Z"}}
    expect: {state: completed, waited: 95h}
)");
    }

    void testTimeThatIsOverAndNoTimeAtAllDoNotWait() {
        Story story;
        story.pipeline("nap",
                       "on: [{event: go}]\nsteps:\n"
                       "  - {id: past, uses: core/sleep, with: {until: 2020-01-01T00:00:00Z}}\n"
                       "  - {id: none, uses: core/sleep, with: {for: 0s}}\n");
        story.plays("    event: {name: go}\n    expect: {state: completed, waited: 0s}\n");
    }

    void testWhatIsNoTimeFailsTheStep() {
        Story story;
        story.pipeline("nap",
                       "on: [{event: go}]\nsteps:\n"
                       "  - {id: nap, uses: core/sleep, with: {for: \"${{ event.data.for }}\"}}\n");
        story.plays(R"(
    event: {name: go, data: {for: a while}}
    expect: {state: failed, error: {step: nap, class: invalid_input}}
)");
    }

    void testSleepsSideBySide() {
        Story story;
        story.pipeline("nap",
                       "on: [{event: go}]\nsteps:\n"
                       "  - {id: long, uses: core/sleep, with: {for: 3d}}\n"
                       "  - {id: short, uses: core/sleep, with: {for: 1d}, needs: []}\n"
                       "  - {id: then, uses: p}\n"
                       "  - {id: last, uses: p, needs: [long, then]}\n");
        story.plays(R"(
    event: {name: go}
    plugins: {p: {return: 1}}
    expect: {state: completed, waited: 3d}
)");
    }

    void testManySleepersWakeInTheirOrder() {
        EngineFixture engine(1, {.maxActiveRuns = 10});
        engine.use(sleeping("{for: \"${{ event.data.for }}\"}"));
        std::vector<RunId> runs;
        for (int i = 0; i < 100; ++i)
            runs.push_back(engine.submit("go", "{\"for\":\"" + std::to_string(100 - i) + "h\"}"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
        engine.advance(50h);
        std::size_t done = 0;
        for (const RunId run : runs) done += engine.state(run) == RunState::Completed ? 1 : 0;
        CPPUNIT_ASSERT_EQUAL(std::size_t(50), done);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(runs[99]));
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(runs[0]));
        engine.advance(50h);
        CPPUNIT_ASSERT_EQUAL(std::size_t(100), engine.invoker.calls().size());
    }

    void testCancelOfAParkedSleeper() {
        EngineFixture engine;
        engine.use(sleeping("{for: 90d}"));
        const auto run = engine.submit("go");
        engine.advance(24h);
        CPPUNIT_ASSERT(engine.cancel(run) == engine::CancelStatus::Cancelled);
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(StepState::Cancelled, engine.step(run, "nap").state);
        CPPUNIT_ASSERT(!engine.run(run).parked);
        engine.advance(24h * 100);
        CPPUNIT_ASSERT(engine.invoker.calls().empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SleepLifeTest);
