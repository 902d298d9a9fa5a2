#include "engine/flow_engine.h"

using namespace stepd;
using namespace stepd::test;
using Strings = std::vector<std::string>;

namespace {

std::string one(const std::string& flow, const std::string& input = "${{ event.data }}") {
    return "version: 1\nid: one\non: [{event: one}]\n" + flow + "\nsteps: [{id: a, uses: a, input: \"" + input +
           "\"}]\n";
}

std::string data(int n, const std::string& key = "k") {
    return "{\"n\":" + std::to_string(n) + ",\"key\":\"" + key + "\"}";
}

std::string batched(const std::string& more = "") {
    return one("batch: {max_size: 3, timeout: 10s" + more + "}", "${{ events.map(e, e.data.n) }}");
}

}  // namespace

/// `debounce` and `batch`: runs that collect events before they start.
class CollectTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CollectTest);
    CPPUNIT_TEST(testDebounceStartsOneRunWithTheLastEvent);
    CPPUNIT_TEST(testDebouncedEventOfThePastRestartsTheWindowButDoesNotCount);
    CPPUNIT_TEST(testDebounceTimeoutCapsTheDelay);
    CPPUNIT_TEST(testDebounceIsKeyed);
    CPPUNIT_TEST(testDebounceSurvivesARestartInTheMiddle);
    CPPUNIT_TEST(testDebouncedRunCanBeCancelled);
    CPPUNIT_TEST(testEventThatCollectsWhileItsRunIsBeingCancelled);
    CPPUNIT_TEST(testDebouncedRunStartsAsASingleton);
    CPPUNIT_TEST(testFullBatchStartsAtOnce);
    CPPUNIT_TEST(testBatchStartsAfterItsTimeout);
    CPPUNIT_TEST(testMoreEventsAtOnceThanABatchHolds);
    CPPUNIT_TEST(testBatchIsKeyed);
    CPPUNIT_TEST(testEventThatTheBatchDoesNotWantRunsAlone);
    CPPUNIT_TEST(testBatchSurvivesARestart);
    CPPUNIT_TEST(testBatchThatWasFullWhenTheDaemonStopped);
    CPPUNIT_TEST(testBatchesAreThrottled);
    CPPUNIT_TEST(testDebouncedRunWaitsForItsSlot);
    CPPUNIT_TEST(testCollectingRunSaysWhy);
    CPPUNIT_TEST_SUITE_END();

    static Strings inputs(FlowEngine& engine) {
        Strings list;
        for (const auto& call : engine.invoker.calls()) list.push_back(call.input);
        return list;
    }

public:
    // inngest-protocol.md section 7, "Debounce": every further event with the same key restarts the window; the run
    // starts after it, with the last event only. The answer names the run that will be.
    void testDebounceStartsOneRunWithTheLastEvent() {
        FlowEngine engine;
        engine.use(one("debounce: {period: 10s}"));
        const auto first = engine.submit("one", data(1));
        engine.advance(9s);
        CPPUNIT_ASSERT_EQUAL(first, engine.submit("one", data(2)));
        engine.advance(9s);
        CPPUNIT_ASSERT_EQUAL(first, engine.submit("one", data(3)));
        engine.advance(9999ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(first));
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(first));
        CPPUNIT_ASSERT(inputs(engine) == Strings{data(3)});
        CPPUNIT_ASSERT(engine.run(first).event == EventId{3});
        CPPUNIT_ASSERT(engine.submit("one", data(4)) != first);
        engine.finish();
        engine.assertNothingIsLeft();
    }

    // Section 7: replaces the stored event if its `ts` is not older (out-of-order events do not replace).
    void testDebouncedEventOfThePastRestartsTheWindowButDoesNotCount() {
        FlowEngine engine;
        engine.use(one("debounce: {period: 10s}"));
        const auto run = engine.submit("one", data(1));
        engine.advance(5s);
        const auto late = engine.submitAt("one", engine.clock.now() - 1h, data(2));
        CPPUNIT_ASSERT_EQUAL(run, late.runs.at(0).id);
        CPPUNIT_ASSERT(engine.fatal.empty());
        engine.advance(9999ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(run));
        engine.advance(1ms);
        CPPUNIT_ASSERT(inputs(engine) == Strings{data(1)});
        engine.assertNothingIsLeft();
    }

    // Section 7: `timeout` caps the total delay since the first event.
    void testDebounceTimeoutCapsTheDelay() {
        FlowEngine engine;
        engine.use(one("debounce: {period: 10s, timeout: 25s}"));
        const auto run = engine.submit("one", data(1));
        for (int n = 2; n <= 5; ++n) {
            engine.advance(6s);
            CPPUNIT_ASSERT_EQUAL(run, engine.submit("one", data(n)));
        }
        engine.advance(999ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(run));
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT(inputs(engine) == Strings{data(5)});
    }

    void testDebounceIsKeyed() {
        FlowEngine engine;
        engine.use(one("debounce: {period: 10s, key: event.data.key}"));
        const auto x = engine.submit("one", data(1, "x"));
        const auto y = engine.submit("one", data(2, "y"));
        CPPUNIT_ASSERT(x != y);
        CPPUNIT_ASSERT_EQUAL(x, engine.submit("one", data(3, "x")));
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.count(RunState::Completed));
        engine.assertNothingIsLeft();
    }

    void testDebounceSurvivesARestartInTheMiddle() {
        FlowEngine engine;
        engine.use(one("debounce: {period: 10s, timeout: 20s}"));
        const auto run = engine.submit("one", data(1));
        engine.advance(6s);
        engine.submit("one", data(2));
        engine.restart();
        engine.advance(6s);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(run, engine.submit("one", data(3)));
        engine.restart();
        engine.advance(7999ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(run));
        engine.advance(1ms);
        CPPUNIT_ASSERT(inputs(engine) == Strings{data(3)});
        engine.assertNothingIsLeft();
    }

    void testDebouncedRunCanBeCancelled() {
        FlowEngine engine;
        engine.use(one("debounce: {period: 10s}\ncancel_on: [{event: stop}]"));
        const auto first = engine.submit("one", data(1));
        CPPUNIT_ASSERT(engine.cancel(first) == engine::CancelStatus::Cancelled);
        const auto second = engine.submit("one", data(2));
        CPPUNIT_ASSERT(second != first);
        engine.submitEvent("stop");
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(second));
        engine.finish();
        CPPUNIT_ASSERT(engine.invoker.calls().empty());
        engine.assertNothingIsLeft();
    }

    // The cancel finds the run in the store, and an event joins the run before the answer is in: both are in one batch.
    void testEventThatCollectsWhileItsRunIsBeingCancelled() {
        FlowEngine engine;
        engine.use(batched());
        const auto run = engine.submit("one", data(1));
        engine.postCancel(run);
        CPPUNIT_ASSERT(engine.turn());
        engine.post({{.name = "one", .externalId = {}, .data = data(2), .user = {}, .ts = {}, .requestId = {}}});
        CPPUNIT_ASSERT(engine.store.pumpOne());
        engine.settle();
        CPPUNIT_ASSERT_MESSAGE(engine.fatal.empty() ? "" : engine.fatal.front(), engine.fatal.empty());
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
        engine.finish();
        engine.assertNothingIsLeft();
    }

    // Section 7, admission order: debounce -> singleton: what the window lets through is a singleton then.
    void testDebouncedRunStartsAsASingleton() {
        for (const char* mode : {"skip", "cancel"}) {
            FlowEngine engine;
            engine.use(one(std::string("debounce: {period: 10s}\nsingleton: {mode: ") + mode + "}"));
            engine.takes("a", "1m");
            const auto first = engine.submit("one", data(1));
            engine.advance(10s);
            const auto second = engine.submit("one", data(2));
            engine.advance(10s);
            const bool skip = mode == std::string("skip");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(mode, std::size_t(1), engine.invoker.running());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(mode, RunState::Running, engine.state(skip ? first : second));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(mode, RunState::Cancelled, engine.state(skip ? second : first));
            engine.finish();
            engine.assertNothingIsLeft(mode);
        }
    }

    // Section 7, "Batch": the run starts when maxSize is reached; its events are the root `events`.
    void testFullBatchStartsAtOnce() {
        FlowEngine engine;
        engine.use(batched());
        const auto run = engine.submit("one", data(1));
        CPPUNIT_ASSERT_EQUAL(run, engine.submit("one", data(2)));
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(run, engine.submit("one", data(3)));
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT(inputs(engine) == Strings{"[1,2,3]"});
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.store.eventsOf(run).size());
        engine.assertNothingIsLeft();
    }

    // Section 7: or `timeout` after the first event.
    void testBatchStartsAfterItsTimeout() {
        FlowEngine engine;
        engine.use(batched());
        const auto run = engine.submit("one", data(1));
        engine.advance(9s);
        engine.submit("one", data(2));
        engine.advance(999ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(run));
        engine.advance(1ms);
        CPPUNIT_ASSERT(inputs(engine) == Strings{"[1,2]"});
        CPPUNIT_ASSERT(engine.submit("one", data(3)) != run);
    }

    void testMoreEventsAtOnceThanABatchHolds() {
        FlowEngine engine;
        engine.use(batched());
        std::vector<engine::NewEvent> events;
        for (int n = 1; n <= 8; ++n)
            events.push_back({.name = "one", .externalId = {}, .data = data(n), .user = {}, .ts = {}, .requestId = {}});
        engine.post(events);
        engine.settle();
        CPPUNIT_ASSERT(inputs(engine) == (Strings{"[1,2,3]", "[4,5,6]"}));
        engine.advance(10s);
        CPPUNIT_ASSERT(inputs(engine) == (Strings{"[1,2,3]", "[4,5,6]", "[7,8]"}));
        engine.assertNothingIsLeft();
    }

    // Section 7: events are appended per function and key.
    void testBatchIsKeyed() {
        FlowEngine engine;
        engine.use(batched(", key: event.data.key"));
        for (int n = 1; n <= 5; ++n) engine.submit("one", data(n, n % 2 ? "odd" : "even"));
        CPPUNIT_ASSERT(inputs(engine) == Strings{"[1,3,5]"});
        engine.advance(10s);
        CPPUNIT_ASSERT(inputs(engine) == (Strings{"[1,3,5]", "[2,4]"}));
    }

    // Section 7: `if` false = immediate unbatched run.
    void testEventThatTheBatchDoesNotWantRunsAlone() {
        FlowEngine engine;
        engine.use(batched(", if: event.data.n < 100"));
        const auto waits = engine.submit("one", data(1));
        const auto alone = engine.submit("one", data(100));
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(alone));
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(waits));
        CPPUNIT_ASSERT(inputs(engine) == Strings{"[100]"});
    }

    void testBatchSurvivesARestart() {
        FlowEngine engine;
        engine.use(batched());
        const auto run = engine.submit("one", data(1));
        engine.advance(4s);
        engine.restart();
        CPPUNIT_ASSERT_EQUAL(run, engine.submit("one", data(2)));
        engine.restart();
        engine.advance(5999ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(run));
        engine.advance(1ms);
        CPPUNIT_ASSERT(inputs(engine) == Strings{"[1,2]"});
        engine.assertNothingIsLeft();
    }

    void testBatchThatWasFullWhenTheDaemonStopped() {
        FlowEngine engine;
        engine.use(batched());
        engine.submit("one", data(1));
        engine.submit("one", data(2));
        engine.store.faultAt(1, SimFault::CrashAfter);
        engine.post({{.name = "one", .externalId = {}, .data = data(3), .user = {}, .ts = {}, .requestId = {}}});
        engine.settle();
        CPPUNIT_ASSERT(engine.dead());
        engine.kill();
        engine.start();
        engine.post({{.name = "one", .externalId = {}, .data = data(4), .user = {}, .ts = {}, .requestId = {}}});
        engine.settle();
        CPPUNIT_ASSERT(inputs(engine) == Strings{"[1,2,3]"});
        engine.finish();
        CPPUNIT_ASSERT(inputs(engine) == (Strings{"[1,2,3]", "[4]"}));
        engine.assertNothingIsLeft();
    }

    // Section 7, admission order: throttle and concurrency act in the queue, after a batch is complete.
    void testBatchesAreThrottled() {
        FlowEngine engine;
        engine.use(one("batch: {max_size: 2, timeout: 10s}\nthrottle: {limit: 1, period: 1m}",
                       "${{ events.map(e, e.data.n) }}"));
        for (int n = 1; n <= 4; ++n) engine.submit("one", data(n));
        CPPUNIT_ASSERT(inputs(engine) == Strings{"[1,2]"});
        engine.restart();
        engine.submit("one", data(5));
        engine.advance(1min);
        CPPUNIT_ASSERT(inputs(engine) == (Strings{"[1,2]", "[3,4]"}));
        engine.advance(1min);
        CPPUNIT_ASSERT(inputs(engine) == (Strings{"[1,2]", "[3,4]", "[5]"}));
        engine.assertNothingIsLeft();
    }

    void testDebouncedRunWaitsForItsSlot() {
        FlowEngine engine;
        engine.use(one("debounce: {period: 10s}\nconcurrency: [{limit: 1}]"));
        engine.takes("a", "1m");
        const auto first = engine.submit("one", data(1));
        engine.advance(10s);
        const auto second = engine.submit("one", data(2));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.slots().size());  // of the first, and of the window
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(second));
        const auto third = engine.submit("one", data(3));
        CPPUNIT_ASSERT(third != second && second != first);
        engine.advance(3min);
        CPPUNIT_ASSERT(inputs(engine) == (Strings{data(1), data(2), data(3)}));
        engine.assertNothingIsLeft();
    }

    void testCollectingRunSaysWhy() {
        FlowEngine engine;
        engine.use(batched());
        const auto run = engine.submit("one", data(1));
        engine.submit("one", data(2));
        engine.advance(4s);
        CPPUNIT_ASSERT_EQUAL(std::string("collects events (2 so far) until 2026-01-02T03:00:10.000000Z (in 6s)"),
                             engine.why(run));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CollectTest);
