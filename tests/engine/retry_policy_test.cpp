#include <cppunit/extensions/HelperMacros.h>

#include "engine/retry_policy.h"

using namespace stepd;
using namespace stepd::engine;

namespace {

/// Always the same draw.
class FixedRandom final : public Random {
public:
    explicit FixedRandom(double unit) : bits_(static_cast<std::uint64_t>(unit * 0x1.0p53) << 11) {}
    std::uint64_t next() override { return bits_; }

private:
    std::uint64_t bits_;
};

StepError error(OutcomeClass outcome, std::string code = {}) {
    StepError result;
    result.outcome = outcome;
    result.code = std::move(code);
    return result;
}

RetryPolicy plain() {
    RetryPolicy policy;
    policy.attempts = 100;
    policy.jitter = 0;
    return policy;
}

std::optional<Duration> delayOf(const RetryPolicy& policy, const StepError& failure, const Tries& tries = {},
                                double draw = 0) {
    FixedRandom random(draw);
    return decideRetry(policy, failure, tries, random).delay;
}

std::string reasonOf(const RetryPolicy& policy, const StepError& failure, const Tries& tries = {}) {
    FixedRandom random(0);
    return decideRetry(policy, failure, tries, random).reason;
}

}  // namespace

class RetryPolicyTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RetryPolicyTest);
    CPPUNIT_TEST(testBackoffByKind);
    CPPUNIT_TEST(testBackoffNeverOverflows);
    CPPUNIT_TEST(testJitterDrawsItsShare);
    CPPUNIT_TEST(testClassesRetriedByDefault);
    CPPUNIT_TEST(testOnlyAndExcept);
    CPPUNIT_TEST(testAttemptsCountTheFirst);
    CPPUNIT_TEST(testBudgetCountsTheDelay);
    CPPUNIT_TEST(testLargerOfDelayAndRetryAfterWins);
    CPPUNIT_TEST(testLostIsFree);
    CPPUNIT_TEST(testLongestDelayBoundsAPersistedTimer);
    CPPUNIT_TEST_SUITE_END();

public:
    void testBackoffByKind() {
        const struct {
            Backoff backoff;
            std::int32_t tries;
            Duration want;
        } rows[] = {
            {Backoff::None, 1, 0s},         {Backoff::None, 9, 0s},         {Backoff::Constant, 1, 1s},
            {Backoff::Constant, 9, 1s},     {Backoff::Linear, 1, 1s},       {Backoff::Linear, 7, 7s},
            {Backoff::Linear, 90, 60s},     {Backoff::Exponential, 1, 1s},  {Backoff::Exponential, 2, 2s},
            {Backoff::Exponential, 6, 32s}, {Backoff::Exponential, 7, 60s},
        };
        for (const auto& row : rows) {
            RetryPolicy policy = plain();
            policy.backoff = row.backoff;
            CPPUNIT_ASSERT_MESSAGE("try " + std::to_string(row.tries), backoffDelay(policy, row.tries) == row.want);
        }
        RetryPolicy tripled = plain();
        tripled.factor = 3;
        tripled.initial = 100ms;
        CPPUNIT_ASSERT(backoffDelay(tripled, 3) == 900ms);
    }

    void testBackoffNeverOverflows() {
        RetryPolicy policy = plain();
        policy.factor = 1e9;
        for (const std::int32_t tries : {2, 50, 1'000'000}) CPPUNIT_ASSERT(backoffDelay(policy, tries) == policy.max);
    }

    void testJitterDrawsItsShare() {
        const struct {
            double jitter;
            double draw;
            Duration want;
        } rows[] = {
            {0, 0.75, 8s},                    // none
            {1, 0, 0s},                       // full: anything from nothing
            {1, 0.5, 4s},   {0.5, 0, 4s},     // equal: half is sure
            {0.5, 0.5, 6s}, {0.25, 0.5, 7s},  // a ratio
        };
        RetryPolicy policy = plain();
        for (const auto& row : rows) {
            policy.jitter = row.jitter;
            const auto delay = delayOf(policy, error(OutcomeClass::Transient), {.counted = 4}, row.draw);
            CPPUNIT_ASSERT(delay);
            CPPUNIT_ASSERT_DOUBLES_EQUAL(static_cast<double>(row.want.count()), static_cast<double>(delay->count()),
                                         10.0);
        }
    }

    void testClassesRetriedByDefault() {
        using enum OutcomeClass;
        for (const auto outcome : {Transient, RateLimited, Upstream, Timeout, Crash, Oom, Hang, Lost})
            CPPUNIT_ASSERT_MESSAGE(std::string(toString(outcome)), delayOf(plain(), error(outcome)));
        for (const auto outcome :
             {InvalidInput, InvalidConfig, Unauthorized, NotFound, Conflict, Permanent, Cancelled, Denied, Bug})
            CPPUNIT_ASSERT_MESSAGE(std::string(toString(outcome)), !delayOf(plain(), error(outcome)));
    }

    void testOnlyAndExcept() {
        RetryPolicy policy = plain();
        policy.only = {"not_found", "busy"};
        CPPUNIT_ASSERT(delayOf(policy, error(OutcomeClass::NotFound)));
        CPPUNIT_ASSERT(delayOf(policy, error(OutcomeClass::Permanent, "busy")));
        CPPUNIT_ASSERT(!delayOf(policy, error(OutcomeClass::Transient)));
        policy.except = {"gone"};
        CPPUNIT_ASSERT(!delayOf(policy, error(OutcomeClass::NotFound, "gone")));
        RetryPolicy defaults = plain();
        defaults.except = {"timeout"};
        CPPUNIT_ASSERT(!delayOf(defaults, error(OutcomeClass::Timeout)));
        CPPUNIT_ASSERT(delayOf(defaults, error(OutcomeClass::Upstream)));
        CPPUNIT_ASSERT_EQUAL(std::string("the policy does not retry timeout"),
                             reasonOf(defaults, error(OutcomeClass::Timeout)));
    }

    void testAttemptsCountTheFirst() {
        RetryPolicy policy = plain();
        policy.attempts = 3;
        CPPUNIT_ASSERT(delayOf(policy, error(OutcomeClass::Transient), {.counted = 2}));
        CPPUNIT_ASSERT(!delayOf(policy, error(OutcomeClass::Transient), {.counted = 3}));
        CPPUNIT_ASSERT_EQUAL(std::string("3 of 3 attempts used"),
                             reasonOf(policy, error(OutcomeClass::Transient), {.counted = 3}));
    }

    void testBudgetCountsTheDelay() {
        RetryPolicy policy = plain();
        policy.backoff = Backoff::Constant;
        policy.budget = 10s;
        CPPUNIT_ASSERT(delayOf(policy, error(OutcomeClass::Transient), {.counted = 1, .sinceFirst = 8999ms}));
        CPPUNIT_ASSERT(!delayOf(policy, error(OutcomeClass::Transient), {.counted = 1, .sinceFirst = 9s}));
    }

    void testLargerOfDelayAndRetryAfterWins() {
        RetryPolicy policy = plain();
        StepError limited = error(OutcomeClass::RateLimited);
        limited.retryAfter = 5min;  // beyond `max` too: the plugin knows
        CPPUNIT_ASSERT(delayOf(policy, limited) == Duration(5min));
        limited.retryAfter = Duration::max();
        CPPUNIT_ASSERT(delayOf(policy, limited) == kMostPatience);
        limited.retryAfter = 10ms;
        CPPUNIT_ASSERT(delayOf(policy, limited) == Duration(1s));
        limited.retryAfter = 5min;
        policy.respectRetryAfter = false;
        CPPUNIT_ASSERT(delayOf(policy, limited) == Duration(1s));
    }

    void testLostIsFree() {
        RetryPolicy policy = plain();
        policy.attempts = 1;
        policy.except = {"lost"};
        CPPUNIT_ASSERT(delayOf(policy, error(OutcomeClass::Lost), {.counted = 1}) == kLostPause);
    }

    void testLongestDelayBoundsAPersistedTimer() {
        CPPUNIT_ASSERT(longestDelay(plain(), std::nullopt) == Duration(1min));
        StepError limited = error(OutcomeClass::RateLimited);
        limited.retryAfter = 1h;
        CPPUNIT_ASSERT(longestDelay(plain(), limited) == Duration(1h));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RetryPolicyTest);
