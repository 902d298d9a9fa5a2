#include "host/worker.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "host/inproc_link.h"
#include "host/result_check.h"
#include "host/worker_link.h"

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

CallView viewOf(const Job& job, Instant deadline) {
    const StepCall& call = job.call;
    return {.kind = job.kind,
            .step = call.step,
            .config = *job.config,
            .input = call.input,
            .runId = call.runId,
            .eventId = call.eventId,
            .stepId = call.stepId,
            .idempotencyKey = call.idempotencyKey,
            .resumeToken = call.resumeToken,
            .previousError = call.previousError,
            .attempt = call.attempt,
            .attemptsLeft = call.attemptsLeft,
            .runStartedNs = Duration(call.runStartedAt.time_since_epoch()).count(),
            .deadlineNs = deadline.time_since_epoch().count()};
}

bool contains(const std::vector<std::uint64_t>& tokens, std::uint64_t token) {
    return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
}

constexpr const char* kUnknownCall = "spoke of a call that it does not have";

StepResult timedOut(Duration timeout, std::string code, const std::string& more) {
    return failure(OutcomeClass::Timeout, std::move(code), "the step did not finish within " + toText(timeout) + more);
}

}  // namespace

Worker::Worker(const Shared& shared, const FileDescriptor& library)
    : Worker(shared, Isolation::Process, [&](CallLink::Owner& owner) {
          return std::make_unique<WorkerLink>(shared.loop, shared.options, shared.spec, library, owner);
      }) {}

Worker::Worker(const Shared& shared, FileDescriptor library, Inproc)
    : Worker(shared, Isolation::Inproc, [&](CallLink::Owner& owner) {
          return std::make_unique<InprocLink>(shared.loop, shared.options, shared.spec, std::move(library), owner);
      }) {}

Worker::Worker(const Shared& shared, Isolation isolation, const MakeLink& makeLink)
    : shared_(shared),
      isolation_(isolation),
      link_(makeLink(*this)),
      fetches_(std::make_shared<FetchDesk>(
          shared.loop, shared.services,
          [this](std::uint64_t token, HttpReplyMessage reply) { answered(token, std::move(reply)); })),
      limiter_(shared.options.logLinesPerSecond) {}

Worker::~Worker() {
    fetches_->close();
    for (const auto& [token, active] : jobs_)
        for (const auto& timer : {active.timer, active.look}) shared_.loop.cancel(timer);
}

std::optional<Job> Worker::start(Job job) {
    constexpr Duration kMaxTimeout = 24h * 365;  // what is added to a clock must not overflow
    Duration timeout = std::min(job.call.timeout, kMaxTimeout);
    if (shared_.spec.maxTimeout) timeout = std::min(timeout, *shared_.spec.maxTimeout);
    const Instant now = shared_.loop.now();
    const Instant deadline = now + timeout;
    const std::uint64_t token = tokens_.next();
    switch (link_->call(token, viewOf(job, deadline))) {
        case CallLink::Put::Gone: return job;
        case CallLink::Put::TooLarge:
            job.done(failure(OutcomeClass::InvalidInput, "input_too_large", "the input is larger than a worker takes"));
            return std::nullopt;
        case CallLink::Put::Taken: break;
    }
    Active& active = jobs_[token];
    active.job = std::move(job);
    active.timeout = timeout;
    active.sent = now;
    active.meter.gave(active.job.config->size() + active.job.call.input.size());
    active.timer = shared_.loop.at(deadline, [this, token] {
        if (const auto at = jobs_.find(token); at != jobs_.end()) ask(*at, CancelReason::Timeout);
    });
    // A thread cannot use more of the processor than time goes by.
    const Duration cpu = shared_.spec.limits.cpu;
    if (cpu > Duration::zero() && cpu < timeout) lookAtCpu(token, cpu);
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
    link_->cancel(token, {static_cast<std::int32_t>(reason)});
    shared_.loop.cancel(active.look);
    shared_.loop.cancel(active.timer);
    active.timer = shared_.loop.after(shared_.options.cancelGrace, [this, key = token] { force(key); });
}

void Worker::lookAtCpu(std::uint64_t token, Duration delay) {
    constexpr Duration kShortest = 10ms;
    jobs_.at(token).look = shared_.loop.after(std::max(delay, kShortest), [this, token] { link_->measure(token); });
}

std::string Worker::linkMeasured(std::uint64_t token, Usage usage) {
    const auto at = jobs_.find(token);
    if (at == jobs_.end() || at->second.stage != Stage::Running) return {};
    const Duration left = shared_.spec.limits.cpu - Duration(usage.cpuNs);
    if (left > Duration::zero()) {
        lookAtCpu(token, left);
    } else {
        overdrawn(*at, CancelReason::Timeout, tooMuchCpu(shared_.spec.limits));
    }
    return {};
}

/// Counts. False: nothing is done for the call any more.
bool Worker::mayAsk(Actives::value_type& entry, std::size_t times) {
    if (entry.second.meter.asked(times, shared_.spec.limits)) return true;
    overdrawn(entry, CancelReason::Superseded, tooManyHostCalls(shared_.spec.limits));
    return false;
}

void Worker::overdrawn(Actives::value_type& entry, CancelReason reason, StepResult verdict) {
    if (entry.second.stage != Stage::Running) return;
    entry.second.verdict = std::move(verdict);
    ask(entry, reason);
}

void Worker::force(std::uint64_t token) {
    Active& active = jobs_.at(token);
    if (active.job.kind == CallKind::Health && jobs_.size() > 1) {  // nobody's call is lost for a question
        active.timer = shared_.loop.after(shared_.options.cancelGrace, [this, token] { force(token); });
        return;
    }
    active.stage = Stage::Killing;
    if (!link_->terminate("did not stop a call when told to")) abandon(token);
}

/// The code goes on somewhere, but nobody waits for it any more.
void Worker::abandon(std::uint64_t token) {
    const auto at = jobs_.find(token);
    const Active& active = at->second;
    const std::string why = "did not stop when told to, and nothing inside the daemon can be killed";
    StepResult result = active.reason == CancelReason::Timeout
                            ? timedOut(active.timeout, "abandoned", " and " + why)
                            : failure(OutcomeClass::Cancelled, "abandoned", "the step " + why);
    end(at, active.verdict ? *active.verdict : std::move(result));
    shared_.owner.workerOverran(*this);
    if (leaving_ && jobs_.empty()) link_->close();
}

void Worker::leave() {
    leaving_ = true;
    if (jobs_.empty()) link_->close();
}

void Worker::leaveNow() {
    leaving_ = true;
    for (auto& entry : jobs_) ask(entry, CancelReason::Shutdown);
    if (jobs_.empty()) link_->close();
}

void Worker::end(Actives::iterator at, StepResult result, const Usage& usage) {
    fetches_->drop(at->first);
    for (const auto& timer : {at->second.timer, at->second.look}) shared_.loop.cancel(timer);
    at->second.meter.got(result.output.size());
    result.receipt = at->second.meter.receipt(usage, shared_.loop.now() - at->second.sent);
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

std::string Worker::linkFetches(std::uint64_t token, HttpRequestMessage request, std::size_t bytes) {
    const auto at = jobs_.find(token);
    if (at == jobs_.end()) return kUnknownCall;
    // Told to stop: the worker answers the plugin itself.
    if (at->second.stage != Stage::Running || !mayAsk(*at, request.requests.size())) return {};
    for (const FetchRequest& one : request.requests) at->second.meter.got(one.body.size());
    return fetches_->start(token, std::move(request), bytes);
}

std::string Worker::linkLogged(std::uint64_t token, LogMessage line) {
    const auto at = jobs_.find(token);
    if (at == jobs_.end()) return kUnknownCall;
    if (line.level < 0 || line.level > 3) return "sent a malformed log line";
    if (!mayAsk(*at, 1)) return {};
    log(lineOf(at->second.job.call, LogSource::Plugin, static_cast<PluginLogLevel>(line.level), std::move(line.text)));
    return {};
}

std::string Worker::linkProgressed(std::uint64_t token, ProgressMessage note) {
    const auto at = jobs_.find(token);
    if (at == jobs_.end()) return kUnknownCall;
    if (!(note.fraction <= 1)) return "sent a malformed progress note";
    if (!mayAsk(*at, 1)) return {};
    shared_.secrets.scrub(note.text);
    const Job& job = at->second.job;
    if (job.kind == CallKind::Execute)
        shared_.owner.workerProgressed(job.call.id, note.fraction, quotedForLog(note.text));
    return {};
}

std::string Worker::linkEnded(std::uint64_t token, ResultMessage message) {
    const auto at = jobs_.find(token);
    if (at == jobs_.end()) return kUnknownCall;
    const Usage usage = message.usage;
    auto [result, violation] = checkResult(std::move(message), shared_.spec.maxOutputBytes(), shared_.secrets);
    if (!violation.empty()) return violation;
    const Active& active = at->second;
    if (active.verdict || (active.stage != Stage::Running && active.reason == CancelReason::Timeout)) {
        // The deadline is hard, but what a long step saved on its way out is kept for the next attempt.
        auto saved = std::move(result.resumeToken);
        result = active.verdict ? *active.verdict : timedOut(active.timeout, "deadline", "");
        result.resumeToken = std::move(saved);
    } else if (active.stage != Stage::Running && result.outcome != OutcomeClass::Ok) {
        result.outcome = result.error.outcome = OutcomeClass::Cancelled;
    }
    end(at, std::move(result), usage);
    if (leaving_ && jobs_.empty())
        link_->close();
    else
        shared_.owner.workerFreed(*this);
    return {};
}

std::string Worker::linkAsksSecret(std::uint64_t token, SecretRequestMessage request) {
    const auto at = jobs_.find(token);
    if (at == jobs_.end()) return kUnknownCall;
    if (!mayAsk(*at, 1)) return {};
    if (!shared_.secrets.granted(request.name))
        log(lineOf(at->second.job.call, LogSource::Host, PluginLogLevel::Warn,
                   "asked for the secret '" + request.name + "', which is not granted to it"));
    auto value = shared_.secrets.read(request.name);
    at->second.meter.gave(value ? value->size() : 0);
    link_->reply(token, SecretReplyMessage{request.id, value.has_value(), value.value_or("")});
    return {};
}

void Worker::answered(std::uint64_t token, HttpReplyMessage reply) {
    if (const auto at = jobs_.find(token); at != jobs_.end()) at->second.meter.gave(reply.body.size());
    link_->reply(token, std::move(reply));
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

StepResult Worker::resultAfterDeath(const Actives::value_type& entry, const Death& death) const {
    const auto& [token, active] = entry;
    const bool told =
        active.stage == Stage::Killing || (active.stage == Stage::Asked && death.cause == DeathCause::Killed);
    if (told && active.verdict) return *active.verdict;
    if (told && active.reason == CancelReason::Timeout)
        return timedOut(active.timeout, "killed", " and did not stop when told to: its worker was killed");
    if (told)
        return failure(OutcomeClass::Cancelled, "killed", "the step did not stop when told to: its worker was killed");
    if (death.cause == DeathCause::Killed)
        return failure(OutcomeClass::Lost, "worker_lost", "another call in the same worker had to be killed");
    // Which call is to blame is known if any ran; a worker that will not tell has all of them on its conscience.
    if (!death.running.empty() && !contains(death.running, token))
        return failure(OutcomeClass::Lost, "worker_lost", "another call in the same worker made it crash");
    return failure(OutcomeClass::Crash, "crash", quotedForLog(death.sentence));
}

void Worker::linkDied(const Death& death) {
    loaded_ = false;
    fetches_->close();
    for (auto token = death.unsent.rbegin(); token != death.unsent.rend(); ++token) {  // to the front, the last first
        const auto at = jobs_.find(*token);
        // One that was told to stop is not begun anew.
        if (at == jobs_.end() || at->second.stage != Stage::Running) continue;
        for (const auto& timer : {at->second.timer, at->second.look}) shared_.loop.cancel(timer);
        Job job = std::move(at->second.job);
        jobs_.erase(at);
        shared_.owner.workerReturned(std::move(job));
    }
    while (!jobs_.empty()) end(jobs_.begin(), resultAfterDeath(*jobs_.begin(), death));
    shared_.owner.workerDied(*this, death);
}

}  // namespace stepd::host
