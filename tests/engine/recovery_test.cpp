#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::test;

namespace {

std::string chain(const std::string& retry) {
    return "version: 1\nid: chain\non: [{event: go}]\ndefaults: {retry: " + retry +
           "}\nsteps: [{id: a, uses: a}, {id: b, uses: b}, {id: c, uses: c}]\n";
}

const char* const kConstant = "{attempts: 5, backoff: constant, initial: 10s, jitter: none}";

}  // namespace

/// What a restart, a poisonous step and a wall clock that jumps do to a run.
class RecoveryTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RecoveryTest);
    CPPUNIT_TEST(testInterruptedAttemptGoesOnAtOnce);
    CPPUNIT_TEST(testInterruptionCostsNoAttempt);
    CPPUNIT_TEST(testWaitingStepKeepsItsTime);
    CPPUNIT_TEST(testTimerThatFellDueWhileDownFiresNow);
    CPPUNIT_TEST(testResumeTokenAndErrorOutliveARestart);
    CPPUNIT_TEST(testRevisionThatIsGoneFailsItsRunsAlone);
    CPPUNIT_TEST(testOldRevisionIsLoaded);
    CPPUNIT_TEST(testThreeCrashesQuarantineTheRun);
    CPPUNIT_TEST(testCrashesAreCountedAcrossRestarts);
    CPPUNIT_TEST(testRestartIsNoCrashOfThePlugin);
    CPPUNIT_TEST(testWallClockJumpsMoveNoTimer);
    CPPUNIT_TEST(testWallClockSetBackOverARestartHoldsNoStepForADay);
    CPPUNIT_TEST_SUITE_END();

public:
    void testInterruptedAttemptGoesOnAtOnce() {
        EngineFixture engine;
        engine.use(chain("never"));
        engine.invoker.script("b", {"wait", "done {\"second\":true}"});
        const auto run = engine.submit("go");
        engine.kill();
        engine.start();
        engine.settle();
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.callsOf("a").size());
        const auto attempts = engine.attempts(run, "b");
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), attempts.size());
        CPPUNIT_ASSERT(attempts[0].outcome == OutcomeClass::Lost && attempts[0].code == "daemon_stopped");
        CPPUNIT_ASSERT(attempts[1].outcome == OutcomeClass::Ok);
    }

    void testInterruptionCostsNoAttempt() {
        EngineFixture engine;
        engine.use(chain("{attempts: 2, initial: 1s}"));
        engine.invoker.script("a", {"wait", "wait", "wait", "upstream", "upstream"});
        const auto run = engine.submit("go");
        for (int restart = 0; restart < 3; ++restart) {
            engine.kill();
            engine.start();
            engine.settle();
        }
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(1, engine.invoker.calls().back().attemptsLeft);
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(5, engine.step(run, "a").attempts);
        CPPUNIT_ASSERT_EQUAL(3, engine.step(run, "a").lost);
    }

    void testWaitingStepKeepsItsTime() {
        EngineFixture engine;
        engine.use(chain(kConstant));
        engine.invoker.script("a", {"timeout"});
        const auto run = engine.submit("go");
        engine.advance(4s);
        engine.kill();
        engine.clock.advance(2s);
        engine.start();
        engine.advance(3999ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
    }

    void testTimerThatFellDueWhileDownFiresNow() {
        EngineFixture engine;
        engine.use(chain(kConstant));
        engine.invoker.script("a", {"timeout"});
        const auto run = engine.submit("go");
        engine.kill();
        engine.clock.advance(1h);
        engine.start();
        engine.settle();
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
    }

    void testResumeTokenAndErrorOutliveARestart() {
        EngineFixture engine;
        engine.use(chain(kConstant));
        engine.invoker.script("a", {"rate_limited slow_down"});
        engine.submit("go");
        engine.kill();
        engine.start();
        engine.finish();
        CPPUNIT_ASSERT(engine.invoker.callsOf("a").at(1).previousError.find("slow_down") != std::string::npos);
    }

    void testRevisionThatIsGoneFailsItsRunsAlone() {
        EngineFixture engine;
        const auto gone = engine.use(chain("never"));
        engine.use("version: 1\nid: other\non: [{event: other}]\nsteps: [{id: a, uses: b}]\n");
        engine.invoker.script("a", {"wait"});
        engine.invoker.script("b", {"wait"});
        const auto lost = engine.submit("go");
        const auto other = engine.submit("other");
        engine.kill();
        engine.brokenRevisions.insert(gone->revision);
        engine.start();
        engine.settle();
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, engine.state(lost));
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"step\":\"\",\"class\":\"invalid_config\",\"code\":\"revision_unavailable\","
                        "\"message\":\"revision 1 of the pipeline cannot be compiled any more\"}"),
            engine.run(lost).error);
        CPPUNIT_ASSERT_EQUAL(StepState::Cancelled, engine.step(lost, "a").state);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(other));
    }

    void testOldRevisionIsLoaded() {
        EngineFixture engine;
        engine.use(chain("never"));
        engine.invoker.script("a", {"wait"});
        const auto run = engine.submit("go");
        engine.use("version: 1\nid: chain\non: [{event: go}]\nsteps: [{id: z, uses: z}]\n");
        engine.kill();
        engine.start();
        engine.settle();
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT(engine.findStep(run, "c") && !engine.findStep(run, "z"));
    }

    void testThreeCrashesQuarantineTheRun() {
        for (const char* killer : {"crash", "oom", "hang"}) {
            EngineFixture engine;
            engine.use(chain("{attempts: 9, initial: 1s}"));
            engine.invoker.script("b", {killer, "upstream", killer, killer, "done {}"});
            const auto run = engine.submit("go");
            engine.finish();
            CPPUNIT_ASSERT_EQUAL(RunState::Quarantined, engine.state(run));
            CPPUNIT_ASSERT_EQUAL(3, engine.step(run, "b").crashes);
            CPPUNIT_ASSERT_EQUAL(std::size_t(4), engine.invoker.callsOf("b").size());
            CPPUNIT_ASSERT(engine.run(run).error.find("it killed its worker 3 times") != std::string::npos);
        }
    }

    void testCrashesAreCountedAcrossRestarts() {
        EngineFixture engine;
        engine.use(chain("{attempts: 9, initial: 1s}"));
        engine.invoker.script("a", [](const host::StepCall&) { return "crash"; });
        const auto run = engine.submit("go");
        for (int restart = 0; restart < 10; ++restart) {
            engine.kill();
            engine.start();
            engine.advance(1s);
        }
        CPPUNIT_ASSERT_EQUAL(RunState::Quarantined, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.invoker.calls().size());
    }

    void testRestartIsNoCrashOfThePlugin() {
        EngineFixture engine;
        engine.use(chain("never"));
        engine.invoker.script("a", {"wait", "wait", "wait", "wait", "wait", "done {}"});
        const auto run = engine.submit("go");
        for (int restart = 0; restart < 5; ++restart) {
            engine.kill();
            engine.start();
            engine.settle();
        }
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(0, engine.step(run, "a").crashes);
    }

    void testWallClockJumpsMoveNoTimer() {
        for (const Duration jump : {Duration(24h), Duration(-24h)}) {
            EngineFixture engine;
            engine.use(chain(kConstant));
            engine.invoker.script("a", {"timeout", "timeout"});
            const auto run = engine.submit("go");
            engine.advance(5s);
            engine.clock.jumpWall(jump);
            engine.advance(4999ms);
            CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
            engine.advance(1ms);
            CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.calls().size());
            engine.clock.jumpWall(-jump);
            engine.advance(10s);
            CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
            CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.invoker.callsOf("a").size());
        }
    }

    void testWallClockSetBackOverARestartHoldsNoStepForADay() {
        EngineFixture engine;
        engine.use(chain("{attempts: 5, backoff: constant, initial: 10s, max: 30s, jitter: none, budget: 1h}"));
        engine.invoker.script("a", {"timeout"});
        const auto run = engine.submit("go");
        engine.kill();
        engine.clock.jumpWall(-24h);
        engine.start();
        engine.advance(29s);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        engine.advance(31s);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.callsOf("a").size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RecoveryTest);
