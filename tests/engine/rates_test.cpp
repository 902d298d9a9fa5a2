#include "engine/flow_engine.h"

using namespace stepd;
using namespace stepd::test;

namespace {

std::string caller(const std::string& flow) {
    return "version: 1\nid: one\non: [{event: one}]\n" + flow + "\nsteps: [{id: a, uses: a}]\n";
}

}  // namespace

/// `throttle` and `rate_limit`, as runs see them; the arithmetic is GcraTest's.
class RatesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RatesTest);
    CPPUNIT_TEST(testThrottleLetsLimitAndBurstStartAtOnceAndThenOneEachInterval);
    CPPUNIT_TEST(testThrottleKeepsTheRestQueuedAndSaysUntilWhen);
    CPPUNIT_TEST(testThrottleGatesTheFirstCallAlone);
    CPPUNIT_TEST(testThrottleSurvivesARestart);
    CPPUNIT_TEST(testThrottleIsKeyed);
    CPPUNIT_TEST(testCancelledRunInLineUsesUpNothing);
    CPPUNIT_TEST(testRateLimitLetsATenthAndOneAtOnceAndThenOneEachInterval);
    CPPUNIT_TEST(testRateLimitBurstIsTheOperators);
    CPPUNIT_TEST(testRateLimitStartsNoRunAndSaysSo);
    CPPUNIT_TEST(testRateLimitKeyThatIsFalseIsUnlimited);
    CPPUNIT_TEST(testRateLimitSurvivesARestart);
    CPPUNIT_TEST_SUITE_END();

public:
    // inngest-protocol.md section 7, "Throttle": up to limit + burst starts at once after idle, then one per
    // period/limit.
    void testThrottleLetsLimitAndBurstStartAtOnceAndThenOneEachInterval() {
        FlowEngine engine;
        engine.use(caller("throttle: {limit: 6, period: 1m, burst: 2}"));
        for (int i = 0; i < 11; ++i) engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(std::size_t(8), engine.count(RunState::Completed));
        engine.advance(9999ms);
        CPPUNIT_ASSERT_EQUAL(std::size_t(8), engine.count(RunState::Completed));
        for (std::size_t done : {9, 10, 11}) {
            engine.advance(done == 9 ? 1ms : Duration(10s));
            CPPUNIT_ASSERT_EQUAL(done, engine.count(RunState::Completed));
        }
        engine.assertNothingIsLeft();
    }

    // Section 7, "Throttle (lossless)": excess runs stay Queued.
    void testThrottleKeepsTheRestQueuedAndSaysUntilWhen() {
        FlowEngine engine;
        engine.use(caller("throttle: {limit: 1, period: 1m}"));
        engine.submit("one");
        const auto second = engine.submit("one");
        const auto third = engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(second));
        engine.advance(20s);
        const std::string opens = "; opens 2026-01-02T03:01:00.000000Z (in 40s)";
        CPPUNIT_ASSERT_EQUAL("the run stands in line for one:throttle; place 1" + opens, engine.why(second));
        CPPUNIT_ASSERT_EQUAL("the run stands in line for one:throttle; place 2" + opens, engine.why(third));
        engine.advance(40s);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(second));
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(third));
    }

    // Section 7: only the first call of a run is gated.
    void testThrottleGatesTheFirstCallAlone() {
        FlowEngine engine;
        engine.use(
            "version: 1\nid: one\non: [{event: one}]\nthrottle: {limit: 1, period: 1m}\nsteps: [{id: a, uses: "
            "a}, {id: b, uses: b, retry: {attempts: 3, backoff: constant, initial: 1s, jitter: none}}]\n");
        engine.invoker.script("b", {"timeout", "done {}"});
        const auto run = engine.submit("one");
        engine.advance(1s);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
    }

    void testThrottleSurvivesARestart() {
        FlowEngine engine;
        engine.use(caller("throttle: {limit: 1, period: 1m}"));
        engine.submit("one");
        const auto second = engine.submit("one");
        engine.advance(30s);
        engine.restart();
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(second));
        engine.advance(29999ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(second));
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(second));
        engine.assertNothingIsLeft();
    }

    void testThrottleIsKeyed() {
        FlowEngine engine;
        engine.use(caller("throttle: {limit: 1, period: 1m, key: event.data.k}"));
        engine.submit("one", "{\"k\":1}");
        const auto same = engine.submit("one", "{\"k\":1}");
        const auto other = engine.submit("one", "{\"k\":2}");
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(same));
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(other));
    }

    void testCancelledRunInLineUsesUpNothing() {
        FlowEngine engine;
        engine.use(caller("throttle: {limit: 1, period: 1m}"));
        engine.submit("one");
        const auto second = engine.submit("one");
        const auto third = engine.submit("one");
        engine.cancel(second);
        engine.advance(1min);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(third));
        engine.assertNothingIsLeft();
    }

    // Section 7, "Rate limit": instantaneous capacity = floor(limit/10) + 1; 10 per hour admits 2 at once, then one per
    // 6 minutes.
    void testRateLimitLetsATenthAndOneAtOnceAndThenOneEachInterval() {
        FlowEngine engine;
        engine.use(caller("rate_limit: {limit: 10, period: 1h}"));
        const auto starts = [&engine] { return engine.submitEvent("one").runs.size(); };
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), starts());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), starts());
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), starts());
        engine.advance(359s);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), starts());
        engine.advance(1s);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), starts());
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), starts());
        engine.advance(6min);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), starts());
    }

    // pipelines.md: the reference's `burst` is `limit / 10` where it is left out.
    void testRateLimitBurstIsTheOperators() {
        FlowEngine engine;
        engine.use(caller("rate_limit: {limit: 10, period: 1h, burst: 4}"));
        std::size_t started = 0;
        for (int i = 0; i < 9; ++i) started += engine.submitEvent("one").runs.size();
        CPPUNIT_ASSERT_EQUAL(std::size_t(5), started);
        engine.advance(6min);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.submitEvent("one").runs.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.submitEvent("one").runs.size());
    }

    // pipelines.md: "the rest is skipped and counted"; section 7: no run.
    void testRateLimitStartsNoRunAndSaysSo() {
        FlowEngine engine;
        engine.use(caller("rate_limit: {limit: 1, period: 1h, key: event.data.k}"));
        engine.use("version: 1\nid: other\non: [{event: one}]\nsteps: [{id: a, uses: a}]\n");
        engine.submitEvent("one", "{\"k\":\"x\"}");
        const auto answer = engine.submitEvent("one", "{\"k\":\"x\"}");
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), answer.runs.size());
        CPPUNIT_ASSERT_EQUAL(std::string("other"), answer.runs.at(0).pipeline);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), answer.skipped.size());
        CPPUNIT_ASSERT_EQUAL(std::string("one"), answer.skipped[0].pipeline);
        CPPUNIT_ASSERT_EQUAL(std::string("rate_limit 1 per 1h is used up for x"), answer.skipped[0].why);
        CPPUNIT_ASSERT_EQUAL(std::string("[{\"pipeline\":\"one\",\"why\":\"rate_limit 1 per 1h is used up for x\"}]"),
                             engine.store.findEvent(answer.event)->skipped);
        CPPUNIT_ASSERT(engine.submitEvent("one", "{\"k\":\"y\"}").skipped.empty());
    }

    // Section 7: key `false` = unlimited.
    void testRateLimitKeyThatIsFalseIsUnlimited() {
        FlowEngine engine;
        engine.use(
            caller("rate_limit: {limit: 1, period: 1h, key: \"event.data.k == '' ? dyn(false) : "
                   "dyn(event.data.k)\"}"));
        for (int i = 0; i < 5; ++i)
            CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.submitEvent("one", "{\"k\":\"\"}").runs.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.submitEvent("one", "{\"k\":\"x\"}").runs.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.submitEvent("one", "{\"k\":\"x\"}").runs.size());
    }

    void testRateLimitSurvivesARestart() {
        FlowEngine engine;
        engine.use(caller("rate_limit: {limit: 1, period: 1h}"));
        engine.submit("one");
        engine.advance(30min);
        engine.restart();
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.submitEvent("one").runs.size());
        engine.advance(30min);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.submitEvent("one").runs.size());
        engine.assertNothingIsLeft();
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RatesTest);
