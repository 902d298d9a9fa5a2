#include "linkedin_collector/provider_state.h"

#include <algorithm>

namespace stepd::linkedin {
namespace {

using namespace std::chrono_literals;
using kit::WallTime;

constexpr int kUpstreamToOpen = 5;
constexpr Duration kCircuitOpen = 60s;
constexpr Duration kSlotWait = 250ms;

WallTime plus(WallTime time, Duration duration) {
    return time + std::chrono::duration_cast<WallTime::duration>(duration);
}

}  // namespace

std::optional<ProviderState::Closed> ProviderState::closed(WallTime now) {
    const std::lock_guard lock(mutex_);
    if (disabledUntil_ > now) return Closed{disabledFor_, disabledUntil_ - now};
    if (circuitOpenUntil_ > now) return Closed{OutcomeClass::Upstream, circuitOpenUntil_ - now};
    return {};
}

std::optional<Duration> ProviderState::enter(WallTime now, int mostAtOnce, Duration minInterval) {
    const std::lock_guard lock(mutex_);
    if (active_ >= mostAtOnce) return kSlotWait;
    const WallTime earliest = std::max(notBefore_, lastCall_ == WallTime{} ? WallTime{} : plus(lastCall_, minInterval));
    if (earliest > now) return earliest - now;
    ++active_;
    lastCall_ = now;
    return {};
}

void ProviderState::leave() {
    const std::lock_guard lock(mutex_);
    --active_;
}

void ProviderState::record(OutcomeClass outcome, WallTime now) {
    const std::lock_guard lock(mutex_);
    if (outcome == OutcomeClass::Cancelled) return;
    upstreamInARow_ = outcome == OutcomeClass::Upstream ? upstreamInARow_ + 1 : 0;
    // Past the threshold the circuit is half open: one more failure and it is open again.
    if (upstreamInARow_ >= kUpstreamToOpen) circuitOpenUntil_ = plus(now, kCircuitOpen);
}

void ProviderState::disable(OutcomeClass reason, WallTime until) {
    const std::lock_guard lock(mutex_);
    disabledFor_ = reason;
    disabledUntil_ = until;
}

void ProviderState::holdUntil(WallTime time) {
    const std::lock_guard lock(mutex_);
    notBefore_ = std::max(notBefore_, time);
}

}  // namespace stepd::linkedin
