#include "engine/gcra.h"

#include <cppunit/extensions/HelperMacros.h>

#include <vector>

using namespace stepd;
using namespace stepd::engine;

namespace {

const Timestamp kStart = *parseRfc3339("2026-01-02T03:00:00Z");

/// One after the other asks at every step of the clock; the moments, in whole seconds, at which one passes.
std::vector<long> passes(const GcraRule& rule, std::chrono::seconds until, Duration step = 1s) {
    std::vector<long> seconds;
    Timestamp used{};
    const auto advance = std::chrono::duration_cast<std::chrono::microseconds>(step);
    for (Timestamp now = kStart; now < kStart + until;) {
        if (Gcra::opens(rule, used) <= now) {
            used = Gcra::passed(rule, used, now);
            seconds.push_back(static_cast<long>(std::chrono::floor<std::chrono::seconds>(now - kStart).count()));
        } else {
            now += advance;
        }
    }
    return seconds;
}

}  // namespace

class GcraTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(GcraTest);
    CPPUNIT_TEST(testRateLimitRule);
    CPPUNIT_TEST(testTenPerHourAdmitsTwoAtOnceThenOneEverySixMinutes);
    CPPUNIT_TEST(testOnePerDay);
    CPPUNIT_TEST(testThrottleStartsLimitAndBurstAtOnceThenOneEveryInterval);
    CPPUNIT_TEST(testIdleTimeFillsUpToTheCapacityAndNoFurther);
    CPPUNIT_TEST(testAnIntervalIsNeverRoundedDown);
    CPPUNIT_TEST(testClockSetBackClosesForOneIntervalAtMost);
    CPPUNIT_TEST(testExtremesDoNotOverflow);
    CPPUNIT_TEST_SUITE_END();

    // "GCRA: emission interval = period/limit, instantaneous capacity = floor(limit/10) + 1"
    void testRateLimitRule() {
        const struct {
            std::uint32_t limit;
            Duration period;
            Duration interval;
            std::uint32_t capacity;
        } rows[] = {{1, 24h, 24h, 1},  {9, 9s, 1s, 1},          {10, 1h, 6min, 2}, {19, 19s, 1s, 2},
                    {20, 1h, 3min, 3}, {1000, 1h, 3600ms, 101}, {0, 1min, 1min, 1}};
        for (const auto& row : rows) {
            const GcraRule rule = rateLimitRule(row.limit, row.period, row.limit / 10);
            CPPUNIT_ASSERT_MESSAGE(std::to_string(row.limit), row.interval == rule.interval);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(row.limit), row.capacity, rule.capacity);
        }
    }

    // "So 10 per hour admits 2 at once, then one per 6 min"
    void testTenPerHourAdmitsTwoAtOnceThenOneEverySixMinutes() {
        CPPUNIT_ASSERT((std::vector<long>{0, 0, 360, 720, 1080, 1440}) == passes(rateLimitRule(10, 1h, 1), 1800s));
    }

    // "implemented as rate limit 1/24h"
    void testOnePerDay() {
        CPPUNIT_ASSERT((std::vector<long>{0, 86400, 172800}) == passes(rateLimitRule(1, 24h, 0), 48h + 1s, 60s));
    }

    // "GCRA on run starts: up to limit + burst starts at once after idle, then one per period/limit"
    void testThrottleStartsLimitAndBurstAtOnceThenOneEveryInterval() {
        CPPUNIT_ASSERT((std::vector<long>{0, 0, 0, 0, 0, 20, 40, 60, 80}) == passes(throttleRule(3, 1min, 2), 81s));
        CPPUNIT_ASSERT((std::vector<long>{0, 30, 60}) == passes(throttleRule(1, 30s, 0), 61s));
    }

    void testIdleTimeFillsUpToTheCapacityAndNoFurther() {
        const GcraRule rule = throttleRule(2, 20s, 1);
        Timestamp used{};
        for (int i = 0; i < 3; ++i) used = Gcra::passed(rule, used, kStart);
        CPPUNIT_ASSERT(Gcra::opens(rule, used) == kStart + 10s);
        const Timestamp later = kStart + 10h;
        for (int i = 0; i < 3; ++i) {
            CPPUNIT_ASSERT(Gcra::opens(rule, used) <= later);
            used = Gcra::passed(rule, used, later);
        }
        CPPUNIT_ASSERT(Gcra::opens(rule, used) == later + 10s);
    }

    void testAnIntervalIsNeverRoundedDown() {
        const GcraRule rule = throttleRule(3, 1s, 0);
        Timestamp used{};
        for (int i = 0; i < 6; ++i) used = Gcra::passed(rule, used, kStart);
        CPPUNIT_ASSERT(used - kStart >= 1s);
        CPPUNIT_ASSERT_MESSAGE("4,000,000 a second", Gcra::passed({.interval = 250ns}, {}, kStart) > kStart);
    }

    void testClockSetBackClosesForOneIntervalAtMost() {
        const GcraRule rule = throttleRule(2, 20s, 0);
        const Timestamp ahead = kStart + 24h;
        const Timestamp used = Gcra::passed(rule, Gcra::passed(rule, {}, ahead), ahead);
        CPPUNIT_ASSERT(Gcra::opens(rule, Gcra::credible(rule, used, kStart)) == kStart + 10s);
        CPPUNIT_ASSERT(Gcra::opens(rule, Gcra::passed(rule, used, kStart)) == kStart + 10s);
        CPPUNIT_ASSERT_MESSAGE("what can be true is kept", Gcra::credible(rule, used, ahead) == used);
    }

    void testExtremesDoNotOverflow() {
        const GcraRule rule = throttleRule(1, std::chrono::hours(24 * 365), UINT32_MAX);
        const Timestamp used = Gcra::passed(rule, {}, kStart);
        CPPUNIT_ASSERT(Gcra::opens(rule, used) < kStart);
        CPPUNIT_ASSERT(used > kStart);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(GcraTest);
