#include "engine/flow_engine.h"

using namespace stepd;
using namespace stepd::test;

namespace {

const char* const kById = "{event: stop, if: async.data.id == event.data.id}";

std::string one(const std::string& cancelOn, const std::string& more = "",
                const std::string& steps = "[{id: a, uses: a}]") {
    return "version: 1\nid: one\non: [{event: one}]\ncancel_on: [" + cancelOn + "]\n" + more + "\nsteps: " + steps +
           "\n";
}

const char* const kSleeps = "[{id: s, uses: core/sleep, with: {for: 1h}}, {id: a, uses: a}]";

std::string id(int n) {
    return "{\"id\":" + std::to_string(n) + "}";
}

}  // namespace

class CancelOnTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CancelOnTest);
    CPPUNIT_TEST(testEventCancelsTheRunThatItMatches);
    CPPUNIT_TEST(testCancelledRunSaysWhichEvent);
    CPPUNIT_TEST(testConditionWithoutAnEquality);
    CPPUNIT_TEST(testConditionThatFailsCancelsNothing);
    CPPUNIT_TEST(testPatternCancels);
    CPPUNIT_TEST(testTimeoutEndsTheListening);
    CPPUNIT_TEST(testOlderEventDoesNotCancel);
    CPPUNIT_TEST(testTheSameEventDoesNotCancelTheRunThatItStarts);
    CPPUNIT_TEST(testParkedRunIsCancelled);
    CPPUNIT_TEST(testRunInLineIsCancelled);
    CPPUNIT_TEST(testRunOfTheBacklogIsCancelledBeforeItStarts);
    CPPUNIT_TEST(testDelayedRunIsCancelled);
    CPPUNIT_TEST(testFinallyRunsAndOutputOfTheCallIsDropped);
    CPPUNIT_TEST(testFinallyIsNotCancelledByAnotherEventOrARestart);
    CPPUNIT_TEST(testManyParkedRunsAreCancelledByOneEvent);
    CPPUNIT_TEST(testEventOutlivesACrashBeforeItWasShown);
    CPPUNIT_TEST_SUITE_END();

public:
    // inngest-protocol.md section 7, "cancelOn": `if` sees `event` (trigger) and `async` (cancel event).
    void testEventCancelsTheRunThatItMatches() {
        FlowEngine engine;
        engine.use(one(kById));
        engine.takes("a", "10s");
        const auto first = engine.submit("one", id(1));
        const auto second = engine.submit("one", id(2));
        engine.submitEvent("stop", id(3));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.count(RunState::Running));
        engine.submitEvent("stop", id(2));
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(first));
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(second));
        engine.finish();
        engine.assertNothingIsLeft();
    }

    void testCancelledRunSaysWhichEvent() {
        FlowEngine engine;
        engine.use(one(kById));
        engine.takes("a", "10s");
        const auto run = engine.submit("one", id(1));
        engine.submitEvent("stop", id(1), "s-1");
        CPPUNIT_ASSERT_EQUAL(std::string("{\"step\":\"\",\"class\":\"cancelled\",\"code\":\"cancel_on\",\"message\":"
                                         "\"cancelled by event stop s-1\"}"),
                             engine.run(run).error);
    }

    void testConditionWithoutAnEquality() {
        FlowEngine engine;
        engine.use(one("{event: stop, if: async.data.id > event.data.id}"));
        engine.takes("a", "10s");
        const auto low = engine.submit("one", id(1));
        const auto high = engine.submit("one", id(9));
        engine.submitEvent("stop", id(5));
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(low));
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(high));
    }

    void testConditionThatFailsCancelsNothing() {
        FlowEngine engine;
        engine.use(one("{event: stop, if: async.data.missing > 1}"));
        engine.takes("a", "10s");
        const auto run = engine.submit("one");
        engine.submitEvent("stop");
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.observer.problems.size());
    }

    void testPatternCancels() {
        FlowEngine engine;
        engine.use(one("{event: stop.*, if: async.data.id == event.data.id}", "", kSleeps));
        const auto run = engine.submit("one", id(1));
        engine.submitEvent("stopped", id(1));
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        engine.submitEvent("stop.now", id(1));
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
        engine.assertNothingIsLeft();
    }

    // Section 7: a listener from run creation until timeout.
    void testTimeoutEndsTheListening() {
        FlowEngine engine;
        engine.use(one("{event: stop, timeout: 10m}", "", kSleeps));
        const auto early = engine.submit("one");
        engine.advance(10min);
        const auto late = engine.submit("one");
        engine.advance(1ms);
        engine.submitEvent("stop");
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(early));
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(late));
    }

    // Section 7: the cancelling event must be newer than the run.
    void testOlderEventDoesNotCancel() {
        FlowEngine engine;
        engine.use(one(kById));
        engine.takes("a", "10s");
        engine.submitEvent("stop", id(1));
        const auto run = engine.submit("one", id(1));
        engine.restart();
        engine.advance(5s);
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(run));
    }

    void testTheSameEventDoesNotCancelTheRunThatItStarts() {
        FlowEngine engine;
        engine.use(one("{event: one, if: async.data.id == event.data.id}"));
        engine.takes("a", "10s");
        const auto first = engine.submit("one", id(1));
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(first));
        const auto second = engine.submit("one", id(1));
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(first));
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(second));
    }

    void testParkedRunIsCancelled() {
        for (const bool restarted : {false, true}) {
            FlowEngine engine;
            engine.use(one(kById, "", kSleeps));
            const auto first = engine.submit("one", id(1));
            const auto second = engine.submit("one", id(2));
            CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
            if (restarted) engine.restart();
            engine.submitEvent("stop", id(1));
            CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(first));
            CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(second));
            CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
            engine.advance(1h);
            CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(second));
            engine.assertNothingIsLeft();
        }
    }

    void testRunInLineIsCancelled() {
        for (const bool restarted : {false, true}) {
            FlowEngine engine;
            engine.use(one(kById, "concurrency: [{limit: 1}]"));
            engine.takes("a", "10s");
            engine.submit("one", id(1));
            const auto second = engine.submit("one", id(2));
            const auto third = engine.submit("one", id(3));
            if (restarted) engine.restart();
            engine.submitEvent("stop", id(2));
            CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(second));
            engine.finish();
            CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(third));
            engine.assertNothingIsLeft();
        }
    }

    // It had no ear while it was in the store for want of room: what came meanwhile counts when it is taken up.
    void testRunOfTheBacklogIsCancelledBeforeItStarts() {
        engine::EngineOptions options;
        options.maxActiveRuns = 1;
        FlowEngine engine(1, options);
        engine.use(one(kById));
        engine.takes("a", "10s");
        engine.submit("one", id(1));
        const auto second = engine.submit("one", id(2));
        const auto third = engine.submit("one", id(3));
        engine.submitEvent("stop", id(2));
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(second));
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(third));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("the cancelled run made no call", std::size_t(2), engine.invoker.calls().size());
        engine.assertNothingIsLeft();
    }

    void testDelayedRunIsCancelled() {
        FlowEngine engine;
        engine.use(one(kById));
        const auto run = engine.submitAt("one", engine.clock.now() + 1h, id(1)).runs.at(0).id;
        engine.submitEvent("stop", id(1));
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
        engine.advance(2h);
        CPPUNIT_ASSERT(engine.invoker.calls().empty());
        engine.assertNothingIsLeft();
    }

    // Section 7: the in-flight call finishes but its output is discarded. pipelines.md: `finally` always runs.
    void testFinallyRunsAndOutputOfTheCallIsDropped() {
        FlowEngine engine;
        engine.use(one(kById, "finally: [{id: tidy, uses: tidy}]"));
        engine.invoker.script("a", {"in 10s done {\"n\":1}"});
        engine.invoker.ignoreCancels();
        const auto run = engine.submit("one", id(1));
        engine.submitEvent("stop", id(1));
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(StepState::Completed, engine.step(run, "tidy").state);
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(std::string(), engine.step(run, "a").output);
        engine.assertNothingIsLeft();
    }

    void testFinallyIsNotCancelledByAnotherEventOrARestart() {
        FlowEngine engine;
        engine.use(one(kById, "finally: [{id: tidy, uses: tidy}]"));
        engine.takes("a", "10s");
        engine.takes("tidy", "10s");
        const auto run = engine.submit("one", id(1));
        engine.submitEvent("stop", id(1));
        engine.submitEvent("stop", id(1));
        CPPUNIT_ASSERT(engine.run(run).ending == RunState::Cancelled);
        engine.restart();
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(StepState::Completed, engine.step(run, "tidy").state);
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
        engine.assertNothingIsLeft();
    }

    void testManyParkedRunsAreCancelledByOneEvent() {
        engine::EngineOptions options;
        options.maxActiveRuns = 20;
        FlowEngine engine(1, options);
        engine.use(one("{event: stop}", "", kSleeps));
        for (int i = 0; i < 450; ++i) engine.submit("one", id(i));
        engine.submitEvent("stop");
        CPPUNIT_ASSERT_EQUAL(std::size_t(450), engine.store.countRuns({.state = RunState::Cancelled}));
        engine.assertNothingIsLeft();
    }

    // The event is on disk with its delivery; the run is shown it after the restart.
    void testEventOutlivesACrashBeforeItWasShown() {
        for (std::uint64_t commit = 1; commit <= 3; ++commit) {
            FlowEngine engine;
            engine.use(one(kById, "", kSleeps));
            const auto run = engine.submit("one", id(1));
            engine.store.faultAt(commit, SimFault::CrashAfter);
            engine.post({{.name = "stop", .externalId = {}, .data = id(1), .user = {}, .ts = {}, .requestId = {}}});
            engine.settle();
            engine.restart();
            CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
            engine.assertNothingIsLeft("commit " + std::to_string(commit));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CancelOnTest);
