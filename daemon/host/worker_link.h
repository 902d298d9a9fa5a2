#pragma once

#include <memory>
#include <optional>
#include <string>

#include "host/call_board.h"
#include "host/call_link.h"
#include "host/cgroup.h"
#include "host/channel.h"
#include "host/event_loop.h"
#include "host/host_services.h"
#include "host/line_capture.h"
#include "host/plugin_spec.h"
#include "host/worker_process.h"

namespace stepd::host {

/// One worker process and our end of its channel: handshake, frames in both directions, captured output, death.
/// Believes nothing: a frame that does not belong kills the process (hardening R21). Frames of one turn of the loop go
/// out together at its end. Confined to the loop's thread.
class WorkerLink final : public CallLink {
public:
    /// Starts the process. Throws Error{System}.
    WorkerLink(EventLoop& loop, const HostOptions& options, const PluginSpec& spec, const FileDescriptor& library,
               Owner& owner);
    WorkerLink(const WorkerLink&) = delete;
    WorkerLink& operator=(const WorkerLink&) = delete;
    ~WorkerLink() override;

    pid_t pid() const override { return process_.pid(); }
    /// False once it is dead, or we end it.
    bool alive() const override { return !dead_ && !closed_ && !hungUp_ && !doom_; }
    Put call(std::uint64_t token, CallView call) override { return send(FrameType::Call, token, call); }
    /// Goes out at once, with what waited for the end of the turn.
    void cancel(std::uint64_t token, CancelMessage cancel) override;
    void reply(std::uint64_t token, HttpReplyMessage reply) override { send(FrameType::HttpReply, token, reply); }
    void reply(std::uint64_t token, SecretReplyMessage reply) override { send(FrameType::SecretReply, token, reply); }
    void measure(std::uint64_t token) override {
        MeasureMessage question;
        send(FrameType::Measure, token, question);
    }
    /// It ends when the channel closes, or is killed after the grace.
    void close() override;
    /// SIGTERM to its process group, after the grace SIGKILL.
    bool terminate(std::string why) override;

private:
    template <typename Message>
    Put send(FrameType type, std::uint64_t token, Message& message) {
        if (dead_ || closed_ || hungUp_) return Put::Gone;
        if (!channel_.put(type, token, message)) return Put::TooLarge;
        sendSoon();
        return hungUp_ ? Put::Gone : Put::Taken;
    }
    void sendSoon();
    void writeChannel();
    void watchWrites(bool wanted);
    void dropUnsent();
    void readChannel();
    void handle(const Frame& frame);
    void passRefusals();
    template <typename Message>
    std::string pass(const Frame& frame, const char* what, std::string (Owner::*to)(std::uint64_t, Message));
    std::string handleCall(const Frame& frame);
    /// SIGKILL now.
    void violate(std::string why);
    void readPipe(int fd, EventLoop::WatchId& watch, LineCapture& capture);
    void joinGroup(PluginLimits& limits);
    void processEnded();
    void killAfter(Duration delay, DeathCause cause, const std::string& why);
    void kill(DeathCause cause, std::string why);

    EventLoop& loop_;
    const HostOptions& options_;
    Owner& owner_;
    WorkerProcess process_;
    std::unique_ptr<WorkerGroup> group_;  ///< null: control groups are not handed to us
    RefusalReader refusals_;
    Channel channel_;
    LineCapture stdout_, stderr_;
    EventLoop::WatchId channelWatch_ = 0, processWatch_ = 0, stdoutWatch_ = 0, stderrWatch_ = 0;
    EventLoop::TimerId timer_;    ///< of loading, then of killing
    EventLoop::TimerId sending_;  ///< at the end of this turn
    bool watchesWrites_ = false;
    std::vector<std::uint64_t> unsentCalls_;  ///< dropped before they were sent
    bool loaded_ = false;
    bool dead_ = false;
    bool closed_ = false;
    bool hungUp_ = false;             ///< it has closed its end
    std::optional<DeathCause> doom_;  ///< why we kill it
    std::string why_;
    std::string lastWords_;  ///< its own reason to end, in place of its exit code
};

}  // namespace stepd::host
