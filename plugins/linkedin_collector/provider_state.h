#pragma once

#include <mutex>
#include <optional>

#include "kit/timestamp.h"
#include "linkedin_collector/outcome_class.h"

namespace stepd::linkedin {

/// What this worker remembers of a provider between calls. Thread-safe.
class ProviderState {
public:
    /// Why the provider is not to be asked now.
    struct Closed {
        OutcomeClass reason = OutcomeClass::Upstream;  ///< Auth, Quota, or Upstream for an open circuit
        Duration opensIn{};
    };
    std::optional<Closed> closed(kit::WallTime now);

    /// Takes a slot and absent, or how long to wait before asking again: for a slot, the least interval between two
    /// calls, or the reset that the last answer announced.
    std::optional<Duration> enter(kit::WallTime now, int mostAtOnce, Duration minInterval);
    /// Gives the slot back.
    void leave();

    /// Upstream results count for the circuit: the fifth in a row opens it for a minute;
    /// after that one more opens it again, and any other result closes it.
    void record(OutcomeClass outcome, kit::WallTime now);
    void disable(OutcomeClass reason, kit::WallTime until);
    void holdUntil(kit::WallTime time);

private:
    std::mutex mutex_;
    int active_ = 0;
    int upstreamInARow_ = 0;
    kit::WallTime circuitOpenUntil_{};
    kit::WallTime disabledUntil_{};
    OutcomeClass disabledFor_ = OutcomeClass::Auth;
    kit::WallTime notBefore_{};
    kit::WallTime lastCall_{};
};

}  // namespace stepd::linkedin
