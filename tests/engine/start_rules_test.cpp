#include "engine/flow_engine.h"

using namespace stepd;
using namespace stepd::test;
using Strings = std::vector<std::string>;

namespace {

std::string caller(const std::string& flow) {
    return "version: 1\nid: one\non: [{event: one}]\n" + flow + "\nsteps: [{id: a, uses: a}]\n";
}

}  // namespace

/// Whether an event starts a run, and when: `singleton`, `priority`, `idempotency`, a `ts` in the future.
class StartRulesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StartRulesTest);
    CPPUNIT_TEST(testSingletonSkipsWhileARunIsActive);
    CPPUNIT_TEST(testSingletonSurvivesARestart);
    CPPUNIT_TEST(testSingletonCancelsTheActiveRun);
    CPPUNIT_TEST(testSingletonCancelsARunThatIsInTheStoreAlone);
    CPPUNIT_TEST(testSingletonCancelIsCarriedOutAfterACrash);
    CPPUNIT_TEST(testSingletonLetsTheFinallyOfTheOlderRunEnd);
    CPPUNIT_TEST(testSingletonOfAKey);
    CPPUNIT_TEST(testPriorityOvertakesThoseInLine);
    CPPUNIT_TEST(testPriorityIsClampedAndRecordedOnce);
    CPPUNIT_TEST(testPriorityThatIsNoNumberCountsAsNone);
    CPPUNIT_TEST(testSameKeyIsTheFirstRun);
    CPPUNIT_TEST(testSameKeyInOneSubmission);
    CPPUNIT_TEST(testRepeatedEventNamesTheRunThatHoldsItsKey);
    CPPUNIT_TEST(testEventOfTheFutureStartsThen);
    CPPUNIT_TEST(testDelayIsNotCountedAsWaitingForTheStart);
    CPPUNIT_TEST_SUITE_END();

public:
    // inngest-protocol.md section 7, "Singleton skip": while a run with the key is active, new runs never execute.
    void testSingletonSkipsWhileARunIsActive() {
        FlowEngine engine;
        engine.use(caller("singleton: {mode: skip}"));
        engine.takes("a", "10s");
        const auto first = engine.submit("one");
        const auto answer = engine.submitEvent("one");
        CPPUNIT_ASSERT(answer.runs.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("singleton: a run is active"), answer.skipped.at(0).why);
        CPPUNIT_ASSERT(engine.store.findEvent(answer.event)->skipped.find("a run is active") != std::string::npos);
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(first));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.submitEvent("one").runs.size());
    }

    void testSingletonSurvivesARestart() {
        FlowEngine engine;
        engine.use(caller("singleton: {mode: skip}"));
        engine.takes("a", "10s");
        engine.submit("one");
        engine.restart();
        CPPUNIT_ASSERT(engine.submitEvent("one").runs.empty());
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.submitEvent("one").runs.size());
        engine.finish();
        engine.assertNothingIsLeft();
    }

    // Section 7, "Singleton cancel": the active run is cancelled and the new one starts.
    void testSingletonCancelsTheActiveRun() {
        FlowEngine engine;
        engine.use(caller("singleton: {mode: cancel}"));
        engine.takes("a", "10s");
        const auto first = engine.submit("one");
        const auto second = engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(first));
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(second));
        const auto third = engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(second));
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(third));
        engine.assertNothingIsLeft();
    }

    static std::string sleeper() {
        return "version: 1\nid: one\non: [{event: one}]\nsingleton: {mode: cancel}\nsteps: [{id: s, uses: core/sleep, "
               "with: {for: 1h}}, {id: a, uses: a}]\n";
    }

    void testSingletonCancelsARunThatIsInTheStoreAlone() {
        FlowEngine engine;
        engine.use(sleeper());
        const auto first = engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
        const auto second = engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(first));
        engine.restart();
        engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(second));
        engine.advance(2h);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
        engine.assertNothingIsLeft();
    }

    // Whenever the daemon dies after the new run was admitted, the older one does not go on.
    void testSingletonCancelIsCarriedOutAfterACrash() {
        for (std::uint64_t commit = 1; commit <= 3; ++commit)
            for (const SimFault fault : {SimFault::CrashBefore, SimFault::CrashAfter}) {
                FlowEngine engine;
                engine.use(sleeper());
                const auto first = engine.submit("one");
                engine.store.faultAt(commit, fault);
                engine.post({{.name = "one", .externalId = {}, .data = "{}", .user = {}, .ts = {}, .requestId = {}}});
                engine.settle();
                engine.restart();
                const std::string where = "commit " + std::to_string(commit);
                const bool admitted = engine.store.findRun(RunId{2}).has_value();
                CPPUNIT_ASSERT_EQUAL_MESSAGE(where, admitted ? RunState::Cancelled : RunState::Waiting,
                                             engine.state(first));
                engine.advance(2h);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t(1), engine.invoker.calls().size());
                engine.assertNothingIsLeft(where);
            }
    }

    void testSingletonLetsTheFinallyOfTheOlderRunEnd() {
        FlowEngine engine;
        engine.use(caller("singleton: {mode: cancel}\nfinally: [{id: tidy, uses: tidy}]"));
        engine.takes("a", "10s");
        engine.takes("tidy", "10s");
        const auto first = engine.submit("one");
        engine.submit("one");
        engine.restart();
        engine.submit("one");
        engine.advance(1min);
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(first));
        CPPUNIT_ASSERT_EQUAL(StepState::Completed, engine.step(first, "tidy").state);
        engine.assertNothingIsLeft();
    }

    // Section 7: key `false` = not a singleton.
    void testSingletonOfAKey() {
        FlowEngine engine;
        engine.use(caller("singleton: {mode: skip, key: \"event.data.k == '' ? dyn(false) : dyn(event.data.k)\"}"));
        engine.takes("a", "10s");
        const auto starts = [&](const char* key) {
            return engine.submitEvent("one", std::string("{\"k\":\"") + key + "\"}").runs.size();
        };
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), starts("x"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), starts("x"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), starts("y"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), starts(""));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), starts(""));
    }

    // Section 7, "Priority": +n overtakes runs queued up to n seconds earlier.
    void testPriorityOvertakesThoseInLine() {
        FlowEngine engine;
        engine.use(caller("concurrency: [{limit: 1}]\npriority: event.data.p"));
        engine.takes("a", "60s");
        const auto submit = [&](int p) { return engine.submit("one", "{\"p\":" + std::to_string(p) + "}"); };
        submit(0);
        const auto older = submit(0);
        engine.advance(20s);
        const auto newer = submit(0);
        const auto ahead = submit(15);
        const auto behind = submit(-600);
        const auto first = submit(25);
        Strings order;
        for (int i = 0; i < 6; ++i) engine.advance(60s);
        for (const auto& call : engine.invoker.calls()) order.push_back(call.runId);
        Strings expected{engine.publicIdOf(RunId{1})};
        for (const RunId run : {first, older, ahead, newer, behind}) expected.push_back(engine.publicIdOf(run));
        CPPUNIT_ASSERT(order == expected);
    }

    // pipelines.md: -600..600; evaluated once, when the run is created, and recorded.
    void testPriorityIsClampedAndRecordedOnce() {
        FlowEngine engine;
        engine.use(caller("priority: event.data.p"));
        CPPUNIT_ASSERT_EQUAL(600, engine.run(engine.submit("one", "{\"p\":100000}")).priority);
        CPPUNIT_ASSERT_EQUAL(-600, engine.run(engine.submit("one", "{\"p\":-100000}")).priority);
        engine.takes("a", "10s");
        const auto run = engine.submit("one", "{\"p\":60}");
        engine.use(caller("priority: event.data.p * 2"));
        engine.restart();
        CPPUNIT_ASSERT_EQUAL(60, engine.run(run).priority);
    }

    // Section 7: ignored on error.
    void testPriorityThatIsNoNumberCountsAsNone() {
        FlowEngine engine;
        engine.use(caller("priority: event.data.p"));
        const auto run = engine.submit("one", "{\"p\":\"high\"}");
        CPPUNIT_ASSERT_EQUAL(0, engine.run(run).priority);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.observer.problems.size());
    }

    // pipelines.md: `idempotency: {key, ttl}`: same key within ttl -> the first run's id.
    void testSameKeyIsTheFirstRun() {
        FlowEngine engine;
        engine.use(caller("idempotency: {key: event.data.k, ttl: 1h}"));
        const auto first = engine.submit("one", "{\"k\":1}");
        engine.advance(59min);
        engine.restart();
        const auto again = engine.submitEvent("one", "{\"k\":1}");
        CPPUNIT_ASSERT(again.runs.at(0).id == first && again.runs[0].duplicate && !again.duplicate);
        CPPUNIT_ASSERT(engine.submit("one", "{\"k\":2}") != first);
        engine.advance(1min);
        CPPUNIT_ASSERT(engine.submit("one", "{\"k\":1}") != first);
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.invoker.calls().size());
    }

    // Whoever did not get the first answer repeats the event and must learn the same from the second.
    void testRepeatedEventNamesTheRunThatHoldsItsKey() {
        FlowEngine engine;
        engine.use(caller("idempotency: {key: event.data.k}"));
        const auto first = engine.submit("one", "{\"k\":1}");
        for (int tries = 0; tries < 3; ++tries) {
            engine.post(
                {{.name = "one", .externalId = "x", .data = "{\"k\":1}", .user = {}, .ts = {}, .requestId = {}}});
            engine.settle();
            const auto& answer = engine.answers.back().at(0);
            CPPUNIT_ASSERT_EQUAL(tries > 0, answer.duplicate);
            CPPUNIT_ASSERT_EQUAL(std::size_t(1), answer.runs.size());
            CPPUNIT_ASSERT(answer.runs[0].id == first && answer.runs[0].duplicate);
            if (tries == 1) engine.restart();
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
    }

    void testSameKeyInOneSubmission() {
        FlowEngine engine;
        engine.use(caller("idempotency: {key: event.data.k}"));
        engine.post(std::vector<engine::NewEvent>(
            3, {.name = "one", .externalId = {}, .data = "{\"k\":1}", .user = {}, .ts = {}, .requestId = {}}));
        engine.settle();
        for (const auto& answer : engine.answers.at(0)) CPPUNIT_ASSERT(answer.runs.at(0).id == RunId{1});
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
    }

    // Section 7, "Delayed start": an event `ts` in the future postpones the first call to that time.
    void testEventOfTheFutureStartsThen() {
        FlowEngine engine;
        engine.use(caller(""));
        const auto run = engine.submitAt("one", engine.clock.now() + 1h).runs.at(0).id;
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
        CPPUNIT_ASSERT_EQUAL(std::string("starts at 2026-01-02T04:00:00.000000Z (in 1h)"), engine.why(run));
        engine.advance(30min);
        engine.restart();
        engine.advance(30min - 1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(run));
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        engine.assertNothingIsLeft();
    }

    // Section 7, "Timeouts": `start` counts since scheduling, and a delayed run is scheduled for its `ts`.
    void testDelayIsNotCountedAsWaitingForTheStart() {
        FlowEngine engine;
        engine.use(caller("concurrency: [{limit: 1}]\ntimeouts: {start: 10m}"));
        engine.takes("a", "30m");
        const auto delayed = engine.submitAt("one", engine.clock.now() + 1h).runs.at(0).id;
        engine.advance(1h);
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(delayed));
        const auto late = engine.submitAt("one", engine.clock.now() + 5min).runs.at(0).id;
        engine.advance(15min - 1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(late));
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(late));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StartRulesTest);
