#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "host/build_shelf.h"
#include "host/generation.h"
#include "host/swap.h"

namespace stepd::host {

/// One declared plugin: the generation that takes its calls, and those that end theirs. A new library, or a new
/// declaration, is a new generation beside the one that works; once its first worker has shaken hands, calls go there,
/// also those that wait, and the old one ends its own. If it cannot be loaded, all stays as it is.
///
/// A call that wants a build gets it: from a generation that is there, or from one that is started for it, as long as
/// the build lies on the shelf. Generations that are not current leave after `buildPatience` without calls.
/// Confined to the loop's thread.
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
    /// What all pools share; outlives them.
    struct Shared {
        EventLoop& loop;
        const Clock& clock;
        const HostOptions& options;
        HostServices& services;
        BuildShelf& shelf;
        Owner& owner;
    };
    using Leaving = Generation::Leaving;

    PluginPool(const Shared& shared, std::string name) : shared_(shared), name_(std::move(name)) {}
    PluginPool(const PluginPool&) = delete;
    PluginPool& operator=(const PluginPool&) = delete;

    /// `done` is called once, maybe before this returns.
    void declare(Declaration declaration, SwapDone done) { declare(std::move(declaration), std::move(done), {}); }
    /// Goes back to the build whose build-id begins with `to`, or whose version is `to`; empty: the one before. `done`
    /// as with `declare`.
    void rollBack(const std::string& to, SwapDone done);
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
    /// What is due when the declared one works, or does not.
    struct Pending {
        SwapDone done;
        BuildName before;      ///< of the current one then
        std::string notUsed;   ///< see PluginStatus
        std::string heldBack;  ///< digest of what is rolled back
    };
    void generationReady(Generation& generation) override;
    void generationBroke(Generation& generation) override;
    void generationReturned(Generation& generation, Job job) override;
    void generationChanged(Generation& generation) override;
    void generationCounted(Generation&) override { shared_.owner.poolCounted(*this); }
    void generationProgressed(CallId call, double fraction, std::string message) override;
    void generationEmpty(Generation& generation) override;

    void declare(Declaration declaration, SwapDone done, std::string heldBack);
    std::unique_ptr<Generation> makeGeneration(const PluginSpec& spec, LibraryPtr library);
    bool works() const { return current_ && current_->state() != PluginState::Broken; }
    void refuse(Declaration declaration);
    void swap();
    void used();
    void retire(std::unique_ptr<Generation> generation);
    void letStay(std::unique_ptr<Generation> generation);
    /// What does a call that wants this build; null if there is none.
    Generation* wanted(const std::string& build);
    Generation* startAgain(const std::string& build);
    void missing(Job job);
    void turnAway(const Job& job) const;
    void note(PluginLogLevel level, const std::string& text) const;
    /// To whoever waits for the last `declare`.
    void tell(Swap::Kind kind, std::string sentence);
    template <typename Do>
    void forEach(Do&& act) const;

    const Shared shared_;
    const std::string name_;
    std::unique_ptr<Generation> current_;  ///< takes new calls; null before the first, and if that had no library
    std::unique_ptr<Generation> next_;     ///< is being loaded, to take over from one that works
    std::vector<std::unique_ptr<Generation>> retired_;  ///< the latest first
    std::uint64_t lastNumber_ = 0;
    std::set<std::string> gone_;  ///< builds that were wanted and cannot be had, since the last declaration
    PluginSpec spec_;             ///< as declared last, or as it works on
    Timestamp since_{};           ///< when calls began to go to the current one
    std::string sentence_;        ///< why there is no current one
    std::string notUsed_;         ///< see PluginStatus
    Pending pending_;
    bool leaving_ = false;
};

}  // namespace stepd::host
