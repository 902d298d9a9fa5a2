#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::test;
using engine::CancelStatus;

namespace {

const char* const kTwoSteps = "version: 1\nid: two\non: [{event: go}]\nsteps: [{id: a, uses: a}, {id: b, uses: b}]\n";

}  // namespace

class CancelTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CancelTest);
    CPPUNIT_TEST(testRunningRunIsCancelledAndItsCallStopped);
    CPPUNIT_TEST(testCallIsStoppedOnlyAfterTheCommit);
    CPPUNIT_TEST(testWaiterWhoComesBetweenTheEndAndItsCommitIsTold);
    CPPUNIT_TEST(testLateResultChangesNothing);
    CPPUNIT_TEST(testSlotStaysTakenUntilTheCallHasEnded);
    CPPUNIT_TEST(testWaitingRunNeverWakes);
    CPPUNIT_TEST(testRunThatIsOnlyInTheStore);
    CPPUNIT_TEST(testRunOfTheStoreStaysCancelledWhenPlacesBecomeFree);
    CPPUNIT_TEST(testRunWithoutASlot);
    CPPUNIT_TEST(testUnknownAndFinishedRuns);
    CPPUNIT_TEST(testCancelBeforeTheAdmissionIsOnDisk);
    CPPUNIT_TEST_SUITE_END();

public:
    void testRunningRunIsCancelledAndItsCallStopped() {
        EngineFixture engine;
        engine.use(kTwoSteps);
        engine.invoker.script("a", {"wait"});
        const auto run = engine.submit("go");
        engine.onEnd(run);
        CPPUNIT_ASSERT(engine.cancel(run) == CancelStatus::Cancelled);
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(StepState::Cancelled, engine.step(run, "a").state);
        CPPUNIT_ASSERT(engine.attempts(run, "a").at(0).outcome == OutcomeClass::Cancelled);
        CPPUNIT_ASSERT(engine.invoker.cancels().at(0).second == host::CancelReason::User);
        CPPUNIT_ASSERT(engine.invoker.callsOf("b").empty());
        CPPUNIT_ASSERT(engine.ended.size() == 1 && engine.run(run).finishedAt);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
        CPPUNIT_ASSERT(engine.cancel(run) == CancelStatus::Finished);
    }

    void testCallIsStoppedOnlyAfterTheCommit() {
        EngineFixture engine;
        engine.use(kTwoSteps);
        engine.invoker.script("a", {"wait"});
        const auto run = engine.submit("go");
        engine.store.faultAt(1, SimFault::CrashBefore);
        engine.cancel(run);
        CPPUNIT_ASSERT(engine.dead() && engine.invoker.cancels().empty());
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(run));
    }

    void testWaiterWhoComesBetweenTheEndAndItsCommitIsTold() {
        EngineFixture engine;
        engine.use(kTwoSteps);
        engine.invoker.script("a", {"wait"});
        const auto run = engine.submit("go");
        engine.postCancel(run);
        engine.onEnd(run);
        engine.settle();
        CPPUNIT_ASSERT(engine.ended.size() == 1 && engine.ended[0].state == RunState::Cancelled);
        CPPUNIT_ASSERT_EQUAL(0, engine.endedBefore);
    }

    void testLateResultChangesNothing() {
        EngineFixture engine;
        engine.use(kTwoSteps);
        engine.invoker.script("a", {"in 5s done {\"late\":true}"});
        engine.invoker.ignoreCancels();
        const auto run = engine.submit("go");
        engine.cancel(run);
        const auto commits = engine.store.commits();
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::string(), engine.step(run, "a").output);
        CPPUNIT_ASSERT_EQUAL(commits, engine.store.commits());
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().runningAttempts);
    }

    void testSlotStaysTakenUntilTheCallHasEnded() {
        EngineFixture engine;
        engine.use(kTwoSteps);
        engine.invoker.setSlots("a", 1);
        engine.invoker.script("a", {"in 5s done {}"});
        engine.invoker.ignoreCancels();
        const auto first = engine.submit("go");
        const auto second = engine.submit("go");
        engine.cancel(first);
        engine.advance(4999ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(second));
        CPPUNIT_ASSERT(engine.core->why(second).at(0).what == engine::Wait::For::Line);
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(second));
    }

    void testWaitingRunNeverWakes() {
        EngineFixture engine;
        engine.use(kTwoSteps);
        engine.invoker.script("a", {"retry 10s"});
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        engine.cancel(run);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().waitingTimers);
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
        CPPUNIT_ASSERT(!engine.step(run, "a").wakeAt);
    }

    void testRunThatIsOnlyInTheStore() {
        engine::EngineOptions options;
        options.maxActiveRuns = 1;
        EngineFixture engine(1, options);
        engine.use(kTwoSteps);
        engine.invoker.script("a", {"in 5s done {}"});
        const auto first = engine.submit("go");
        const auto second = engine.submit("go");
        const auto third = engine.submit("go");
        CPPUNIT_ASSERT(engine.core->why(second).at(0).what == engine::Wait::For::Room);
        engine.onEnd(second);
        CPPUNIT_ASSERT(engine.cancel(second) == CancelStatus::Cancelled);
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(second));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.ended.size());
        CPPUNIT_ASSERT(engine.cancel(second) == CancelStatus::Finished);
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(first));
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(third));
        CPPUNIT_ASSERT_EQUAL(std::size_t(4), engine.invoker.calls().size());
    }

    // The page that fills the free places is read before the cancel of the third run is on disk, and has it as queued.
    void testRunOfTheStoreStaysCancelledWhenPlacesBecomeFree() {
        engine::EngineOptions options;
        options.maxActiveRuns = 2;
        EngineFixture engine(1, options);
        engine.use(kTwoSteps);
        engine.invoker.script("a", {"wait", "wait"});
        const auto first = engine.submit("go");
        const auto second = engine.submit("go");
        const auto third = engine.submit("go");
        const auto fourth = engine.submit("go");
        engine.postCancel(first);
        engine.postCancel(second);
        CPPUNIT_ASSERT(engine.cancel(third) == CancelStatus::Cancelled);
        engine.finish();
        CPPUNIT_ASSERT(engine.fatal.empty());
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(third));
        CPPUNIT_ASSERT(!engine.findStep(third, "a"));
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(fourth));
        CPPUNIT_ASSERT_EQUAL(std::size_t(4), engine.invoker.calls().size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
    }

    void testRunWithoutASlot() {
        EngineFixture engine;
        engine.use(kTwoSteps);
        engine.invoker.setSlots("a", 0);
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(run));
        CPPUNIT_ASSERT(engine.cancel(run) == CancelStatus::Cancelled);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().readySteps);
        engine.invoker.setSlots("a", 4);
        engine.finish();
        CPPUNIT_ASSERT(engine.invoker.calls().empty());
    }

    void testUnknownAndFinishedRuns() {
        EngineFixture engine;
        engine.use(kTwoSteps);
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT(engine.cancel(run) == CancelStatus::Finished);
        CPPUNIT_ASSERT(engine.cancel(RunId{run.value + 1}) == CancelStatus::Unknown);
        CPPUNIT_ASSERT(engine.cancel(RunId{}) == CancelStatus::Unknown);
        engine.kill();
        engine.start();
        CPPUNIT_ASSERT(engine.cancel(run) == CancelStatus::Finished);
    }

    void testCancelBeforeTheAdmissionIsOnDisk() {
        EngineFixture engine;
        engine.use(kTwoSteps);
        engine.invoker.script("a", {"wait"});
        std::vector<CancelStatus> told;
        engine.post({{.name = "go", .externalId = {}, .data = "{}", .user = {}, .ts = {}, .requestId = {}}});
        engine.postCancel(RunId{1}, [&](CancelStatus status) { told.push_back(status); });
        CPPUNIT_ASSERT(engine.turn());
        engine.postCancel(RunId{1}, [&](CancelStatus status) { told.push_back(status); });
        engine.settle();
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(RunId{1}));
        CPPUNIT_ASSERT(told == (std::vector{CancelStatus::Finished, CancelStatus::Cancelled}) ||
                       told == (std::vector{CancelStatus::Cancelled, CancelStatus::Finished}));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.answers.size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CancelTest);
