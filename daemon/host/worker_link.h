#pragma once

#include <deque>
#include <optional>
#include <string>

#include "host/channel.h"
#include "host/event_loop.h"
#include "host/host_services.h"
#include "host/line_capture.h"
#include "host/plugin_spec.h"
#include "host/worker_process.h"

namespace stepd::host {

/// Why a worker is gone.
enum class DeathCause {
    Exited,     ///< by itself: a signal of its own making, exit(), the kernel
    Killed,     ///< by us, on purpose
    Violation,  ///< by us, because it broke the protocol
    LoadTimeout,
};

struct Death {
    DeathCause cause = DeathCause::Exited;
    std::string sentence;
    bool loaded = false;  ///< after the handshake
};

/// One worker process and our end of its channel: handshake, frames in both directions, captured output, death.
/// Believes nothing: a frame that does not belong kills the process (hardening R21). Confined to the loop's thread.
class WorkerLink {
public:
    /// What the link reports. `died` is the last.
    class Owner {
    public:
        virtual ~Owner() = default;
        virtual void linkLoaded(PluginDescription description) = 0;
        virtual void linkRefused(std::string sentence) = 0;  ///< the plugin cannot be used; the process ends
        /// A frame of a call. Returns what is wrong with it, or an empty text.
        virtual std::string linkFrame(const Frame& frame) = 0;
        virtual void linkOutput(LogSource source, std::string line) = 0;
        virtual void linkDied(const Death& death) = 0;
    };

    /// Starts the process. Throws Error{System}.
    WorkerLink(EventLoop& loop, const HostOptions& options, const PluginSpec& spec, const FileDescriptor& library,
               Owner& owner);
    WorkerLink(const WorkerLink&) = delete;
    WorkerLink& operator=(const WorkerLink&) = delete;
    ~WorkerLink();

    pid_t pid() const { return process_.pid(); }
    /// False once it takes no more frames: it is dead, or we end it.
    bool alive() const { return !dead_ && !closed_ && !hungUp_ && !doom_; }
    /// False if the worker has surely not got it: it is gone. Its death is reported apart.
    bool send(FrameType type, std::uint64_t token, std::string body);
    /// Lets an idle worker go: it ends when the channel closes, or is killed after the grace.
    void close();
    /// SIGTERM to its process group, after the grace SIGKILL.
    void terminate(std::string why);
    /// SIGKILL now.
    void violate(std::string why);

private:
    void readChannel();
    void handle(const Frame& frame);
    void writeChannel();
    void forgetUnsent();
    void readPipe(int fd, EventLoop::WatchId& watch, LineCapture& capture);
    void processEnded();
    void killAfter(Duration delay, DeathCause cause, const std::string& why);
    void kill(DeathCause cause, std::string why);

    EventLoop& loop_;
    const HostOptions& options_;
    Owner& owner_;
    WorkerProcess process_;
    Channel channel_;
    LineCapture stdout_, stderr_;
    EventLoop::WatchId channelWatch_ = 0, processWatch_ = 0, stdoutWatch_ = 0, stderrWatch_ = 0;
    EventLoop::TimerId timer_;  ///< of loading, then of killing
    std::deque<Frame> unsent_;
    std::size_t unsentBytes_ = 0;
    bool loaded_ = false;
    bool dead_ = false;
    bool closed_ = false;
    bool hungUp_ = false;             ///< it has closed its end
    std::optional<DeathCause> doom_;  ///< why we kill it
    std::string why_;
};

}  // namespace stepd::host
