#include "host/worker_link.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/units.h"
#include "host/call_board.h"
#include "host/program_file.h"

namespace stepd::host {
namespace {
constexpr int kFramesPerTurn = 64;  // so that one talkative worker does not starve the others
constexpr int kReadsPerTurn = 16;
constexpr std::size_t kMaxUnsentPackets = 4096;
constexpr std::size_t kMaxUnsentBytes = 2 * kMaxFrameBytes;  // a largest frame may wait behind others

HostOptions withProgramFor(const PluginSpec& spec, HostOptions options) {
    if (!spec.exec.empty())
        options.workerProgram =
            std::filesystem::path(options.workerProgram).replace_filename("stepd-exec-worker").string();
    return options;
}

}  // namespace

WorkerLink::WorkerLink(EventLoop& loop, const HostOptions& options, const PluginSpec& spec,
                       const FileDescriptor& library, Owner& owner)
    : loop_(loop),
      options_(options),
      owner_(owner),
      process_(withProgramFor(spec, options), library),
      refusals_(process_.board()),
      channel_(process_.takeChannel()),
      stdout_([this](std::string line) { owner_.linkOutput(LogSource::Stdout, std::move(line)); }),
      stderr_([this](std::string line) { owner_.linkOutput(LogSource::Stderr, std::move(line)); }) {
    PluginLimits limits = spec.limits;
    joinGroup(limits);  // may throw: nobody must know us yet
    channelWatch_ = loop_.watch(channel_.descriptor(), EPOLLIN, [this](std::uint32_t events) {
        if ((events & EPOLLOUT) != 0) writeChannel();
        if ((events & ~EPOLLOUT) != 0) readChannel();
    });
    stdoutWatch_ = loop_.watch(process_.stdoutPipe(), EPOLLIN,
                               [this](std::uint32_t) { readPipe(process_.stdoutPipe(), stdoutWatch_, stdout_); });
    stderrWatch_ = loop_.watch(process_.stderrPipe(), EPOLLIN,
                               [this](std::uint32_t) { readPipe(process_.stderrPipe(), stderrWatch_, stderr_); });
    processWatch_ = loop_.watch(process_.pidfd(), EPOLLIN, [this](std::uint32_t) { processEnded(); });
    const Duration loadTimeout = spec.loadTimeout.value_or(options_.loadTimeout);
    timer_ = loop_.after(loadTimeout, [this, loadTimeout] {
        kill(DeathCause::LoadTimeout, "did not finish loading within " + toText(loadTimeout));
    });
    LoadMessage load{spec.threads,
                     spec.maxOutputBytes(),
                     options_.instancesKept,
                     limits,
                     sandboxOrder(spec, process_.temporaryDirectory()),
                     {}};
    if (!spec.exec.empty()) load.program = programOf(spec, options_).words;
    send(FrameType::Load, 0, load);
}

WorkerLink::~WorkerLink() {
    loop_.cancel(timer_);
    loop_.cancel(sending_);
    for (const auto watch : {channelWatch_, stdoutWatch_, stderrWatch_, processWatch_}) loop_.unwatch(watch);
}

/// Before it loads the plugin. What its group bounds, it need not bound itself.
void WorkerLink::joinGroup(PluginLimits& limits) {
    if (options_.groupHome.empty()) return;
    group_ = std::make_unique<WorkerGroup>(options_.groupHome, "worker-" + std::to_string(pid()), limits);
    group_->add(pid());
    if (group_->limitsMemory()) limits.memoryBytes = 0;
    if (group_->limitsThreads()) limits.threads = 0;
}

void WorkerLink::cancel(std::uint64_t token, CancelMessage cancel) {
    if (send(FrameType::Cancel, token, cancel) == Put::Taken && !watchesWrites_) writeChannel();
}

void WorkerLink::sendSoon() {
    if (watchesWrites_ || channel_.unsentBytes() > kMaxUnsentBytes) {
        // It has been full before: what it does not read must stay bounded.
        if (channel_.unsentPackets() > kMaxUnsentPackets || channel_.unsentBytes() > kMaxUnsentBytes)
            violate("does not read its channel");
    } else if (channel_.unsentPackets() > 1) {
        writeChannel();
    } else if (sending_ == EventLoop::TimerId{}) {
        sending_ = loop_.after(0s, [this] { writeChannel(); });
    }
}

void WorkerLink::writeChannel() {
    loop_.cancel(std::exchange(sending_, {}));
    Sent sent = Sent::Closed;
    try {
        sent = channel_.flush();
    } catch (const Error& error) {  // no memory or descriptors for a large body: the worker pays, not the daemon
        dropUnsent();
        return kill(DeathCause::Exited, std::string("cannot be sent its call: ") + error.what());
    }
    if (sent == Sent::Closed) {  // reading tells why
        hungUp_ = true;
        dropUnsent();
    }
    watchWrites(sent == Sent::WouldBlock);
}

void WorkerLink::dropUnsent() {
    const auto calls = channel_.dropUnsent(FrameType::Call);
    unsentCalls_.insert(unsentCalls_.end(), calls.begin(), calls.end());
}

void WorkerLink::watchWrites(bool wanted) {
    if (watchesWrites_ == wanted) return;
    watchesWrites_ = wanted;
    loop_.change(channelWatch_, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void WorkerLink::readChannel() {
    Frame frame;
    // A packet is taken whole: the kernel would not tell us of what is left of it.
    for (int i = 0; (i < kFramesPerTurn || channel_.hasReceived()) && channelWatch_ != 0; ++i) {
        switch (channel_.receive(frame)) {
            case Received::Frame: handle(frame); break;
            case Received::Nothing: return;
            case Received::Violation: return violate(channel_.violation());
            case Received::Closed:
                hungUp_ = true;
                loop_.unwatch(std::exchange(channelWatch_, 0));
                if (!dead_) killAfter(options_.termGrace, DeathCause::Violation, "closed its channel and did not end");
                return;
        }
    }
}

void WorkerLink::passRefusals() {
    for (const auto& refusal : refusals_.takeNew()) owner_.linkDenied(refusal);
}

void WorkerLink::handle(const Frame& frame) {
    passRefusals();
    if (frame.type == FrameType::Confined && !loaded_) {
        auto report = decode<SandboxReport>(frame.body);
        if (!report) return violate("sent a malformed report of its sandbox");
        return owner_.linkConfined(std::move(*report));
    }
    if (frame.type == FrameType::LastWords) {
        auto message = decode<LastWordsMessage>(frame.body);
        if (!message || message->sentence.size() > kMaxTextBytes) return violate("sent malformed last words");
        lastWords_ = std::move(message->sentence);
        return;
    }
    if (frame.type == FrameType::Hello && !loaded_) {
        auto description = decode<PluginDescription>(frame.body);
        if (!description || frame.token != 0) return violate("sent a malformed greeting");
        loaded_ = true;
        loop_.cancel(timer_);
        return owner_.linkLoaded(std::move(*description));
    }
    if (frame.type == FrameType::LoadFailed && !loaded_) {
        auto message = decode<LoadFailedMessage>(frame.body);
        if (!message) return violate("sent a malformed refusal");
        doom_ = DeathCause::Killed;
        return owner_.linkRefused(std::move(message->sentence));
    }
    if (!loaded_) return violate("spoke before its greeting");
    if (auto wrong = handleCall(frame); !wrong.empty()) violate(std::move(wrong));
}

template <typename Message>
std::string WorkerLink::pass(const Frame& frame, const char* what, std::string (Owner::*to)(std::uint64_t, Message)) {
    auto message = decode<Message>(frame.body);
    if (!message) return std::string("sent a malformed ") + what;
    return (owner_.*to)(frame.token, std::move(*message));
}

std::string WorkerLink::handleCall(const Frame& frame) {
    switch (frame.type) {
        case FrameType::Result: return pass<ResultMessage>(frame, "result", &Owner::linkEnded);
        case FrameType::Log: return pass<LogMessage>(frame, "log line", &Owner::linkLogged);
        case FrameType::Measured: return pass<Usage>(frame, "measurement", &Owner::linkMeasured);
        case FrameType::Progress: return pass<ProgressMessage>(frame, "progress note", &Owner::linkProgressed);
        case FrameType::SecretRequest:
            return pass<SecretRequestMessage>(frame, "secret request", &Owner::linkAsksSecret);
        case FrameType::HttpRequest: {
            auto message = decode<HttpRequestMessage>(frame.body);
            if (!message) return "sent a malformed HTTP request";
            return owner_.linkFetches(frame.token, std::move(*message), frame.body.size());
        }
        default: return "sent a frame of an unknown type";
    }
}

void WorkerLink::readPipe(int fd, EventLoop::WatchId& watch, LineCapture& capture) {
    std::array<char, 4096> buffer{};
    for (int i = 0; i < kReadsPerTurn && watch != 0; ++i) {
        const auto n = ::read(fd, buffer.data(), buffer.size());
        if (n > 0) {
            capture.feed({buffer.data(), static_cast<std::size_t>(n)});
        } else {
            if (n == 0) loop_.unwatch(std::exchange(watch, 0));
            return;
        }
    }
}

void WorkerLink::processEnded() {
    const auto status = process_.reap();
    if (!status) return;
    // What it said before it died counts: a result may lie in the socket.
    loop_.unwatch(std::exchange(processWatch_, 0));
    loop_.cancel(timer_);
    dead_ = true;
    const bool oomKilled = group_ && group_->oomKilled();
    if (group_) group_->kill();  // those that have left its process group
    while (channelWatch_ != 0 && !(doom_ == DeathCause::Violation)) {
        Frame frame;
        const auto received = channel_.receive(frame);
        if (received != Received::Frame) break;
        handle(frame);
    }
    passRefusals();
    // A thread that blocks SIGSYS cannot have it handled: the kernel ends the process.
    if (!doom_ && status->signalled && status->number == SIGSYS) doom_ = DeathCause::Denied;
    readPipe(process_.stdoutPipe(), stdoutWatch_, stdout_);
    readPipe(process_.stderrPipe(), stderrWatch_, stderr_);
    stdout_.flush();
    stderr_.flush();
    dropUnsent();
    const std::string own = lastWords_.empty() ? status->text() : "ended: " + lastWords_;
    const std::string end = why_.empty() ? own : why_ + " and " + own;
    std::string hint;
    if (!doom_ && status->signalled && status->number == SIGKILL)
        hint = oomKilled ? "; it had used up its memory" : "; the kernel may have run out of memory";
    auto crash = readCrash(process_.board());
    // Only a note about what the kernel says too; and what we did is known.
    if (crash && (doom_ || !status->signalled || status->number != crash->signal)) crash.reset();
    owner_.linkDied({.cause = doom_.value_or(DeathCause::Exited),
                     .sentence = "worker " + std::to_string(process_.pid()) + " " + end + hint,
                     .signal = status->signalled ? status->number : 0,
                     .exit = lastWords_.empty() ? status->text() : lastWords_,
                     .cpuNs = status->cpuNs,
                     .oomKilled = oomKilled && !doom_,
                     .loaded = loaded_,
                     .running = readBoard(process_.board()),
                     .unsent = std::move(unsentCalls_),
                     .crash = std::move(crash)});
}

void WorkerLink::close() {
    if (dead_ || closed_) return;
    closed_ = true;
    dropUnsent();
    ::shutdown(channel_.descriptor(), SHUT_WR);
    doom_ = DeathCause::Killed;
    killAfter(options_.termGrace, DeathCause::Killed, "did not end when asked");
}

bool WorkerLink::terminate(std::string why) {
    if (dead_) return true;
    if (!doom_) doom_ = DeathCause::Killed;
    if (why_.empty()) why_ = std::move(why);
    process_.signal(SIGTERM);
    killAfter(options_.termGrace, *doom_, why_);
    return true;
}

void WorkerLink::violate(std::string why) {
    kill(DeathCause::Violation, "broke the protocol (" + why + ")");
}

void WorkerLink::killAfter(Duration delay, DeathCause cause, const std::string& why) {
    loop_.cancel(timer_);
    timer_ = loop_.after(delay, [this, cause, why] { kill(cause, why); });
}

void WorkerLink::kill(DeathCause cause, std::string why) {
    if (doom_ != DeathCause::Violation) doom_ = cause;
    if (why_.empty()) why_ = std::move(why);
    if (cause == DeathCause::Violation) dropUnsent();
    // Nothing that it still says is of interest; its end arrives at the pidfd.
    if (cause == DeathCause::Violation) loop_.unwatch(std::exchange(channelWatch_, 0));
    process_.signal(SIGKILL);
    if (group_) group_->kill();
}

}  // namespace stepd::host
