#include "host/worker.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "host/result_check.h"

namespace stepd::host {
namespace {

PluginLog lineOf(const StepCall& call, LogSource source, PluginLogLevel level, std::string text) {
    return {.source = source,
            .level = level,
            .requestId = call.requestId,
            .eventId = call.eventId,
            .runId = call.runId,
            .stepId = call.stepId,
            .attempt = call.attempt,
            .text = std::move(text)};
}

/// What a worker cannot guess of another one's calls.
std::uint64_t randomToken() {
    std::uint64_t token = 0;
    while (token == 0)
        if (::getrandom(&token, sizeof token, 0) != sizeof token) throwErrno(errno, "cannot get random bytes");
    return token;
}

CallMessage messageOf(const Job& job, Instant deadline) {
    const StepCall& call = job.call;
    CallMessage message;
    message.kind = job.kind;
    message.step = call.step;
    message.config = job.config;
    message.input = call.input;
    message.runId = call.runId;
    message.eventId = call.eventId;
    message.stepId = call.stepId;
    message.idempotencyKey = call.idempotencyKey;
    message.resumeToken = call.resumeToken;
    message.previousError = call.previousError;
    message.attempt = call.attempt;
    message.attemptsLeft = call.attemptsLeft;
    message.runStartedNs = Duration(call.runStartedAt.time_since_epoch()).count();
    message.deadlineNs = deadline.time_since_epoch().count();
    return message;
}

StepResult timedOut(Duration timeout, std::string code, const std::string& more) {
    return failure(OutcomeClass::Timeout, std::move(code), "the step did not finish within " + toText(timeout) + more);
}

}  // namespace

Worker::Worker(const Shared& shared, const FileDescriptor& library)
    : shared_(shared),
      link_(shared.loop, shared.options, shared.spec, library, *this),
      fetches_(std::make_shared<FetchDesk>(shared.loop, shared.services,
                                           [this](std::uint64_t token, HttpReplyMessage reply) {
                                               link_.send(FrameType::HttpReply, token, encode(std::move(reply)));
                                           })),
      limiter_(shared.options.logLinesPerSecond) {}

Worker::~Worker() {
    fetches_->close();
    for (const auto& [token, active] : jobs_) shared_.loop.cancel(active.timer);
}

std::optional<Job> Worker::start(Job job) {
    constexpr Duration kMaxTimeout = 24h * 365;  // what is added to a clock must not overflow
    Duration timeout = std::min(job.call.timeout, kMaxTimeout);
    if (shared_.spec.maxTimeout) timeout = std::min(timeout, *shared_.spec.maxTimeout);
    const Instant deadline = shared_.loop.now() + timeout;
    const std::uint64_t token = randomToken();
    std::string body = encode(messageOf(job, deadline));
    if (body.size() > kMaxFrameBytes) {
        job.done(failure(OutcomeClass::InvalidInput, "input_too_large", "the input is larger than a worker takes"));
        return std::nullopt;
    }
    if (!link_.send(FrameType::Call, token, std::move(body))) return job;
    Active& active = jobs_[token];
    active.job = std::move(job);
    active.timeout = timeout;
    active.timer = shared_.loop.at(deadline, [this, token] {
        if (const auto at = jobs_.find(token); at != jobs_.end()) ask(*at, CancelReason::Timeout);
    });
    return std::nullopt;
}

bool Worker::cancel(CallId call, CancelReason reason) {
    const auto at =
        std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& entry) { return entry.second.job.call.id == call; });
    if (at == jobs_.end()) return false;
    ask(*at, reason);
    return true;
}

void Worker::ask(Actives::value_type& entry, CancelReason reason) {
    auto& [token, active] = entry;
    if (active.stage != Stage::Running) return;
    active.stage = Stage::Asked;
    active.reason = reason;
    fetches_->drop(token);
    link_.send(FrameType::Cancel, token, encode(CancelMessage{static_cast<std::int32_t>(reason)}));
    shared_.loop.cancel(active.timer);
    active.timer = shared_.loop.after(shared_.options.cancelGrace, [this, key = token] { force(key); });
}

void Worker::force(std::uint64_t token) {
    Active& active = jobs_.at(token);
    if (active.job.kind == CallKind::Health && jobs_.size() > 1) {  // nobody's call is lost for a question
        active.timer = shared_.loop.after(shared_.options.cancelGrace, [this, token] { force(token); });
        return;
    }
    active.stage = Stage::Killing;
    link_.terminate("did not stop a call when told to");
}

void Worker::leave() {
    leaving_ = true;
    if (jobs_.empty()) link_.close();
}

void Worker::leaveNow() {
    leaving_ = true;
    for (auto& entry : jobs_) ask(entry, CancelReason::Shutdown);
    if (jobs_.empty()) link_.close();
}

void Worker::end(Actives::iterator at, StepResult result) {
    fetches_->drop(at->first);
    shared_.loop.cancel(at->second.timer);
    const Job job = std::move(at->second.job);
    jobs_.erase(at);
    job.done(std::move(result));
}

void Worker::linkLoaded(PluginDescription description) {
    loaded_ = true;
    callsAtOnce_ = description.callsAtOnce(shared_.spec.threads);
    shared_.owner.workerLoaded(*this, std::move(description));
}

void Worker::linkRefused(std::string sentence) {
    shared_.owner.workerRefused(*this, std::move(sentence));
}

std::string Worker::linkFrame(const Frame& frame) {
    const auto at = jobs_.find(frame.token);
    if (at == jobs_.end()) return "spoke of a call that it does not have";
    Active& active = at->second;
    if (frame.type == FrameType::Result) return takeResult(at, frame);
    if (frame.type == FrameType::SecretRequest) return takeSecretRequest(active, frame);
    if (frame.type == FrameType::HttpRequest) {
        auto message = decode<HttpRequestMessage>(frame.body);
        if (!message) return "sent a malformed HTTP request";
        // Told to stop: the worker answers the plugin itself.
        if (active.stage != Stage::Running) return {};
        return fetches_->start(frame.token, std::move(*message), frame.body.size());
    }
    if (frame.type == FrameType::Log) {
        const auto message = decode<LogMessage>(frame.body);
        if (!message || message->level < 0 || message->level > 3) return "sent a malformed log line";
        log(lineOf(active.job.call, LogSource::Plugin, static_cast<PluginLogLevel>(message->level), message->text));
        return {};
    }
    if (frame.type == FrameType::Progress) {
        auto message = decode<ProgressMessage>(frame.body);
        if (!message || !(message->fraction <= 1)) return "sent a malformed progress note";
        shared_.secrets.scrub(message->text);
        if (active.job.kind == CallKind::Execute)
            shared_.owner.workerProgressed(active.job.call.id, message->fraction, quotedForLog(message->text));
        return {};
    }
    return "sent a frame of an unknown type";
}

std::string Worker::takeResult(Actives::iterator at, const Frame& frame) {
    auto message = decode<ResultMessage>(frame.body);
    if (!message) return "sent a malformed result";
    auto [result, violation] = checkResult(std::move(*message), shared_.options.maxOutputBytes, shared_.secrets);
    if (!violation.empty()) return violation;
    const Active& active = at->second;
    if (active.stage != Stage::Running && active.reason == CancelReason::Timeout) {
        // The deadline is hard, but what a long step saved on its way out is kept for the next attempt.
        auto token = std::move(result.resumeToken);
        result = timedOut(active.timeout, "deadline", "");
        result.resumeToken = std::move(token);
    } else if (active.stage != Stage::Running && result.outcome != OutcomeClass::Ok) {
        result.outcome = result.error.outcome = OutcomeClass::Cancelled;
    }
    end(at, std::move(result));
    if (leaving_ && jobs_.empty())
        link_.close();
    else
        shared_.owner.workerFreed(*this);
    return {};
}

std::string Worker::takeSecretRequest(Active& active, const Frame& frame) {
    const auto message = decode<SecretRequestMessage>(frame.body);
    if (!message) return "sent a malformed request for a secret";
    if (!shared_.secrets.granted(message->name))
        log(lineOf(active.job.call, LogSource::Host, PluginLogLevel::Warn,
                   "asked for the secret '" + message->name + "', which is not granted to it"));
    auto value = shared_.secrets.read(message->name);
    link_.send(FrameType::SecretReply, frame.token,
               encode(SecretReplyMessage{message->id, value.has_value(), value.value_or("")}));
    return {};
}

void Worker::linkOutput(LogSource source, std::string line) {
    log({.source = source,
         .level = source == LogSource::Stderr ? PluginLogLevel::Warn : PluginLogLevel::Info,
         .text = std::move(line)});
}

void Worker::log(const PluginLog& from) {
    const Instant now = shared_.loop.now();
    if (const auto dropped = limiter_.takeDropped(now); dropped != 0)
        shared_.services.log({.plugin = shared_.spec.name,
                              .source = LogSource::Host,
                              .level = PluginLogLevel::Warn,
                              .text = std::to_string(dropped) + " lines were dropped"});
    if (!limiter_.admit(now)) return;
    PluginLog line = from;
    line.plugin = shared_.spec.name;
    shared_.secrets.scrub(line.text);
    line.text = quotedForLog(line.text);
    shared_.services.log(line);
}

StepResult Worker::resultAfterDeath(const Active& active, const Death& death) const {
    const bool told =
        active.stage == Stage::Killing || (active.stage == Stage::Asked && death.cause == DeathCause::Killed);
    if (told && active.reason == CancelReason::Timeout)
        return timedOut(active.timeout, "killed", " and did not stop when told to: its worker was killed");
    if (told)
        return failure(OutcomeClass::Cancelled, "killed", "the step did not stop when told to: its worker was killed");
    if (death.cause == DeathCause::Killed)
        return failure(OutcomeClass::Lost, "worker_lost", "another call in the same worker had to be killed");
    return failure(OutcomeClass::Crash, "crash", quotedForLog(death.sentence));
}

void Worker::linkDied(const Death& death) {
    loaded_ = false;
    fetches_->close();
    while (!jobs_.empty()) end(jobs_.begin(), resultAfterDeath(jobs_.begin()->second, death));
    shared_.owner.workerDied(*this, death);
}

}  // namespace stepd::host
