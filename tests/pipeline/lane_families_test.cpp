#include "pipeline/lane_families.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd::pipeline;

class LaneFamiliesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LaneFamiliesTest);
    CPPUNIT_TEST(testNames);
    CPPUNIT_TEST(testNoTwoMeanOneLane);
    CPPUNIT_TEST_SUITE_END();

    void testNames() {
        const auto same = [](const char* want, const std::string& got) {
            CPPUNIT_ASSERT_EQUAL(std::string(want), got);
        };
        same("p:concurrency", concurrencyFamily("p", "", LimitScope::Pipeline, 1));
        same("p:concurrency.2", concurrencyFamily("p", "", LimitScope::Pipeline, 2));
        same("p:per-site", concurrencyFamily("p", "per-site", LimitScope::Pipeline, 2));
        same("global:per-site", concurrencyFamily("p", "per-site", LimitScope::Global, 2));
        same("p/fetch:concurrency", stepConcurrencyFamily("p", "fetch", 1));
        same("p/fetch:concurrency.2", stepConcurrencyFamily("p", "fetch", 2));
        same("p:throttle", throttleFamily("p"));
        same("p:rate_limit", rateLimitFamily("p"));
        same("p:singleton", singletonFamily("p"));
        same("collect:p:debounce", debounceFamily("p"));
        same("collect:p:batch", batchFamily("p"));
    }

    void testNoTwoMeanOneLane() {
        for (const char* id : {"global", "collect", "limiter"}) CPPUNIT_ASSERT_MESSAGE(id, isReservedPipelineId(id));
        CPPUNIT_ASSERT(!isReservedPipelineId("globals"));
        for (const char* name : {"concurrency", "concurrency.2", "throttle", "rate_limit", "singleton"})
            CPPUNIT_ASSERT_MESSAGE(name, isReservedLimitName(name));
        CPPUNIT_ASSERT(!isReservedLimitName("concurrency-of-sites"));
        CPPUNIT_ASSERT(isGlobalFamily("global:per-site"));
        CPPUNIT_ASSERT(!isGlobalFamily("globals:per-site"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LaneFamiliesTest);
