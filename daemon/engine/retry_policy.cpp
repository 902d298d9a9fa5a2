#include "engine/retry_policy.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"

namespace stepd::engine {
namespace {

bool names(const std::vector<std::string>& words, const StepError& error) {
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        return word == toString(error.outcome) || (!error.code.empty() && word == error.code);
    });
}

bool isRetried(const RetryPolicy& policy, const StepError& error) {
    if (names(policy.except, error)) return false;
    return policy.only.empty() ? retriedByDefault(error.outcome) : names(policy.only, error);
}

Duration withJitter(Duration delay, double share, Random& random) {
    const auto nanos = static_cast<double>(delay.count());
    return Duration(static_cast<Duration::rep>(nanos * (1.0 - share) + nanos * share * random.unit()));
}

}  // namespace

bool killsWorker(OutcomeClass outcome) {
    return outcome == OutcomeClass::Crash || outcome == OutcomeClass::Oom || outcome == OutcomeClass::Hang;
}

bool retriedByDefault(OutcomeClass outcome) {
    switch (outcome) {
        case OutcomeClass::Transient:
        case OutcomeClass::RateLimited:
        case OutcomeClass::Upstream:
        case OutcomeClass::Timeout:
        case OutcomeClass::Crash:
        case OutcomeClass::Oom:
        case OutcomeClass::Hang: return true;
        default: return false;
    }
}

Duration backoffDelay(const RetryPolicy& policy, std::int32_t tries) {
    const auto initial = static_cast<double>(policy.initial.count());
    double nanos = 0;
    switch (policy.backoff) {
        case Backoff::None: return Duration::zero();
        case Backoff::Constant: nanos = initial; break;
        case Backoff::Linear: nanos = initial * tries; break;
        case Backoff::Exponential: nanos = initial * std::pow(policy.factor, tries - 1); break;
    }
    // Compared as doubles: a power may be far beyond what a Duration holds.
    if (!(nanos < static_cast<double>(policy.max.count()))) return policy.max;
    return Duration(static_cast<Duration::rep>(nanos));
}

RetryVerdict decideRetry(const RetryPolicy& policy, const StepError& error, const Tries& tries, Random& random) {
    if (error.outcome == OutcomeClass::Lost) return {.delay = kLostPause, .reason = {}};
    if (!isRetried(policy, error))
        return {.delay = {}, .reason = "the policy does not retry " + std::string(toString(error.outcome))};
    if (tries.counted >= policy.attempts)
        return {.delay = {},
                .reason = std::to_string(tries.counted) + " of " + std::to_string(policy.attempts) + " attempts used"};

    Duration delay = withJitter(backoffDelay(policy, tries.counted), policy.jitter, random);
    if (policy.respectRetryAfter && error.retryAfter)
        delay = std::max(delay, std::min(*error.retryAfter, kMostPatience));
    if (policy.budget && delay >= *policy.budget - tries.sinceFirst)
        return {.delay = {}, .reason = "the next attempt would start after the budget of " + toText(*policy.budget)};
    return {.delay = delay, .reason = {}};
}

Duration longestDelay(const RetryPolicy& policy, const std::optional<StepError>& error) {
    const Duration asked = error && error->retryAfter ? std::min(*error->retryAfter, kMostPatience) : Duration::zero();
    return std::max({policy.max, kLostPause, asked});
}

}  // namespace stepd::engine
