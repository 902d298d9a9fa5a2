#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/merged_configs.h"
#include "host/worker.h"

namespace stepd::host {

/// One declared plugin: its workers, the calls that wait for one, its state. The first worker is tried alone; once it
/// has loaded the plugin the others follow. A worker that dies is replaced, later and later as deaths follow each
/// other; a plugin that cannot be loaded is broken. One that was loaded before waits out what may pass: a file that is
/// not there, a lack of descriptors or processes.
///
/// A plugin with `isolation: inproc` is loaded by a worker first; if that goes well, the worker is let go and the
/// daemon loads the same file. If a step ignores its end there, or the loading takes too long, further calls go to
/// workers and its health is `limited` from then on. Confined to the loop's thread.
class PluginPool final : private Worker::Owner {
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

    PluginPool(EventLoop& loop, const HostOptions& options, HostServices& services, PluginSpec spec, Owner& owner);
    PluginPool(const PluginPool&) = delete;
    PluginPool& operator=(const PluginPool&) = delete;
    ~PluginPool() override;

    void start();
    /// `job.call.config` is the step's `with`. The job ends at once if the plugin is broken or the options are wrong.
    void submit(Job job);
    bool cancel(CallId call, CancelReason reason);
    /// Asks the plugin how it is unless that is known freshly or no worker has room: one step type after the other,
    /// calls first. A late answer is Unhealthy.
    void refreshHealth();

    enum class Leaving { AfterCalls, Now };
    /// Ends the workers; poolEmpty follows, maybe before this returns.
    void leave(Leaving how);

    const PluginSpec& spec() const { return spec_; }
    PluginStatus status() const;
    PluginState state() const { return state_; }
    std::size_t running() const;
    std::size_t queued() const { return queue_.size(); }

private:
    void workerConfined(Worker& worker, SandboxReport report) override;
    void workerLoaded(Worker& worker, PluginDescription description) override;
    void workerRefused(Worker& worker, std::string sentence) override;
    void workerProgressed(CallId call, double fraction, std::string message) override;
    void workerFreed(Worker& worker) override;
    void workerReturned(Job job) override;
    void workerOverran(Worker& worker) override;
    void workerDied(Worker& worker, const Death& death) override;

    /// True as long as the plugin's code is to run in the daemon.
    bool inproc() const { return spec_.isolation == Isolation::Inproc && !movedOut_; }
    Worker::Shared shared() { return {loop_, options_, services_, spec_, secrets_, *this}; }
    void spawn();
    void bringIn(Worker& probe);
    void moveOut(const std::string& why);
    void spawnLater();
    void afterDeath(const Death& death);
    void tryAgain(const std::string& sentence);
    bool anyReady() const;
    void breakDown(std::string sentence);
    /// Ends a job that no worker will get.
    void turnAway(const Job& job) const;
    void turnAllAway();
    void dispatch();
    Worker* roomiest();
    void note(PluginLogLevel level, const std::string& text);
    void askHealth();
    void healthAnswered(const StepResult& result);

    EventLoop& loop_;
    const HostOptions& options_;
    HostServices& services_;
    const PluginSpec spec_;
    Owner& owner_;
    SecretSet secrets_;
    MergedConfigs configs_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::deque<Job> queue_;
    std::shared_ptr<const PluginDescription> description_;
    std::optional<Asked> asked_;
    std::optional<SandboxReport> sandbox_;  ///< of the last worker
    PluginState state_ = PluginState::Loading;
    std::string sentence_;
    bool leaving_ = false;
    FileDescriptor probed_;  ///< what a worker has loaded, or is to, before the daemon does
    bool movedOut_ = false;  ///< `isolation: inproc`, but it has misbehaved: workers from now on
    std::uint64_t restarts_ = 0;
    std::uint32_t deathsInARow_ = 0;      ///< without a finished call between
    std::uint32_t loadDeathsInARow_ = 0;  ///< before the handshake
    bool wanting_ = false;                ///< the last attempt to start a worker failed; none has loaded since
    EventLoop::TimerId respawn_;
    PluginHealth health_;
    PluginHealth nextHealth_;                ///< the worst answer of a round so far
    std::optional<std::size_t> healthStep_;  ///< index of the step type that the round has come to
    bool healthAwaited_ = false;             ///< it was asked
    EventLoop::TimerId healthTimer_;
    std::optional<Instant> healthAsked_;
};

}  // namespace stepd::host
