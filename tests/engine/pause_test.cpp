#include "engine/flow_engine.h"

using namespace stepd;
using namespace stepd::test;
using engine::PauseStatus;
using engine::ReleaseStatus;

namespace {

const char* const kTwo = "version: 1\nid: two\non: [{event: two}]\nsteps: [{id: a, uses: a}, {id: b, uses: b}]\n";
const char* const kHeld =
    "version: 1\nid: held\non: [{event: held}]\nsteps: [{id: a, uses: a, retry: {attempts: 2, backoff: constant, "
    "initial: 1s, jitter: none, on_exhausted: pause}}, {id: b, uses: b}]\n";

}  // namespace

/// What waits for a person: a paused pipeline, a step that is held.
class PauseTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PauseTest);
    CPPUNIT_TEST(testPausedPipelineQueuesItsRuns);
    CPPUNIT_TEST(testRunningAttemptGoesOnAndTheNextWaits);
    CPPUNIT_TEST(testPauseSurvivesARestart);
    CPPUNIT_TEST(testOtherPipelinesAreNotPaused);
    CPPUNIT_TEST(testPausedTwiceAndUnknown);
    CPPUNIT_TEST(testPausedRunCanBeCancelled);
    CPPUNIT_TEST(testExhaustedStepIsHeldUntilItIsReleased);
    CPPUNIT_TEST(testHeldStepSurvivesARestart);
    CPPUNIT_TEST(testReleasedStepHasAllItsAttemptsAgain);
    CPPUNIT_TEST(testHeldRunCanBeCancelled);
    CPPUNIT_TEST(testReleaseOfWhatIsNotHeld);
    CPPUNIT_TEST_SUITE_END();

public:
    // Engine::pause: of a paused pipeline nothing new begins: its runs stand in line.
    void testPausedPipelineQueuesItsRuns() {
        FlowEngine engine;
        engine.use(kTwo);
        CPPUNIT_ASSERT(engine.pause("two", true) == PauseStatus::Done);
        const auto first = engine.submit("two");
        const auto second = engine.submit("two");
        engine.advance(1h);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(first));
        CPPUNIT_ASSERT_EQUAL(std::string("the run stands in line for paused; place 2"), engine.why(second));
        CPPUNIT_ASSERT(engine.pause("two", false) == PauseStatus::Done);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(first));
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(second));
        engine.assertNothingIsLeft();
    }

    // Engine::pause: attempts that run go on.
    void testRunningAttemptGoesOnAndTheNextWaits() {
        FlowEngine engine;
        engine.use(kTwo);
        engine.takes("a", "10s");
        const auto run = engine.submit("two");
        engine.pause("two", true);
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(StepState::Completed, engine.step(run, "a").state);
        CPPUNIT_ASSERT(engine.invoker.callsOf("b").empty());
        CPPUNIT_ASSERT_EQUAL(std::string("step b stands in line for paused; place 1"), engine.why(run));
        engine.pause("two", false);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
    }

    void testPauseSurvivesARestart() {
        FlowEngine engine;
        engine.use(kTwo);
        engine.pause("two", true);
        const auto run = engine.submit("two");
        engine.restart();
        const auto later = engine.submit("two");
        engine.advance(1min);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(later));
        engine.pause("two", false);
        engine.restart();
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(later));
        engine.assertNothingIsLeft();
    }

    void testOtherPipelinesAreNotPaused() {
        FlowEngine engine;
        engine.use(kTwo);
        engine.use("version: 1\nid: other\non: [{event: other}]\nsteps: [{id: a, uses: a}]\n");
        engine.pause("two", true);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(engine.submit("other")));
    }

    void testPausedTwiceAndUnknown() {
        FlowEngine engine;
        engine.use(kTwo);
        CPPUNIT_ASSERT(engine.pause("none", true) == PauseStatus::Unknown);
        CPPUNIT_ASSERT(engine.pause("two", true) == PauseStatus::Done);
        CPPUNIT_ASSERT(engine.pause("two", true) == PauseStatus::Done);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.store.image().paused.size());
        CPPUNIT_ASSERT(engine.pause("two", false) == PauseStatus::Done);
        CPPUNIT_ASSERT(engine.store.image().paused.empty());
    }

    void testPausedRunCanBeCancelled() {
        FlowEngine engine;
        engine.use(kTwo);
        engine.pause("two", true);
        const auto run = engine.submit("two");
        engine.cancel(run);
        engine.pause("two", false);
        CPPUNIT_ASSERT(engine.invoker.calls().empty());
        engine.assertNothingIsLeft();
    }

    // pipelines.md: `on_exhausted: pause`: a person decides.
    void testExhaustedStepIsHeldUntilItIsReleased() {
        FlowEngine engine;
        engine.use(kHeld);
        engine.invoker.script("a", {"upstream", "upstream bad", "done {}"});
        const auto run = engine.submit("held");
        engine.advance(1h);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.calls().size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
        CPPUNIT_ASSERT_EQUAL(std::string("step a has used up its retries and waits for somebody to release it, because "
                                         "of upstream: scripted: upstream bad"),
                             engine.why(run));
        CPPUNIT_ASSERT(engine.release(run) == ReleaseStatus::Released);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        engine.assertNothingIsLeft();
    }

    void testHeldStepSurvivesARestart() {
        FlowEngine engine;
        engine.use(kHeld);
        engine.invoker.script("a", {"upstream", "upstream", "done {}"});
        const auto run = engine.submit("held");
        engine.advance(1s);
        engine.restart();
        engine.advance(1h);
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.calls().size());
        CPPUNIT_ASSERT(engine.release(run) == ReleaseStatus::Released);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        engine.assertNothingIsLeft();
    }

    // Engine::release: tried again as if for the first time.
    void testReleasedStepHasAllItsAttemptsAgain() {
        FlowEngine engine;
        engine.use(kHeld);
        engine.invoker.script("a", {"upstream", "upstream", "upstream", "upstream", "done {}"});
        const auto run = engine.submit("held");
        engine.advance(1s);
        engine.release(run);
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.invoker.calls().size());
        engine.advance(1s);
        CPPUNIT_ASSERT_EQUAL(std::size_t(4), engine.invoker.calls().size());
        CPPUNIT_ASSERT_EQUAL(std::string("\"held\""), engine.step(run, "a").memo);
        engine.release(run);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(5, engine.step(run, "a").attempts);
    }

    void testHeldRunCanBeCancelled() {
        FlowEngine engine;
        engine.use(kHeld);
        engine.invoker.script("a", {"upstream", "upstream"});
        const auto run = engine.submit("held");
        engine.advance(1s);
        engine.cancel(run);
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
        engine.assertNothingIsLeft();
    }

    void testReleaseOfWhatIsNotHeld() {
        FlowEngine engine;
        engine.use(kTwo);
        engine.takes("a", "10s");
        const auto run = engine.submit("two");
        CPPUNIT_ASSERT(engine.release(run) == ReleaseStatus::NotHeld);
        engine.finish();
        CPPUNIT_ASSERT(engine.release(run) == ReleaseStatus::NotHeld);
        CPPUNIT_ASSERT(engine.release(RunId{99}) == ReleaseStatus::Unknown);
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.calls().size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PauseTest);
