#include "engine/flow_engine.h"

using namespace stepd;
using namespace stepd::test;

namespace {

std::string one(const std::string& flow, const std::string& steps = "[{id: a, uses: a}]") {
    return "version: 1\nid: one\non: [{event: one}]\n" + flow + "\nsteps: " + steps + "\n";
}

std::string reason(const std::string& what, const std::string& limit) {
    return "{\"step\":\"\",\"class\":\"timeout\",\"code\":\"timeouts." + what + "\",\"message\":\"the run did not " +
           what + " within " + limit + "\"}";
}

}  // namespace

/// `timeouts: {start, finish}` of a run (inngest-protocol.md section 7, "Timeouts").
class TimeoutsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TimeoutsTest);
    CPPUNIT_TEST(testRunThatDoesNotStartInTimeIsCancelled);
    CPPUNIT_TEST(testRunThatHasStartedIsNotBoundByStart);
    CPPUNIT_TEST(testRunThatDoesNotFinishInTimeIsCancelled);
    CPPUNIT_TEST(testFinishCountsFromTheStart);
    CPPUNIT_TEST(testSleepingRunIsCancelledByFinish);
    CPPUNIT_TEST(testTimeoutsFallDueWhileTheDaemonIsDown);
    CPPUNIT_TEST(testParkedLineKeepsItsStartTimeout);
    CPPUNIT_TEST(testLineIsKeptWhenTheClockIsSetBackOverAFullDisk);
    CPPUNIT_TEST(testFinallyHasAllTheTimeItNeeds);
    CPPUNIT_TEST_SUITE_END();

public:
    // `start`: cancelled if the first call has not begun within the time since scheduling.
    void testRunThatDoesNotStartInTimeIsCancelled() {
        FlowEngine engine;
        engine.use(one("concurrency: [{limit: 1}]\ntimeouts: {start: 10m}"));
        engine.takes("a", "1h");
        const auto first = engine.submit("one");
        const auto second = engine.submit("one");
        engine.advance(10min - 1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(second));
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(second));
        CPPUNIT_ASSERT_EQUAL(reason("start", "10m"), engine.run(second).error);
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(first));
        engine.finish();
        engine.assertNothingIsLeft();
    }

    void testRunThatHasStartedIsNotBoundByStart() {
        FlowEngine engine;
        engine.use(one("timeouts: {start: 10m}", "[{id: s, uses: core/sleep, with: {for: 1h}}, {id: a, uses: a}]"));
        const auto run = engine.submit("one");
        engine.advance(1h);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
    }

    // `finish`: cancelled if not finished within the time since the first call.
    void testRunThatDoesNotFinishInTimeIsCancelled() {
        FlowEngine engine;
        engine.use(one("timeouts: {finish: 15m}", "[{id: a, uses: a}, {id: b, uses: b}]"));
        engine.takes("a", "10m");
        engine.takes("b", "10m");
        const auto run = engine.submit("one");
        engine.advance(15min - 1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(run));
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(reason("finish", "15m"), engine.run(run).error);
        CPPUNIT_ASSERT_EQUAL(StepState::Completed, engine.step(run, "a").state);
        CPPUNIT_ASSERT_EQUAL(StepState::Cancelled, engine.step(run, "b").state);
        engine.assertNothingIsLeft();
    }

    void testFinishCountsFromTheStart() {
        FlowEngine engine;
        engine.use(one("concurrency: [{limit: 1}]\ntimeouts: {finish: 15m}"));
        engine.takes("a", "14m");
        const auto first = engine.submit("one");
        const auto second = engine.submit("one");
        engine.advance(28min);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(first));
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(second));
    }

    void testSleepingRunIsCancelledByFinish() {
        FlowEngine engine;
        engine.use(one("timeouts: {finish: 15m}", "[{id: s, uses: core/sleep, with: {for: 1h}}]"));
        const auto run = engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
        engine.advance(15min - 1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
        engine.assertNothingIsLeft();
    }

    void testTimeoutsFallDueWhileTheDaemonIsDown() {
        FlowEngine engine;
        engine.use(one("concurrency: [{limit: 1}]\ntimeouts: {start: 10m, finish: 15m}",
                       "[{id: s, uses: core/sleep, with: {for: 1h}}]"));
        const auto sleeping = engine.submit("one");
        const auto inLine = engine.submit("one");
        engine.kill();
        engine.clock.advance(20min);
        engine.start();
        engine.settle();
        CPPUNIT_ASSERT_EQUAL(reason("finish", "15m"), engine.run(sleeping).error);
        CPPUNIT_ASSERT_EQUAL(reason("start", "10m"), engine.run(inLine).error);
        engine.assertNothingIsLeft();
    }

    void testParkedLineKeepsItsStartTimeout() {
        engine::EngineOptions options;
        options.maxActiveRuns = 4;
        FlowEngine engine(1, options);
        engine.use(one("concurrency: [{limit: 1}]\ntimeouts: {start: 10m}"));
        engine.takes("a", "1h");
        for (int i = 0; i < 20; ++i) engine.submit("one");
        engine.advance(10min);
        CPPUNIT_ASSERT_EQUAL(std::size_t(19), engine.count(RunState::Cancelled));
        engine.finish();
        engine.assertNothingIsLeft();
    }

    /// The timer goes by monotonic time and finds that the time has not come by the wall clock: the run is parked, but
    /// still in memory, as its commit waits for space.
    void testLineIsKeptWhenTheClockIsSetBackOverAFullDisk() {
        engine::EngineOptions options;
        options.parkAfter = 0s;
        options.storeRetry = 10s;
        options.maxActiveRuns = 2;
        FlowEngine engine(1, options);
        engine.use(one("concurrency: [{limit: 1}]\ntimeouts: {start: 5s}"));
        engine.takes("a", "1m");
        const auto first = engine.submit("one");
        engine.store.faultAt(1, SimFault::Full);
        engine.post({engine::NewEvent{.name = "one", .data = "{}"}});
        engine.settle();
        engine.clock.jumpWall(-1h);
        engine.advance(2min);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(first));
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(RunId{first.value + 1}));
        engine.assertNothingIsLeft();
    }

    // pipelines.md: `finally` steps always run.
    void testFinallyHasAllTheTimeItNeeds() {
        FlowEngine engine;
        engine.use(one("timeouts: {finish: 1m}\nfinally: [{id: tidy, uses: tidy}]"));
        engine.takes("a", "10m");
        engine.takes("tidy", "10m");
        const auto run = engine.submit("one");
        engine.advance(1min);
        CPPUNIT_ASSERT(engine.run(run).ending == RunState::Cancelled);
        engine.restart();
        engine.advance(10min);
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(StepState::Completed, engine.step(run, "tidy").state);
        CPPUNIT_ASSERT_EQUAL(reason("finish", "1m"), engine.run(run).error);
        engine.assertNothingIsLeft();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TimeoutsTest);
