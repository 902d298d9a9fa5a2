#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::test;

namespace {

std::string pipelineOf(const std::string& rest) {
    return "version: 1\nid: graph\non: [{event: go}]\ndefaults: {retry: never}\n" + rest;
}

}  // namespace

/// What the graph driver makes of skips, joins, parallel branches and failures.
class GraphTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(GraphTest);
    CPPUNIT_TEST(testEachStepOfAChainStartsInTheCommitOfTheOneBefore);
    CPPUNIT_TEST(testBranchesRunSideBySideAndJoin);
    CPPUNIT_TEST(testSkippedNeedCountsAsSatisfied);
    CPPUNIT_TEST(testRunOfSkippedStepsCompletes);
    CPPUNIT_TEST(testFailedStepEndsTheRunAndItsSiblings);
    CPPUNIT_TEST(testContinueOnErrorShowsTheErrorToLaterSteps);
    CPPUNIT_TEST(testExpressionErrorFailsTheStepWithItsText);
    CPPUNIT_TEST(testConditionErrorFailsTheStep);
    CPPUNIT_TEST(testOutputErrorFailsTheRun);
    CPPUNIT_TEST(testPluginMaySkip);
    CPPUNIT_TEST(testBytesGoThroughUntouched);
    CPPUNIT_TEST(testSecretsAreAPlaceholder);
    CPPUNIT_TEST(testRetryWhenMayVeto);
    CPPUNIT_TEST(testDocumentThatCannotBeParsedFailsTheExpressionAlone);
    CPPUNIT_TEST_SUITE_END();

public:
    void testEachStepOfAChainStartsInTheCommitOfTheOneBefore() {
        EngineFixture engine;
        engine.use(pipelineOf("steps: [{id: a, uses: p}, {id: b, uses: p}, {id: c, uses: p}, {id: d, uses: p}]\n"));
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(5),
                             engine.store.commits());  // event with first attempt, three hand-overs, end
        const std::vector<std::string> want = {
            "run running", "a running", "a #1 starts", "a #1 ok",   "a completed", "b running",
            "b #1 starts", "b #1 ok",   "b completed", "c running", "c #1 starts", "c #1 ok",
            "c completed", "d running", "d #1 starts", "d #1 ok",   "d completed", "run completed"};
        CPPUNIT_ASSERT(engine.observer.lines == want);
    }

    void testBranchesRunSideBySideAndJoin() {
        EngineFixture engine;
        engine.use(
            pipelineOf("steps:\n  - {id: a, uses: p}\n  - {id: l, uses: l, needs: [a]}\n"
                       "  - {id: r, uses: r, needs: [a]}\n  - {id: j, uses: p, needs: [l, r]}\n"));
        engine.invoker.script("l", {"in 2s done {}"});
        engine.invoker.script("r", {"in 3s done {}"});
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.stats().runningAttempts);
        engine.advance(2s);
        CPPUNIT_ASSERT(engine.invoker.callsOf("j").empty());
        engine.advance(1s);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
    }

    void testSkippedNeedCountsAsSatisfied() {
        EngineFixture engine;
        engine.use(
            pipelineOf("steps:\n  - {id: a, uses: p}\n  - {id: b, uses: p, if: \"steps.a.output.url != null\"}\n"
                       "  - {id: c, uses: p, input: {b: \"${{ steps.b.output }}\", ok: \"${{ steps.b.ok }}\"}}\n"
                       "output: ${{ steps.b.output }}\n"));
        engine.invoker.script("p", {"done {\"url\":null}"});
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(StepState::Skipped, engine.step(run, "b").state);
        CPPUNIT_ASSERT_EQUAL(std::string("condition_false"), engine.step(run, "b").error->code);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"b\":null,\"ok\":false}"), engine.invoker.callsOf("c")[0].input);
        CPPUNIT_ASSERT_EQUAL(std::string("null"), engine.run(run).output);
    }

    void testRunOfSkippedStepsCompletes() {
        EngineFixture engine;
        engine.use(pipelineOf("steps: [{id: a, uses: p, if: \"false\"}, {id: b, uses: p, if: \"false\"}]\n"));
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(1), engine.store.commits());
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
    }

    void testFailedStepEndsTheRunAndItsSiblings() {
        EngineFixture engine;
        engine.use(
            pipelineOf("steps:\n  - {id: a, uses: a, needs: []}\n  - {id: b, uses: b, needs: []}\n"
                       "  - {id: c, uses: c, needs: []}\n  - {id: d, uses: p, needs: [a]}\n"));
        engine.invoker.script("a", {"in 1s permanent broken"});
        engine.invoker.script("b", {"wait"});
        engine.invoker.setSlots("c", 0);
        const auto run = engine.submit("go");
        engine.advance(1s);
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(StepState::Failed, engine.step(run, "a").state);
        CPPUNIT_ASSERT_EQUAL(StepState::Cancelled, engine.step(run, "b").state);
        CPPUNIT_ASSERT(engine.attempts(run, "b")[0].outcome == OutcomeClass::Cancelled);
        CPPUNIT_ASSERT(!engine.findStep(run, "c"));
        CPPUNIT_ASSERT(!engine.findStep(run, "d"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.cancels().size());
        CPPUNIT_ASSERT(engine.invoker.cancels()[0].second == host::CancelReason::Superseded);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().runningAttempts);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().readySteps);
    }

    void testContinueOnErrorShowsTheErrorToLaterSteps() {
        EngineFixture engine;
        engine.use(
            pipelineOf("steps:\n  - {id: a, uses: a, continue_on_error: true}\n"
                       "  - {id: b, uses: p, if: \"!steps.a.ok && steps.a.state == 'failed'\", input: \"${{ "
                       "steps.a.error }}\"}\n"));
        engine.invoker.script("a", {"permanent broken"});
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"class\":\"permanent\",\"code\":\"broken\",\"message\":\"scripted: permanent broken\","
                        "\"details\":null}"),
            engine.invoker.callsOf("b")[0].input);
    }

    void testExpressionErrorFailsTheStepWithItsText() {
        EngineFixture engine;
        engine.use(pipelineOf("steps: [{id: a, uses: p, input: \"${{ event.data.missing.deeper }}\"}]\n"));
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, engine.state(run));
        const auto step = engine.step(run, "a");
        CPPUNIT_ASSERT(step.error->outcome == OutcomeClass::InvalidInput);
        CPPUNIT_ASSERT_EQUAL(std::string("expression_error"), step.error->code);
        CPPUNIT_ASSERT_MESSAGE(step.error->message,
                               step.error->message.find("event.data.missing.deeper") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(0, step.attempts);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().runningAttempts);
        CPPUNIT_ASSERT(engine.invoker.calls().empty());
    }

    void testConditionErrorFailsTheStep() {
        EngineFixture engine;
        engine.use(pipelineOf("steps: [{id: a, uses: p, if: \"event.data.n\", continue_on_error: true}]\n"));
        const auto run = engine.submit("go", "{\"n\":1}");
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::string("`if: event.data.n` could not be evaluated: it gives int, not bool"),
                             engine.step(run, "a").error->message);
    }

    void testOutputErrorFailsTheRun() {
        EngineFixture engine;
        engine.use(pipelineOf("steps: [{id: a, uses: p}]\noutput: ${{ steps.a.output.missing }}\n"));
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, engine.state(run));
        CPPUNIT_ASSERT(engine.run(run).error.find("`output` of the pipeline") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(StepState::Completed, engine.step(run, "a").state);
    }

    void testPluginMaySkip() {
        EngineFixture engine;
        engine.use(pipelineOf("steps: [{id: a, uses: a}, {id: b, uses: p}]\n"));
        engine.invoker.script("a", {"skip nothing_new"});
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(StepState::Skipped, engine.step(run, "a").state);
        CPPUNIT_ASSERT_EQUAL(std::string("nothing_new"), engine.step(run, "a").error->code);
    }

    void testBytesGoThroughUntouched() {
        EngineFixture engine;
        const std::string bytes =
            "{ \"a\" : 1.0, \"b\":-0, \"c\":1e400, \"d\":123456789012345678901234567890 , \"a\":2}";
        engine.use(
            pipelineOf("steps:\n  - {id: a, uses: p}\n  - {id: b, uses: p, input: \"${{ steps.a.output }}\"}\n"
                       "  - {id: c, uses: p, input: {all: \"${{ event.data }}\", c: \"${{ event.data.c }}\"}}\n"
                       "output: ${{ steps.a.output }}\n"));
        engine.invoker.script("p", {"done " + bytes});
        const auto run = engine.submit("go", bytes);
        CPPUNIT_ASSERT_EQUAL(bytes, engine.invoker.callsOf("a")[0].input);
        CPPUNIT_ASSERT_EQUAL(bytes, engine.invoker.callsOf("b")[0].input);
        CPPUNIT_ASSERT_EQUAL("{\"all\":" + bytes + ",\"c\":1e400}", engine.invoker.callsOf("c")[0].input);
        CPPUNIT_ASSERT_EQUAL(bytes, engine.run(run).output);
    }

    void testSecretsAreAPlaceholder() {
        engine::EngineOptions options;
        options.secretMark = "secret-7f3a";
        EngineFixture engine(1, options);
        engine.use(
            pipelineOf("steps: [{id: a, uses: p, with: {key: \"${{ secrets.API_KEY }}\", auth: \"Bearer ${{ "
                       "secrets.API_KEY }}\"}}]\n"));
        engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"key\":\"${secret-7f3a:API_KEY}\",\"auth\":\"Bearer ${secret-7f3a:API_KEY}\"}"),
            engine.invoker.callsOf("a")[0].config);
    }

    void testDocumentThatCannotBeParsedFailsTheExpressionAlone() {
        EngineFixture engine;
        engine.use(pipelineOf("steps: [{id: a, uses: a}, {id: b, uses: p, if: \"steps.a.output.n == 1\"}]\n"));
        engine.invoker.script("a", {"done {\"n\":"});
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::string("expression_error"), engine.step(run, "b").error->code);
        CPPUNIT_ASSERT(engine.fatal.empty());
    }

    void testRetryWhenMayVeto() {
        EngineFixture engine;
        engine.use(
            pipelineOf("steps:\n  - id: a\n    uses: a\n    retry: {attempts: 9, initial: 1s, when: \"error.code != "
                       "'fatal'\"}\n"));
        engine.invoker.script("a", {"upstream soft", "upstream fatal"});
        const auto run = engine.submit("go");
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(2, engine.step(run, "a").attempts);
        CPPUNIT_ASSERT(engine.run(run).error.find("`retry.when` is false") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GraphTest);
