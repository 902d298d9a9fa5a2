#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "host/call_link.h"
#include "host/call_meter.h"
#include "host/call_tokens.h"
#include "host/event_loop.h"
#include "host/fetch_desk.h"
#include "host/invoker.h"
#include "host/line_capture.h"
#include "host/log_tail.h"
#include "host/plugin_spec.h"
#include "host/recycling.h"
#include "host/secret_set.h"
#include "host/symbolizer.h"

namespace stepd::host {

/// Work for a worker: a step call, or a question to the plugin. `config` is merged and holds its secrets.
struct Job {
    CallKind kind = CallKind::Execute;
    StepCall call;
    std::shared_ptr<const std::string> config;
    std::function<void(StepResult)> done;  ///< exactly once
};

/// A loaded plugin at the other end of a link and the calls it has: deadlines, cancelling, services, results. Confined
/// to the loop's thread.
class Worker final : private CallLink::Owner {
public:
    /// What a worker reports. It may be destroyed only after `workerDied` has returned.
    class Owner {
    public:
        virtual ~Owner() = default;
        virtual void workerConfined(Worker& worker, SandboxReport report) = 0;
        virtual void workerLoaded(Worker& worker, PluginDescription description) = 0;
        virtual void workerRefused(Worker& worker, std::string sentence) = 0;
        virtual void workerProgressed(CallId call, double fraction, std::string message) = 0;
        /// A job has ended; there may be room for another.
        virtual void workerFreed(Worker& worker) = 0;
        /// It has a job that the plugin has surely not seen, and cannot do it.
        virtual void workerReturned(Job job) = 0;
        /// A call that it was told to stop goes on, and it cannot be killed. The job has ended all the same.
        virtual void workerOverran(Worker& worker) = 0;
        /// It has done its share (`recycle`) and goes on until `leave`.
        virtual void workerWorn(Worker& worker) = 0;
        /// It is as good as gone and takes no more jobs: another may take its place. Those that it has may end later.
        virtual void workerFell(Worker& worker, const Death& death) = 0;
        /// After that, and after the jobs it held have ended.
        virtual void workerDied(Worker& worker, const Death& death) = 0;
    };

    /// What all workers of a plugin share; outlives them.
    struct Shared {
        EventLoop& loop;
        const HostOptions& options;
        HostServices& services;
        const PluginSpec& spec;
        SecretSet& secrets;
        Owner& owner;
    };

    /// Starts the process. Throws Error{System}.
    Worker(const Shared& shared, const FileDescriptor& library);
    /// Loads the plugin into the daemon.
    struct Inproc {};
    Worker(const Shared& shared, FileDescriptor library, Inproc);
    ~Worker() override;

    Isolation isolation() const { return isolation_; }
    /// Of the library that it has (build_id.h).
    const std::string& buildId() const { return buildId_; }
    /// It was told to leave: its death is no surprise.
    bool leaving() const { return leaving_; }
    /// workerWorn was said.
    bool worn() const { return worn_; }
    /// Nobody has to take its place.
    bool stays() const { return !leaving_ && !fallen_ && !worn_; }
    bool ready() const { return loaded_ && !leaving_ && link_->alive(); }
    std::size_t jobs() const { return jobs_.size(); }
    bool hasRoom() const { return ready() && jobs_.size() < callsAtOnce_; }

    /// Only with room. Its timeout begins now. Gives the job back if the worker turns out to be gone.
    std::optional<Job> start(Job job);
    /// False if it has no such call.
    bool cancel(CallId call, CancelReason reason);
    /// Takes no more jobs and ends when it has none.
    void leave();
    /// `leave`, and the jobs are told to stop.
    void leaveNow();

private:
    enum class Stage { Running, Asked, Killing };
    struct Active {
        Job job;
        Duration timeout{};
        Stage stage = Stage::Running;
        CancelReason reason{};
        EventLoop::TimerId timer;
        std::string denied;       ///< the first thing that the sandbox has refused to it
        EventLoop::TimerId look;  ///< at its processor time, where that is limited
        Instant sent{};
        CallMeter meter;
        std::optional<StepResult> verdict;  ///< it went beyond a limit, and ends like this whatever it says
    };
    using MakeLink = std::function<std::unique_ptr<CallLink>(CallLink::Owner&)>;
    Worker(const Shared& shared, Isolation isolation, std::string buildId, FileDescriptor library,
           const MakeLink& makeLink);

    using Actives = std::unordered_map<std::uint64_t, Active>;

    void linkConfined(SandboxReport report) override;
    void linkDenied(const Refusal& refusal) override;
    void linkLoaded(PluginDescription description) override;
    void linkRefused(std::string sentence) override;
    std::string linkEnded(std::uint64_t token, ResultMessage message) override;
    std::string linkLogged(std::uint64_t token, LogMessage line) override;
    std::string linkProgressed(std::uint64_t token, ProgressMessage note) override;
    std::string linkFetches(std::uint64_t token, HttpRequestMessage request, std::size_t bytes) override;
    std::string linkMeasured(std::uint64_t token, Usage usage) override;
    std::string linkAsksSecret(std::uint64_t token, SecretRequestMessage request) override;
    void linkOutput(LogSource source, std::string line) override;
    void linkDied(const Death& death) override;

    Duration grace() const { return shared_.spec.grace.value_or(shared_.options.cancelGrace); }
    void ask(Actives::value_type& entry, CancelReason reason);
    void lookAtCpu(std::uint64_t token, Duration delay);
    bool mayAsk(Actives::value_type& entry, std::size_t times);
    void overdrawn(Actives::value_type& entry, CancelReason reason, StepResult verdict);
    void answered(std::uint64_t token, HttpReplyMessage reply);
    void force(std::uint64_t token);
    void abandon(std::uint64_t token);
    void end(Actives::iterator at, StepResult result, const Usage& usage = {});
    void fetchDenied(std::uint64_t token, const std::string& sentence);
    void noteDenial(std::uint64_t token, const std::string& sentence, const std::string& kind);
    Active* deniedOne(std::uint64_t token);
    bool blamed(const Actives::value_type& entry, const Death& death) const;
    StepResult resultAfterDeath(const Actives::value_type& entry, const Death& death) const;
    void fall(const Death& death);
    void lookAtWear(const StepResult* result);
    void endBlamed(const Death& death);
    void log(const PluginLog& line, std::uint64_t token = 0);

    const Shared shared_;
    const Isolation isolation_;
    const std::string buildId_;
    std::unique_ptr<CallLink> link_;
    const FileDescriptor library_;  ///< of a process: its frames may have to be named
    LogTail tail_;
    std::unique_ptr<Symbolizer> symbolizer_;  ///< the process is dead; of what, is being looked up
    CallTokens tokens_;
    std::shared_ptr<FetchDesk> fetches_;
    LineLimiter limiter_;
    Actives jobs_;
    std::uint32_t callsAtOnce_ = 1;
    std::int64_t cpuTold_ = 0;      ///< of the calls that have ended
    Usage untold_;                  ///< of the only call that it had when it died
    std::set<std::string> denied_;  ///< kinds of refusals that a line in the log has told of
    std::string deniedLoading_;
    bool loaded_ = false;
    bool leaving_ = false;
    bool fallen_ = false;
    bool worn_ = false;
    Wear wear_;
    EventLoop::TimerId age_;
};

}  // namespace stepd::host
