#pragma once

#include "linkedin_collector/provider_state.h"
#include "linkedin_collector/settings.h"
#include "linkedin_collector/world.h"

namespace stepd::linkedin {

/// Time that one attempt may still spend: its own budget and the host's deadline, less what is needed to answer.
class Budget {
public:
    Budget(World& world, Duration total)
        : world_(world), end_(world.now() + std::chrono::duration_cast<kit::WallTime::duration>(total)) {}
    Duration left() const {
        return std::min<Duration>(end_ - world_.now(), world_.timeLeft() - std::chrono::seconds(2));
    }

private:
    World& world_;
    const kit::WallTime end_;
};

/// How the calls to one provider ended.
struct Ending {
    OutcomeClass outcome = OutcomeClass::Upstream;
    Json root;                     ///< for Ok: the provider's data
    std::optional<Duration> wait;  ///< when another try makes sense, where that is known
    bool outOfTime = false;        ///< the budget ended it, not the provider
};

/// One page asked of one provider, with all tries and polls. Borrows everything; used once.
class ProviderCall {
public:
    ProviderCall(World& world, const Budget& budget, const Settings& settings, const Provider& provider,
                 const Operation& operation, ProviderState& state, TemplateValues values)
        : world_(world),
          budget_(budget),
          settings_(settings),
          provider_(provider),
          operation_(operation),
          state_(state),
          values_(std::move(values)) {}

    Ending run();
    /// `{"provider", "outcome", "http_status", "duration_ms"}` of each exchange.
    const Json& attempts() const { return attempts_; }

private:
    struct Exchange {
        Understood understood;
        std::optional<Duration> hint;        ///< 1 s to 15 min
        std::optional<Duration> untilReset;  ///< as the server says
    };
    struct Tries {
        int upstream = 0, malformed = 0, polls = 0, limited = 0;
        Duration polled{};
    };

    std::optional<Ending> waitForTurn();
    Exchange exchange(HttpRequest request);
    std::optional<HttpRequest> request() const;
    std::optional<Ending> afterNotReady(const Exchange& exchange, Tries& tries);
    std::optional<Ending> afterRateLimit(const Exchange& exchange, Tries& tries);
    std::optional<Ending> afterUpstream(Tries& tries);
    std::optional<Ending> afterQuota(const Exchange& exchange);
    std::optional<Ending> decide(const Exchange& exchange, Tries& tries);
    /// False if the budget does not hold it; then nothing was waited.
    bool canWait(Duration duration) const { return duration < budget_.left(); }
    /// Absent when the time is over; an ending when the step shall stop.
    std::optional<Ending> wait(Duration duration);
    void note(std::string_view outcome, int status, Duration elapsed);

    World& world_;
    const Budget& budget_;
    const Settings& settings_;
    const Provider& provider_;
    const Operation& operation_;
    ProviderState& state_;
    const TemplateValues values_;
    Json attempts_ = Json::array();
};

}  // namespace stepd::linkedin
