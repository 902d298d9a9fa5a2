#pragma once

#include <atomic>
#include <list>
#include <vector>

#include "linkedin_collector/asking.h"
#include "linkedin_collector/cache.h"

namespace stepd::linkedin {

/// What is known of a registered person's LinkedIn profile, from the providers that the operator has configured.
/// LinkedIn itself is never asked. Keeps the providers' states and a cache; thread-safe.
class Collector {
public:
    explicit Collector(const Json& options);

    enum class Attempt { Last, MoreToCome };
    /// `linkedin_analysis`. Every final problem is a value with its status; a passing one is an error of its class, or
    /// on the last attempt a value with `retryable`.
    Outcome collect(World& world, const Json& input, Attempt attempt);
    Health health(kit::WallTime now);

private:
    struct Choice {
        std::vector<Candidate> candidates;
        std::string skipReason;
    };
    Choice choose(World& world, const url::LinkedInPage& page);
    Json succeeded(World& world, const Subject& subject, const Operation& operation, const Json& root,
                   Json result) const;

    const Settings settings_;
    std::vector<std::unique_ptr<ProviderState>> states_;  // one a provider, in order; a mutex cannot move
    Cache cache_;
    std::atomic<bool> unconfigured_{false};
};

}  // namespace stepd::linkedin
