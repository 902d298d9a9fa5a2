#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/random.h"
#include "model/outcome.h"
#include "model/retry_policy.h"

namespace stepd::engine {

/// True for the classes that kill a worker and are counted by the quarantine: crash, oom, hang (plugin-abi.md,
/// "Errors").
bool killsWorker(OutcomeClass outcome);

/// True for the classes that are tried again where a policy names none: transient, rate_limited, upstream, timeout, and
/// those that kill a worker, until the quarantine ends it.
bool retriedByDefault(OutcomeClass outcome);

/// The tries of a step so far.
struct Tries {
    std::int32_t counted = 1;  ///< those that count: without the lost ones
    Duration sinceFirst{};     ///< monotonic time since the start of the first
};

/// What a policy says about a failed attempt.
struct RetryVerdict {
    std::optional<Duration> delay;  ///< absent: no further attempt
    std::string reason;             ///< why not, one clause: `3 of 3 attempts used`
};

/// The delay after the `tries`-th try, without jitter: never above `policy.max`.
Duration backoffDelay(const RetryPolicy& policy, std::int32_t tries);

/// A lost attempt is tried again whatever the policy says, after `kLostPause`. Of a delay and the plugin's retry-after
/// the larger wins. `policy.onExhausted` and the policy's `when` are the caller's business.
RetryVerdict decideRetry(const RetryPolicy& policy, const StepError& error, const Tries& tries, Random& random);

/// The longest delay that `decideRetry` may have given after `error`; a persisted timer never waits longer than this.
Duration longestDelay(const RetryPolicy& policy, const std::optional<StepError>& error);

/// A worker that is gone is no fault of the step; the pause keeps a host that loses every call from spinning.
inline constexpr Duration kLostPause = 1s;

/// A plugin may ask for anything; nothing is put off for longer than this.
inline constexpr Duration kMostPatience = 24h * 365;

}  // namespace stepd::engine
