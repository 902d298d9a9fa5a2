#include "pipeline/flow_reader.h"

#include <cppunit/extensions/HelperMacros.h>

#include "pipeline/loaded.h"

using namespace stepd;
using namespace stepd::pipeline;

/// What the keys of flow control become in the model; what is wrong with them stands in tests/golden.
class FlowReaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FlowReaderTest);
    CPPUNIT_TEST(testConcurrency);
    CPPUNIT_TEST(testFamiliesOfUnnamedLimitsAreNumbered);
    CPPUNIT_TEST(testRates);
    CPPUNIT_TEST(testRateLimitLetsATenthThroughAtOnce);
    CPPUNIT_TEST(testDebounceAndSingleton);
    CPPUNIT_TEST(testBatch);
    CPPUNIT_TEST(testPriorityCancelOnAndTimeouts);
    CPPUNIT_TEST(testNothingIsTheDefault);
    CPPUNIT_TEST(testStoredSourceHasTheSameLimits);
    CPPUNIT_TEST_SUITE_END();

    static PipelinePtr with(const std::string& keys) { return goodWith("steps: [{id: a, uses: plug}]\n" + keys); }

    static std::string source(const std::optional<cel::Program>& program) {
        return program ? program->source() : "none";
    }

    void testConcurrency() {
        const auto pipeline = with(R"(
concurrency:
  - {limit: 50}
  - {limit: 2, key: event.data.site, scope: global, name: per-site}
  - {limit: 5, key: event.user, name: per-user, of: steps}
)");
        const auto& limits = pipeline->concurrency;
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), limits.size());
        CPPUNIT_ASSERT_EQUAL(std::string("p:concurrency"), limits[0].family);
        CPPUNIT_ASSERT_EQUAL(50U, limits[0].limit);
        CPPUNIT_ASSERT(limits[0].of == Counts::Runs && !limits[0].key);
        CPPUNIT_ASSERT_EQUAL(std::string("global:per-site"), limits[1].family);
        CPPUNIT_ASSERT_EQUAL(std::string("event.data.site"), source(limits[1].key));
        CPPUNIT_ASSERT_EQUAL(std::string("p:per-user"), limits[2].family);
        CPPUNIT_ASSERT_EQUAL(5U, limits[2].limit);
        CPPUNIT_ASSERT(limits[2].of == Counts::Steps);
    }

    void testFamiliesOfUnnamedLimitsAreNumbered() {
        const auto pipeline = with("concurrency: [{limit: 3}, {limit: 9, name: x}, {limit: 4, key: event.user}]\n");
        CPPUNIT_ASSERT_EQUAL(std::string("p:concurrency"), pipeline->concurrency.at(0).family);
        CPPUNIT_ASSERT_EQUAL(std::string("p:concurrency.2"), pipeline->concurrency.at(2).family);
    }

    void testRates() {
        const auto pipeline = with(R"(
throttle: {limit: 100, period: 1m, burst: 20, key: event.user}
rate_limit: {limit: 1000, period: 1h, burst: 0}
)");
        CPPUNIT_ASSERT_EQUAL(std::string("p:throttle"), pipeline->throttle->family);
        CPPUNIT_ASSERT_EQUAL(100U, pipeline->throttle->limit);
        CPPUNIT_ASSERT(pipeline->throttle->period == 1min);
        CPPUNIT_ASSERT_EQUAL(20U, pipeline->throttle->burst);
        CPPUNIT_ASSERT_EQUAL(std::string("event.user"), source(pipeline->throttle->key));
        CPPUNIT_ASSERT_EQUAL(std::string("p:rate_limit"), pipeline->rateLimit->family);
        CPPUNIT_ASSERT_EQUAL(1000U, pipeline->rateLimit->limit);
        CPPUNIT_ASSERT(pipeline->rateLimit->period == 1h);
        CPPUNIT_ASSERT_EQUAL(0U, pipeline->rateLimit->burst);
        CPPUNIT_ASSERT(!pipeline->rateLimit->key);
    }

    void testRateLimitLetsATenthThroughAtOnce() {
        CPPUNIT_ASSERT_EQUAL(100U, with("rate_limit: {limit: 1000, period: 1h}\n")->rateLimit->burst);
        CPPUNIT_ASSERT_EQUAL(0U, with("rate_limit: {limit: 9, period: 1h}\n")->rateLimit->burst);
        CPPUNIT_ASSERT_EQUAL(0U, with("throttle: {limit: 1000, period: 1h}\n")->throttle->burst);
    }

    void testDebounceAndSingleton() {
        const auto pipeline = with(R"(
debounce: {period: 30s, key: event.data.id, timeout: 5m}
singleton: {key: event.data.id, mode: cancel}
)");
        CPPUNIT_ASSERT_EQUAL(std::string("collect:p:debounce"), pipeline->debounce->family);
        CPPUNIT_ASSERT(pipeline->debounce->period == 30s);
        CPPUNIT_ASSERT(pipeline->debounce->timeout == Duration(5min));
        CPPUNIT_ASSERT_EQUAL(std::string("event.data.id"), source(pipeline->debounce->key));
        CPPUNIT_ASSERT_EQUAL(std::string("p:singleton"), pipeline->singleton->family);
        CPPUNIT_ASSERT(pipeline->singleton->mode == SingletonMode::Cancel);
        CPPUNIT_ASSERT_EQUAL(std::string("event.data.id"), source(pipeline->singleton->key));
        const auto plain = with("singleton: {}\ndebounce: {period: 1s}\n");
        CPPUNIT_ASSERT(plain->singleton->mode == SingletonMode::Skip && !plain->singleton->key);
        CPPUNIT_ASSERT(!plain->debounce->timeout && !plain->debounce->key);
    }

    void testBatch() {
        const auto batch = with("batch: {max_size: 100, timeout: 5s, key: event.user, if: event.data.bulk}\n")->batch;
        CPPUNIT_ASSERT_EQUAL(std::string("collect:p:batch"), batch->family);
        CPPUNIT_ASSERT_EQUAL(100U, batch->maxSize);
        CPPUNIT_ASSERT(batch->timeout == 5s);
        CPPUNIT_ASSERT_EQUAL(std::string("event.user"), source(batch->key));
        CPPUNIT_ASSERT_EQUAL(std::string("event.data.bulk"), source(batch->condition));
    }

    void testPriorityCancelOnAndTimeouts() {
        const auto pipeline = with(R"(
priority: "event.data.paid ? 60 : 0"
cancel_on: [{event: a.b, if: async.data.id == event.data.id, timeout: 1h}, {event: c.*}]
timeouts: {start: 10m, finish: 15m}
)");
        CPPUNIT_ASSERT_EQUAL(std::string("event.data.paid ? 60 : 0"), source(pipeline->priority));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), pipeline->cancelOn.size());
        CPPUNIT_ASSERT_EQUAL(std::string("a.b"), pipeline->cancelOn[0].event);
        CPPUNIT_ASSERT_EQUAL(std::string("async.data.id == event.data.id"), source(pipeline->cancelOn[0].condition));
        CPPUNIT_ASSERT(pipeline->cancelOn[0].timeout == Duration(1h));
        CPPUNIT_ASSERT(pipeline->cancelOn[0].correlation.has_value());
        CPPUNIT_ASSERT((pipeline->cancelOn[0].correlation->path == std::vector<std::string>{"data", "id"}));
        CPPUNIT_ASSERT_EQUAL(std::string("c.*"), pipeline->cancelOn[1].event);
        CPPUNIT_ASSERT(!pipeline->cancelOn[1].condition && !pipeline->cancelOn[1].timeout);
        CPPUNIT_ASSERT(pipeline->startTimeout == Duration(10min));
        CPPUNIT_ASSERT(pipeline->finishTimeout == Duration(15min));
    }

    void testNothingIsTheDefault() {
        const auto pipeline = with("");
        CPPUNIT_ASSERT(pipeline->concurrency.empty() && pipeline->cancelOn.empty());
        CPPUNIT_ASSERT(!pipeline->idempotency && !pipeline->throttle && !pipeline->rateLimit && !pipeline->debounce);
        CPPUNIT_ASSERT(!pipeline->batch && !pipeline->singleton && !pipeline->priority);
        CPPUNIT_ASSERT(!pipeline->startTimeout && !pipeline->finishTimeout);
    }

    void testStoredSourceHasTheSameLimits() {
        const Loaded again = loadSource(with("concurrency: [{limit: 7}]\n")->source);
        CPPUNIT_ASSERT(again.pipeline != nullptr);
        CPPUNIT_ASSERT_EQUAL(7U, again.pipeline->concurrency.at(0).limit);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(FlowReaderTest);
