#include "engine/flow_engine.h"

using namespace stepd;
using namespace stepd::test;
using Strings = std::vector<std::string>;

namespace {

/// A sleep between two calls, under `flow`.
std::string napper(const std::string& flow, const std::string& id = "nap") {
    return "version: 1\nid: " + id + "\non: [{event: " + id + "}]\n" + flow +
           "\nsteps:\n  - {id: a, uses: a}\n  - {id: rest, uses: core/sleep, with: {for: 1m}}\n  - {id: b, uses: b}\n";
}

std::string caller(const std::string& flow, const std::string& id = "one") {
    return "version: 1\nid: " + id + "\non: [{event: " + id + "}]\n" + flow + "\nsteps: [{id: a, uses: a}]\n";
}

}  // namespace

/// Slots, as a run sees them; which ticket goes next is SchedulerTest's.
class ConcurrencyTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ConcurrencyTest);
    CPPUNIT_TEST(testRunHoldsItsSlotFromStartToEnd);
    CPPUNIT_TEST(testStepLimitCountsExecutingCallsAlone);
    CPPUNIT_TEST(testLimitOnAStepCountsItsCalls);
    CPPUNIT_TEST(testItemsTakeNoSlotOfTheirRun);
    CPPUNIT_TEST(testItemsAreCallsOfTheirStep);
    CPPUNIT_TEST(testRetryDelayHoldsNoStepSlot);
    CPPUNIT_TEST(testEachKeyHasItsOwnSlots);
    CPPUNIT_TEST(testKeyThatIsFalseIsNoLimit);
    CPPUNIT_TEST(testGlobalLimitIsSharedByPipelines);
    CPPUNIT_TEST(testTwoEntriesMustBothAdmit);
    CPPUNIT_TEST(testNewRevisionChangesTheLimitOfThoseInLine);
    CPPUNIT_TEST(testSlotsSurviveACrash);
    CPPUNIT_TEST(testSlotOfAnInterruptedCallIsFreeAgain);
    CPPUNIT_TEST(testCancelledRunsLeaveNothing);
    CPPUNIT_TEST(testRunInLineSaysWhy);
    CPPUNIT_TEST(testStepInLineSaysWhy);
    CPPUNIT_TEST(testParkedRunInLineSaysWhy);
    CPPUNIT_TEST(testManyHoldersAreCounted);
    CPPUNIT_TEST(testStepThatWaitsForAWorkerSaysWhy);
    CPPUNIT_TEST(testLineThatDoesNotFitInMemoryIsParked);
    CPPUNIT_TEST_SUITE_END();

public:
    // inngest-protocol.md section 7, "Concurrency (run)": held from the first call until the run ends, including
    // sleeps.
    void testRunHoldsItsSlotFromStartToEnd() {
        FlowEngine engine;
        engine.use(napper("concurrency: [{limit: 1}]"));
        const auto first = engine.submit("nap");
        const auto second = engine.submit("nap");
        CPPUNIT_ASSERT(engine.slots() == Strings{"nap:concurrency by 1"});
        engine.advance(59s);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(first));
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(second));
        CPPUNIT_ASSERT(!engine.run(second).startedAt);
        engine.advance(1s);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(first));
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(second));
        CPPUNIT_ASSERT(engine.slots() == Strings{"nap:concurrency by 2"});
        engine.finish();
        engine.assertNothingIsLeft();
    }

    // Section 7, "Concurrency (step)": simultaneously executing calls; sleeping or waiting runs do not count.
    void testStepLimitCountsExecutingCallsAlone() {
        FlowEngine engine;
        engine.use(napper("concurrency: [{limit: 1, of: steps}]"));
        engine.takes("a", "10s");
        const auto first = engine.submit("nap");
        const auto second = engine.submit("nap");
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.running());
        CPPUNIT_ASSERT(engine.slots() == Strings{"nap:concurrency by 1/0"});
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(first));
        CPPUNIT_ASSERT(engine.slots() == Strings{"nap:concurrency by 2/0"});
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(second));
        CPPUNIT_ASSERT(engine.slots().empty());
        engine.finish();
        engine.assertNothingIsLeft();
    }

    // pipelines.md: a limit may stand on a step; then it counts calls of that step.
    void testLimitOnAStepCountsItsCalls() {
        FlowEngine engine;
        engine.use(
            "version: 1\nid: one\non: [{event: one}]\nsteps: [{id: a, uses: a, concurrency: [{limit: 1, key: "
            "event.data.k}]}, {id: b, uses: b}]\n");
        engine.takes("a", "10s");
        for (const char* key : {"x", "x", "y"}) engine.submit("one", std::string("{\"k\":\"") + key + "\"}");
        CPPUNIT_ASSERT(engine.slots() == (Strings{"one/a:concurrency[x] by 1/0", "one/a:concurrency[y] by 3/0"}));
        engine.advance(10s);
        CPPUNIT_ASSERT(engine.slots() == Strings{"one/a:concurrency[x] by 2/0"});
        engine.finish();
        engine.assertNothingIsLeft();
    }

    // pipelines.md: items of a `foreach` never take the run's own slot.
    void testItemsTakeNoSlotOfTheirRun() {
        FlowEngine engine;
        engine.use(
            "version: 1\nid: one\non: [{event: one}]\nconcurrency: [{limit: 1}]\nsteps: [{id: a, uses: a, foreach: "
            "{items: \"[1, 2, 3]\"}}]\n");
        engine.takes("a", "10s");
        engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.invoker.running());
        CPPUNIT_ASSERT(engine.slots() == Strings{"one:concurrency by 1"});
        engine.finish();
        engine.assertNothingIsLeft();
    }

    void testItemsAreCallsOfTheirStep() {
        FlowEngine engine;
        engine.use(
            "version: 1\nid: one\non: [{event: one}]\nsteps: [{id: a, uses: a, concurrency: [{limit: 2}], foreach: "
            "{items: \"[1, 2, 3]\"}}]\n");
        engine.takes("a", "10s");
        const auto run = engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.running());
        engine.restart();
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.running());
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.running());
        engine.cancel(run);
        engine.assertNothingIsLeft();
    }

    void testRetryDelayHoldsNoStepSlot() {
        FlowEngine engine;
        engine.use(
            caller("concurrency: [{limit: 1, of: steps}]\ndefaults: {retry: {attempts: 3, backoff: constant, "
                   "initial: 1m, jitter: none}}"));
        engine.invoker.script("a", {"timeout", "in 2m done {}", "done {}"});
        const auto first = engine.submit("one");
        const auto second = engine.submit("one");
        CPPUNIT_ASSERT(engine.slots() == Strings{"one:concurrency by 2/0"});
        engine.advance(1min);
        CPPUNIT_ASSERT_MESSAGE(engine.why(first), engine.core->why(first).at(0).what == engine::Wait::For::Line);
        engine.advance(1min);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(first));
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(second));
        engine.assertNothingIsLeft();
    }

    // Section 7: keyed by CEL of the triggering event, evaluated once per run.
    void testEachKeyHasItsOwnSlots() {
        FlowEngine engine;
        engine.use(caller("concurrency: [{limit: 1, key: event.data.customer}]"));
        engine.takes("a", "10s");
        const auto a1 = engine.submit("one", "{\"customer\":\"a\"}");
        const auto a2 = engine.submit("one", "{\"customer\":\"a\"}");
        const auto b1 = engine.submit("one", "{\"customer\":\"b\"}");
        CPPUNIT_ASSERT(engine.run(a2).lanes == Strings{"one:concurrency[a]"});
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(a1));
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(a2));
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(b1));
        engine.finish();
        engine.assertNothingIsLeft();
    }

    void testKeyThatIsFalseIsNoLimit() {
        FlowEngine engine;
        engine.use(caller("concurrency: [{limit: 1, key: \"event.data.free ? dyn(false) : dyn('all')\"}]"));
        engine.takes("a", "10s");
        for (int i = 0; i < 3; ++i) engine.submit("one", "{\"free\":true}");
        engine.submit("one", "{\"free\":false}");
        const auto waits = engine.submit("one", "{\"free\":false}");
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(waits));
        CPPUNIT_ASSERT_EQUAL(std::size_t(4), engine.invoker.running());
    }

    // pipelines.md: `scope: global, name: per-site`: pipelines that say the same name share the limit.
    void testGlobalLimitIsSharedByPipelines() {
        FlowEngine engine;
        const std::string shared = "concurrency: [{limit: 2, key: event.data.site, scope: global, name: per-site}]";
        engine.use(caller(shared, "one"));
        engine.use(caller(shared, "two"));
        engine.takes("a", "10s");
        engine.submit("one", "{\"site\":\"x\"}");
        engine.submit("two", "{\"site\":\"x\"}");
        const auto third = engine.submit("one", "{\"site\":\"x\"}");
        const auto other = engine.submit("two", "{\"site\":\"y\"}");
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(third));
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(other));
        CPPUNIT_ASSERT(engine.slots() ==
                       (Strings{"global:per-site[x] by 1", "global:per-site[x] by 2", "global:per-site[y] by 4"}));
        engine.finish();
        engine.assertNothingIsLeft();
    }

    // Section 7: up to two entries, all must admit. Nobody holds one slot while it waits for another.
    void testTwoEntriesMustBothAdmit() {
        FlowEngine engine;
        engine.use(caller("concurrency: [{limit: 2}, {limit: 1, key: event.data.k}]"));
        engine.takes("a", "10s");
        const auto x1 = engine.submit("one", "{\"k\":\"x\"}");
        const auto x2 = engine.submit("one", "{\"k\":\"x\"}");
        const auto y1 = engine.submit("one", "{\"k\":\"y\"}");
        const auto z1 = engine.submit("one", "{\"k\":\"z\"}");
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(x1));
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(x2));
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(y1));
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(z1));
        CPPUNIT_ASSERT_EQUAL(std::size_t(4), engine.slots().size());
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(x2));
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(z1));
        engine.finish();
        engine.assertNothingIsLeft();
    }

    // A lane's family outlives revisions, so a limit that an operator changes holds for the runs that wait already.
    void testNewRevisionChangesTheLimitOfThoseInLine() {
        FlowEngine engine;
        engine.use(caller("concurrency: [{limit: 1}]"));
        engine.takes("a", "10s");
        for (int i = 0; i < 4; ++i) engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.running());
        engine.use(caller("concurrency: [{limit: 3}]"));
        engine.settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.invoker.running());
        engine.use(caller("concurrency: [{limit: 1}]"));
        engine.submit("one");
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.running());
        engine.use(caller(""));
        engine.settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.running());
        engine.finish();
        engine.assertNothingIsLeft();
    }

    void testSlotsSurviveACrash() {
        FlowEngine engine;
        engine.use(napper("concurrency: [{limit: 1}]"));
        const auto first = engine.submit("nap");
        const auto second = engine.submit("nap");
        engine.restart();
        CPPUNIT_ASSERT(engine.slots() == Strings{"nap:concurrency by 1"});
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(second));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.callsOf("a").size());
        engine.advance(1min);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(first));
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(second));
        engine.assertNothingIsLeft();
    }

    void testSlotOfAnInterruptedCallIsFreeAgain() {
        FlowEngine engine;
        engine.use(caller("concurrency: [{limit: 1, of: steps}]"));
        engine.takes("a", "10s");
        engine.submit("one");
        engine.submit("one");
        engine.restart();
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.running());
        CPPUNIT_ASSERT(engine.slots() == Strings{"one:concurrency by 1/0"});
        engine.finish();
        engine.assertNothingIsLeft();
    }

    void testCancelledRunsLeaveNothing() {
        for (const char* flow : {"concurrency: [{limit: 1}]", "concurrency: [{limit: 1, of: steps}]"}) {
            FlowEngine engine;
            engine.use(napper(flow));
            engine.takes("a", "10s");
            const auto calling = engine.submit("nap");
            const auto inLine = engine.submit("nap");
            const auto last = engine.submit("nap");
            engine.cancel(inLine);
            CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(inLine));
            engine.cancel(calling);
            engine.advance(11s);
            CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(last));
            engine.cancel(last);
            engine.assertNothingIsLeft(flow);
        }
    }

    // pipelines.md and design rule 9: why a run does not go on: the lane, who holds it, the place in line.
    void testRunInLineSaysWhy() {
        FlowEngine engine;
        engine.use(caller("concurrency: [{limit: 2, key: event.data.k}]"));
        engine.takes("a", "10s");
        const auto first = engine.submit("one", "{\"k\":\"x\"}");
        const auto second = engine.submit("one", "{\"k\":\"x\"}");
        const auto third = engine.submit("one", "{\"k\":\"x\"}");
        const auto fourth = engine.submit("one", "{\"k\":\"x\"}");
        const std::string line = "the run stands in line for one:concurrency[x]: 2 of 2 slots held by run " +
                                 engine.publicIdOf(first) + ", run " + engine.publicIdOf(second) + "; place ";
        CPPUNIT_ASSERT_EQUAL(line + "1", engine.why(third));
        CPPUNIT_ASSERT_EQUAL(line + "2", engine.why(fourth));
        CPPUNIT_ASSERT_EQUAL(std::string("step a runs in plugin a, attempt 1, for 0s"), engine.why(first));
    }

    void testStepInLineSaysWhy() {
        FlowEngine engine;
        engine.use(caller("concurrency: [{limit: 1, of: steps}]"));
        engine.takes("a", "10s");
        const auto first = engine.submit("one");
        const auto second = engine.submit("one");
        CPPUNIT_ASSERT_EQUAL("step a stands in line for one:concurrency: 1 of 1 slots held by run " +
                                 engine.publicIdOf(first) + "; place 1",
                             engine.why(second));
    }

    void testParkedRunInLineSaysWhy() {
        engine::EngineOptions options;
        options.maxActiveRuns = 2;
        FlowEngine engine(1, options);
        engine.use(caller("concurrency: [{limit: 1}]"));
        engine.takes("a", "10s");
        const auto first = engine.submit("one");
        const auto second = engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.stats().activeRuns);
        CPPUNIT_ASSERT_EQUAL("the run stands in line for one:concurrency: 1 of 1 slots held by run " +
                                 engine.publicIdOf(first) + "; parked",
                             engine.why(second));
        engine.pause("one", true);
        const auto third = engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(std::string("the run stands in line for paused; parked"), engine.why(third));
    }

    void testManyHoldersAreCounted() {
        FlowEngine engine;
        engine.use(napper("concurrency: [{limit: 12}]"));
        engine.invoker.setSlots("a", 20);
        engine.takes("a", "10s");
        for (int i = 0; i < 12; ++i) engine.submit("nap");
        const std::string why = engine.why(engine.submit("nap"));
        CPPUNIT_ASSERT_MESSAGE(why, why.find(": 12 of 12 slots held by run ") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(why, why.ends_with(" and 2 more; place 1"));
    }

    void testStepThatWaitsForAWorkerSaysWhy() {
        FlowEngine engine;
        engine.use(caller(""));
        engine.invoker.setSlots("a", 1);
        engine.takes("a", "10s");
        engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(std::string("step a stands in line for plugin a: 1 of 1 slots held; place 1"),
                             engine.why(engine.submit("one")));
    }

    // Memory holds half of what it may before runs in line are parked; they come back in their order.
    void testLineThatDoesNotFitInMemoryIsParked() {
        engine::EngineOptions options;
        options.maxActiveRuns = 6;
        FlowEngine engine(1, options);
        engine.use(caller("concurrency: [{limit: 1}]"));
        engine.takes("a", "1s");
        for (int i = 0; i < 30; ++i) engine.submit("one");
        CPPUNIT_ASSERT(engine.stats().activeRuns <= 6);
        engine.restart();
        engine.advance(40s);
        Strings order;
        for (const auto& call : engine.invoker.callsOf("a"))
            if (order.empty() || order.back() != call.runId) order.push_back(call.runId);
        CPPUNIT_ASSERT_EQUAL(std::size_t(30), order.size());
        std::string text;
        for (const auto& one : order) text += one.substr(one.size() - 4) + " ";
        CPPUNIT_ASSERT_MESSAGE(text, std::is_sorted(order.begin(), order.end()));
        engine.assertNothingIsLeft();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConcurrencyTest);
