#include "engine/flow_engine.h"

using namespace stepd;
using namespace stepd::test;
using Strings = std::vector<std::string>;

namespace {

std::string one(const std::string& id, const std::string& rules) {
    return "version: 1\nid: " + id + "\non: [{event: " + id + "}]\nsteps: [{id: a, uses: a, retry: {attempts: 5, " +
           "backoff: constant, initial: 1s, jitter: none}, " + rules + "}]\n";
}

engine::EngineOptions with(engine::LaneRule rule) {
    engine::EngineOptions options;
    options.limiters.emplace("api", rule);
    return options;
}

}  // namespace

/// Limiters of `stepd.yaml`, which all pipelines share, and the cache of a step.
class LimiterTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LimiterTest);
    CPPUNIT_TEST(testSlotsAreSharedByPipelines);
    CPPUNIT_TEST(testRateIsKeptAndSurvivesARestart);
    CPPUNIT_TEST(testRetryAfterClosesItForEveryone);
    CPPUNIT_TEST(testClosedLimiterSurvivesARestart);
    CPPUNIT_TEST(testKeysTakeTurns);
    CPPUNIT_TEST(testPipelinesTakeTurns);
    CPPUNIT_TEST(testCacheHitMakesNoAttempt);
    CPPUNIT_TEST(testCacheForgetsAfterItsTime);
    CPPUNIT_TEST(testFailedResultIsNotKept);
    CPPUNIT_TEST(testCacheIsKeyedAndNotShared);
    CPPUNIT_TEST_SUITE_END();

    static void closeFor(FlowEngine& engine, Duration retryAfter) {
        auto first = std::make_shared<bool>(true);
        engine.invoker.answerAll([first, retryAfter](const host::StepCall&) {
            ScriptedAnswer answer;
            answer.result = StepResult{};
            answer.result->output = "{}";
            if (std::exchange(*first, false)) {
                answer.result = scriptedFailure(OutcomeClass::RateLimited, "too_many", "slow down");
                answer.result->error.retryAfter = retryAfter;
            }
            return answer;
        });
    }

public:
    // pipelines.md: `limiter: linkedin` is named in stepd.yaml and shared by all pipelines.
    void testSlotsAreSharedByPipelines() {
        FlowEngine engine(1, with({.slots = 2, .rate = {}}));
        engine.use(one("one", "limiter: api"));
        engine.use(one("two", "limiter: api"));
        engine.takes("a", "10s");
        const auto first = engine.submit("one");
        const auto second = engine.submit("two");
        const auto third = engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.running());
        CPPUNIT_ASSERT_EQUAL("step a stands in line for limiter:api: 2 of 2 slots held by run " +
                                 engine.publicIdOf(first) + ", run " + engine.publicIdOf(second) + "; place 1",
                             engine.why(third));
        engine.finish();
        engine.assertNothingIsLeft();
    }

    void testRateIsKeptAndSurvivesARestart() {
        FlowEngine engine(1, with({.slots = {}, .rate = engine::throttleRule(1, 10s, 0)}));
        engine.use(one("one", "limiter: api"));
        for (int i = 0; i < 3; ++i) engine.submit("one");
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
        engine.advance(5s);
        engine.restart();
        engine.advance(4999ms);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.calls().size());
        engine.advance(10s);
        engine.assertNothingIsLeft();
    }

    // pipelines.md `respect_retry_after`; a provider that says Retry-After says it to everyone.
    void testRetryAfterClosesItForEveryone() {
        FlowEngine engine(1, with({.slots = 10, .rate = {}}));
        engine.use(one("one", "limiter: api"));
        engine.use(one("two", "limiter: api"));
        closeFor(engine, 30s);
        engine.submit("one");
        const auto other = engine.submit("two");
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
        CPPUNIT_ASSERT_EQUAL(std::string("step a stands in line for limiter:api: 0 of 10 slots held; place 1; opens "
                                         "2026-01-02T03:00:30.000000Z (in 30s)"),
                             engine.why(other));
        engine.advance(29999ms);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.invoker.calls().size());
        engine.advance(1min);
        engine.assertNothingIsLeft();
    }

    void testClosedLimiterSurvivesARestart() {
        FlowEngine engine(1, with({.slots = 10, .rate = {}}));
        engine.use(one("one", "limiter: api"));
        closeFor(engine, 30s);
        engine.submit("one");
        engine.advance(10s);
        engine.restart();
        engine.submit("one");
        engine.advance(19999ms);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.invoker.calls().size());
    }

    // LimiterUse::key: whose turn it is goes round among the keys, so one with a thousand calls keeps nobody waiting.
    void testKeysTakeTurns() {
        FlowEngine engine(1, with({.slots = 1, .rate = {}}));
        engine.use(one("one", "limiter: {name: api, key: event.data.k}"));
        engine.takes("a", "1s");
        for (int i = 0; i < 6; ++i) engine.submit("one", "{\"k\":\"many\"}");
        for (int i = 0; i < 2; ++i) engine.submit("one", "{\"k\":\"few\"}");
        engine.advance(8s);
        std::string order;
        for (const auto& call : engine.invoker.calls())
            order += call.input.find("many") != std::string::npos ? 'm' : 'f';
        CPPUNIT_ASSERT_EQUAL(std::string("mfmfmmmm"), order);
    }

    void testPipelinesTakeTurns() {
        FlowEngine engine(1, with({.slots = 1, .rate = {}}));
        engine.use(one("one", "limiter: api"));
        engine.use(one("two", "limiter: api"));
        engine.takes("a", "1s");
        for (int i = 0; i < 4; ++i) engine.submit("one", "{\"p\":1}");
        for (int i = 0; i < 2; ++i) engine.submit("two", "{\"p\":2}");
        engine.advance(6s);
        std::string order;
        for (const auto& call : engine.invoker.calls()) order += call.input.at(5);
        CPPUNIT_ASSERT_EQUAL(std::string("121211"), order);
    }

    // pipelines.md: `cache: {key, ttl}`.
    void testCacheHitMakesNoAttempt() {
        FlowEngine engine;
        engine.use(one("one", "cache: {key: event.data.k, ttl: 1h}"));
        engine.invoker.script("a", {"done {\"n\":1}", "done {\"n\":2}"});
        engine.submit("one", "{\"k\":1}");
        engine.restart();
        const auto second = engine.submit("one", "{\"k\":1}");
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(second));
        CPPUNIT_ASSERT_EQUAL(std::string("{\"n\":1}"), engine.step(second, "a").output);
        CPPUNIT_ASSERT_EQUAL(std::string("\"cached\""), engine.step(second, "a").memo);
        CPPUNIT_ASSERT_EQUAL(0, engine.step(second, "a").attempts);
        CPPUNIT_ASSERT(engine.attempts(second, "a").empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
        engine.assertNothingIsLeft();
    }

    void testCacheForgetsAfterItsTime() {
        FlowEngine engine;
        engine.use(one("one", "cache: {key: event.data.k, ttl: 1h}"));
        engine.submit("one", "{\"k\":1}");
        engine.advance(1h - 1ms);
        engine.submit("one", "{\"k\":1}");
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
        engine.advance(1ms);
        engine.submit("one", "{\"k\":1}");
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.calls().size());
    }

    void testFailedResultIsNotKept() {
        FlowEngine engine;
        engine.use(one("one", "cache: {key: event.data.k, ttl: 1h}"));
        engine.invoker.script("a", {"permanent broken", "skip", "done {\"n\":3}"});
        const auto failed = engine.submit("one", "{\"k\":1}");
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, engine.state(failed));
        CPPUNIT_ASSERT_EQUAL(StepState::Skipped, engine.step(engine.submit("one", "{\"k\":1}"), "a").state);
        const auto good = engine.submit("one", "{\"k\":1}");
        CPPUNIT_ASSERT_EQUAL(std::string("{\"n\":3}"), engine.step(good, "a").output);
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.invoker.calls().size());
    }

    void testCacheIsKeyedAndNotShared() {
        FlowEngine engine;
        engine.use(one("one", "cache: {key: event.data.k, ttl: 1h}"));
        engine.use(one("two", "cache: {key: event.data.k, ttl: 1h}"));
        engine.submit("one", "{\"k\":1}");
        engine.submit("one", "{\"k\":2}");
        engine.submit("two", "{\"k\":1}");
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.invoker.calls().size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LimiterTest);
