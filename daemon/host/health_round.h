#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "host/event_loop.h"
#include "host/plugin_spec.h"
#include "host/worker.h"

namespace stepd::host {

/// Asks a plugin how it is: one step type after the other, calls first; the worst answer counts. A late one is
/// Unhealthy. Confined to the loop's thread.
class HealthRound {
public:
    struct Parts {
        /// Gives a job to a worker with room; false if there is none, or calls wait for it.
        std::function<bool(Job)> start;
        /// `health` has changed.
        std::function<void()> changed;
    };
    HealthRound(EventLoop& loop, const HostOptions& options, Parts parts)
        : loop_(loop), options_(options), parts_(std::move(parts)) {}
    HealthRound(const HealthRound&) = delete;
    HealthRound& operator=(const HealthRound&) = delete;
    ~HealthRound() { loop_.cancel(timer_); }

    /// Ignored while a round is under way, and where the answer is known freshly.
    void begin(const PluginDescription& description, std::shared_ptr<const std::string> config);
    /// A worker may have room now.
    void goOn();
    const PluginHealth& health() const { return health_; }

private:
    void answered(const StepResult& result);

    EventLoop& loop_;
    const HostOptions& options_;
    const Parts parts_;
    std::vector<std::string> steps_;
    std::shared_ptr<const std::string> config_;
    PluginHealth health_;
    PluginHealth worst_;               ///< of the round so far
    std::optional<std::size_t> step_;  ///< the step type that the round has come to
    bool awaited_ = false;             ///< it was asked
    EventLoop::TimerId timer_;
    std::optional<Instant> began_;
};

}  // namespace stepd::host
