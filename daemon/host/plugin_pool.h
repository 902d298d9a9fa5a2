#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/generation.h"
#include "host/swap.h"

namespace stepd::host {

/// One declared plugin: the generation that takes its calls, and those that end theirs. A new library, or a new
/// declaration, is a new generation beside the one that works; once its first worker has shaken hands, calls go there,
/// also those that wait, and the old one leaves after its calls. If it cannot be loaded, all stays as it is. Confined
/// to the loop's thread.
class PluginPool final : private Generation::Owner {
public:
    class Owner {
    public:
        virtual ~Owner() = default;
        virtual void poolChanged(const PluginPool& pool) = 0;
        /// Calls came or went.
        virtual void poolCounted(const PluginPool& pool) = 0;
        virtual void poolProgressed(CallId call, double fraction, std::string message) = 0;
        /// Its last worker has gone after `leave`.
        virtual void poolEmpty(const PluginPool& pool) = 0;
    };
    using Leaving = Generation::Leaving;

    PluginPool(EventLoop& loop, const HostOptions& options, HostServices& services, std::string name, Owner& owner);
    PluginPool(const PluginPool&) = delete;
    PluginPool& operator=(const PluginPool&) = delete;

    /// `done` is called once, maybe before this returns.
    void declare(Declaration declaration, SwapDone done);
    /// `job.call.config` is the step's `with`. The job ends at once if the plugin is broken or the options are wrong.
    void submit(Job job);
    bool cancel(CallId call, CancelReason reason);
    /// Asks the plugin how it is; see HealthRound.
    void refreshHealth();
    /// Ends the workers; poolEmpty follows, maybe before this returns.
    void leave(Leaving how);

    const std::string& name() const { return name_; }
    PluginStatus status() const;
    std::size_t running() const;
    std::size_t queued() const;

private:
    void generationReady(Generation& generation) override;
    void generationBroke(Generation& generation) override;
    void generationReturned(Generation& generation, Job job) override;
    void generationChanged(Generation& generation) override;
    void generationCounted(Generation&) override { owner_.poolCounted(*this); }
    void generationProgressed(CallId call, double fraction, std::string message) override;
    void generationEmpty(Generation& generation) override;

    bool works() const { return current_ && current_->state() != PluginState::Broken; }
    void refuse(Declaration declaration);
    void swap();
    void retire(std::unique_ptr<Generation> generation);
    void turnAway(const Job& job) const;
    /// To whoever waits for the last `declare`.
    void tell(Swap::Kind kind, std::string sentence);
    template <typename Do>
    void forEach(Do&& act) const;

    EventLoop& loop_;
    const HostOptions& options_;
    HostServices& services_;
    const std::string name_;
    Owner& owner_;
    std::unique_ptr<Generation> current_;  ///< takes new calls; null before the first, and if that had no library
    std::unique_ptr<Generation> next_;     ///< is being loaded, to take over from one that works
    std::vector<std::unique_ptr<Generation>> retired_;  ///< their last calls run
    PluginSpec spec_;                                   ///< as declared last, or as it works on
    std::string sentence_;                              ///< why there is no current one
    SwapDone done_;
    BuildName before_;  ///< of the current one when `done_` came
    bool leaving_ = false;
};

}  // namespace stepd::host
