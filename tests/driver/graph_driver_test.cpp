#include "driver/driver_fixture.h"

using namespace stepd;
using namespace stepd::test;

/// Plain graphs: chains, branches, conditions, failures and the end of the main part.
class GraphDriverTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(GraphDriverTest);
    CPPUNIT_TEST(testBeginsWithTheMainStepsOutsideOfGroups);
    CPPUNIT_TEST(testChainGoesStepByStep);
    CPPUNIT_TEST(testBranchesJoin);
    CPPUNIT_TEST(testNeedMayStandBelow);
    CPPUNIT_TEST(testReadyStepIsNotStartedAgain);
    CPPUNIT_TEST(testSkippedNeedIsMet);
    CPPUNIT_TEST(testRequiredNeedThatWasSkippedSkips);
    CPPUNIT_TEST(testRequiredNeedThatFailedSkips);
    CPPUNIT_TEST(testFailureEndsTheRun);
    CPPUNIT_TEST(testFailureThatIsGoneOnAfterIsMet);
    CPPUNIT_TEST(testConditionErrorFailsTheStep);
    CPPUNIT_TEST(testOutputIsBytes);
    CPPUNIT_TEST(testOutputErrorFailsTheRun);
    CPPUNIT_TEST(testKindsAndRules);
    CPPUNIT_TEST_SUITE_END();

public:
    void testBeginsWithTheMainStepsOutsideOfGroups() {
        Draft draft;
        draft.step("a").step("pages").forEach("[1]").group().in("pages", "fetch").step("b").onFailure("f").finally("z");
        std::string names;
        const DrivenRun run(draft);
        for (const auto& plan : run.driver->begin()) names += plan.name + " " + plan.kind + " ";
        CPPUNIT_ASSERT_EQUAL(std::string("a plugin pages foreach b plugin "), names);
    }

    void testChainGoesStepByStep() {
        Draft draft;
        draft.step("a").step("b", {"a"}).step("c", {"b"});
        DrivenRun run(draft);
        CPPUNIT_ASSERT_EQUAL(std::string("start a"), run.settle());
        CPPUNIT_ASSERT_EQUAL(std::string("start b"), run.complete("a"));
        CPPUNIT_ASSERT_EQUAL(std::string("start c"), run.complete("b"));
        CPPUNIT_ASSERT_EQUAL(std::string("end completed, finish"), run.complete("c"));
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, run.run.record.state);
        CPPUNIT_ASSERT_EQUAL(std::string("null"), run.run.record.output);
    }

    void testBranchesJoin() {
        Draft draft;
        draft.step("a").step("l", {"a"}).step("r", {"a"}).step("j", {"l", "r"});
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("start l, start r"), run.complete("a"));
        CPPUNIT_ASSERT_EQUAL(std::string(), run.complete("r"));
        CPPUNIT_ASSERT_EQUAL(std::string("start j"), run.complete("l"));
    }

    void testNeedMayStandBelow() {
        Draft draft;
        draft.step("late").step("early");
        draft.pipeline().steps[0].needs = {1};
        DrivenRun run(draft);
        CPPUNIT_ASSERT_EQUAL(std::string("start early"), run.settle());
        CPPUNIT_ASSERT_EQUAL(std::string("start late"), run.complete("early"));
    }

    void testReadyStepIsNotStartedAgain() {
        Draft draft;
        draft.step("a").step("b");
        DrivenRun run(draft);
        run.settle();
        run.step("a").record.state = StepState::Pending;
        run.step("a").activity = engine::Activity::Ready;
        CPPUNIT_ASSERT_EQUAL(std::string(), run.complete("b"));
    }

    void testSkippedNeedIsMet() {
        Draft draft;
        draft.step("a").when("event.data.n == 2").step("b", {"a"}).step("c", {"b"}).when("!steps.a.ok");
        DrivenRun run(draft, "{\"n\":1}");
        CPPUNIT_ASSERT_EQUAL(std::string("skip a (condition_false), start b"), run.settle());
        CPPUNIT_ASSERT_EQUAL(std::string("`if` is false: event.data.n == 2"), run.step("a").record.error->message);
        CPPUNIT_ASSERT_EQUAL(std::string("start c"), run.complete("b"));
    }

    void testRequiredNeedThatWasSkippedSkips() {
        Draft draft;
        draft.step("a").when("false").step("b", {"a"}).require("a").step("c", {"b"});
        DrivenRun run(draft);
        CPPUNIT_ASSERT_EQUAL(std::string("skip a (condition_false), skip b (need_not_met), start c"), run.settle());
        CPPUNIT_ASSERT_EQUAL(std::string("`a` had to complete, and it was skipped"),
                             run.step("b").record.error->message);
    }

    void testRequiredNeedThatFailedSkips() {
        Draft draft;
        draft.step("a").goesOn().step("b", {"a"}).require("a");
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("skip b (need_not_met), end completed, finish"), run.fail("a"));
        CPPUNIT_ASSERT_EQUAL(std::string("`a` had to complete, and it was failed"),
                             run.step("b").record.error->message);
    }

    void testFailureEndsTheRun() {
        Draft draft;
        draft.step("a").step("b").step("c", {"a"});
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("end b failed, finish"), run.fail("b"));
        CPPUNIT_ASSERT_EQUAL(std::string("a cancelled, b failed, c cancelled"), run.states());
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, run.run.record.state);
    }

    void testFailureThatIsGoneOnAfterIsMet() {
        Draft draft;
        draft.step("a").goesOn().step("b");
        draft.last().retry.policy.onExhausted = OnExhausted::Continue;
        draft.step("c", {"a", "b"}).when("steps.a.error.code == 'broken' && steps.b.output == null");
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string(), run.fail("a"));
        CPPUNIT_ASSERT_EQUAL(std::string("start c"), run.fail("b"));
    }

    void testConditionErrorFailsTheStep() {
        const struct {
            const char* condition;
            const char* message;
        } rows[] = {
            {"event.data.n", "`if: event.data.n` could not be evaluated: it gives int, not bool"},
            {"event.data.missing", "`if: event.data.missing` could not be evaluated: "},
        };
        for (const auto& row : rows) {
            Draft draft;
            draft.step("a").when(row.condition);
            DrivenRun run(draft, "{\"n\":1}");
            CPPUNIT_ASSERT_EQUAL(std::string("fail a (expression_error), end a failed, finish"), run.settle());
            const StepError& error = run.step("a").record.error.value();
            CPPUNIT_ASSERT(error.outcome == OutcomeClass::InvalidInput);
            CPPUNIT_ASSERT_MESSAGE(error.message, error.message.starts_with(row.message));
        }
    }

    void testOutputIsBytes() {
        Draft draft;
        draft.step("a").output("steps.a.output.x");
        DrivenRun run(draft);
        run.settle();
        run.complete("a", "{\"x\": [1e400, 1.0 ,12345678901234567890123]}");
        CPPUNIT_ASSERT_EQUAL(std::string("[1e400, 1.0 ,12345678901234567890123]"), run.run.record.output);
    }

    void testOutputErrorFailsTheRun() {
        Draft draft;
        draft.step("a").output("steps.a.output.missing");
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("end failed (expression_error), finish"), run.complete("a"));
        CPPUNIT_ASSERT(run.run.record.error.find("`output` of the pipeline") != std::string::npos);
    }

    void testKindsAndRules() {
        Draft draft;
        draft.step("a").goesOn();
        draft.step("s").builtIn(pipeline::SleepStep{});
        draft.step("w").builtIn(pipeline::WaitForEventStep{});
        draft.step("e").builtIn(pipeline::SendEventStep{});
        draft.step("i").builtIn(pipeline::InvokeStep{});
        draft.step("f").builtIn(pipeline::FailStep{});
        draft.step("each").forEach("[1]");
        DrivenRun run(draft);
        run.settle();
        std::string kinds;
        for (std::size_t i = 0; i < run.run.steps.size(); ++i)
            kinds += run.run.steps[i].record.kind + "/" + run.driver->rules(run.run, i).plugin + " ";
        CPPUNIT_ASSERT_EQUAL(
            std::string("plugin/p sleep/ wait_for_event/ send_event/ invoke/ fail/ foreach/ plugin/p "), kinds);
        CPPUNIT_ASSERT(run.driver->rules(run.run, 0).goesOnAfterFailure);
        CPPUNIT_ASSERT(!run.driver->rules(run.run, 1).goesOnAfterFailure);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GraphDriverTest);
