#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "host/health_round.h"
#include "host/library_file.h"
#include "host/merged_configs.h"
#include "host/swap.h"
#include "host/worker.h"

namespace stepd::host {

/// One build of a plugin under one declaration: its library, the workers that load it, the calls that wait for one. The
/// first worker is tried alone; once it has loaded the plugin the others follow. A worker that dies is replaced, later
/// and later as deaths follow each other; a build that cannot be loaded is broken. One that was loaded before waits out
/// what may pass: a lack of descriptors or processes.
///
/// With `isolation: inproc` a worker loads the library first; if that goes well, the worker is let go and the daemon
/// loads the same file. If a step ignores its end there, or the loading takes too long, further calls go to workers and
/// its health is `limited` from then on. Confined to the loop's thread.
class Generation final : private Worker::Owner {
public:
    class Owner {
    public:
        virtual ~Owner() = default;
        /// The first worker has loaded the library: it takes calls from now on.
        virtual void generationReady(Generation& generation) = 0;
        /// It will not be loaded again; `takeQueue` is due.
        virtual void generationBroke(Generation& generation) = 0;
        /// A job that the plugin has surely not seen, and that it can do no more here.
        virtual void generationReturned(Generation& generation, Job job) = 0;
        /// What `addTo` tells is other than before.
        virtual void generationChanged(Generation& generation) = 0;
        /// Calls came or went.
        virtual void generationCounted(Generation& generation) = 0;
        virtual void generationProgressed(CallId call, double fraction, std::string message) = 0;
        /// Its last worker has gone after `leave`.
        virtual void generationEmpty(Generation& generation) = 0;
    };

    /// `number` tells it from others of the plugin.
    Generation(EventLoop& loop, const HostOptions& options, HostServices& services, PluginSpec spec, LibraryPtr library,
               std::uint64_t number, Owner& owner);
    Generation(const Generation&) = delete;
    Generation& operator=(const Generation&) = delete;
    ~Generation() override;

    void start();
    /// `job.call.config` is the step's `with`. The job ends at once if the options are wrong.
    void submit(Job job);
    bool cancel(CallId call, CancelReason reason);
    /// The jobs that no worker has yet.
    std::deque<Job> takeQueue();
    /// Asks the plugin how it is unless that is known freshly or no worker has room.
    void refreshHealth();

    enum class Leaving { AfterCalls, Now };
    /// Ends the workers, after the jobs that they have; generationEmpty follows, maybe before this returns. Before it
    /// `takeQueue`.
    void leave(Leaving how);
    /// Leaves by itself once it had no calls for so long; there may be more until then.
    void leaveWhenIdle(Duration patience);

    const PluginSpec& spec() const { return spec_; }
    const LibraryPtr& library() const { return library_; }
    const std::string& build() const { return library_->build; }
    std::uint64_t number() const { return number_; }
    BuildName name() const;
    PluginState state() const { return state_; }
    bool leaving() const { return leaving_; }
    std::size_t running() const;
    std::size_t queued() const { return queue_.size(); }
    bool idle() const { return queue_.empty() && running() == 0; }
    /// Why it is broken, or what its last worker died of; may be empty.
    const std::string& sentence() const { return sentence_; }
    /// Fills in what a build knows of itself.
    void addTo(PluginStatus& status) const;
    /// A line in the log about the plugin.
    void note(PluginLogLevel level, const std::string& text);

private:
    void workerConfined(Worker& worker, SandboxReport report) override;
    void workerLoaded(Worker& worker, PluginDescription description) override;
    void workerRefused(Worker& worker, std::string sentence) override;
    void workerProgressed(CallId call, double fraction, std::string message) override;
    void workerFreed(Worker& worker) override;
    void workerReturned(Job job) override;
    void workerOverran(Worker& worker) override;
    void workerWorn(Worker& worker) override;
    void workerFell(Worker& worker, const Death& death) override;
    void workerDied(Worker& worker, const Death& death) override;

    /// True as long as the plugin's code is to run in the daemon.
    bool inproc() const { return spec_.isolation == Isolation::Inproc && !movedOut_; }
    Worker::Shared shared() { return {loop_, options_, services_, spec_, secrets_, *this}; }
    void spawn();
    void bringIn(Worker& probe);
    void moveOut(const std::string& why);
    void spawnLater();
    void letWornGo();
    void afterDeath(const Death& death);
    void tryAgain(const std::string& sentence);
    bool anyReady() const;
    void breakDown(std::string sentence);
    void dispatch();
    Worker* roomiest();
    bool startHealth(Job job);
    void counted();

    EventLoop& loop_;
    const HostOptions& options_;
    HostServices& services_;
    const PluginSpec spec_;
    const LibraryPtr library_;
    const std::uint64_t number_;
    Owner& owner_;
    SecretSet secrets_;
    MergedConfigs configs_;
    HealthRound health_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::deque<Job> queue_;
    std::shared_ptr<const PluginDescription> description_;
    std::optional<Asked> asked_;
    std::optional<SandboxReport> sandbox_;  ///< of the last worker
    PluginState state_ = PluginState::Loading;
    std::string sentence_;
    bool leaving_ = false;
    bool movedOut_ = false;  ///< `isolation: inproc`, but it has misbehaved: workers from now on
    std::uint64_t restarts_ = 0;
    std::uint32_t deathsInARow_ = 0;      ///< without a finished call between
    std::uint32_t loadDeathsInARow_ = 0;  ///< before the handshake
    bool wanting_ = false;                ///< the last attempt to start a worker failed; none has loaded since
    EventLoop::TimerId respawn_;
    std::optional<Duration> patience_;  ///< as `leaveWhenIdle` said
    EventLoop::TimerId goodbye_;        ///< when it is over
};

}  // namespace stepd::host
