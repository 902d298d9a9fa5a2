#include "host/worker.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "host/build_id.h"
#include "host/crash_report.h"
#include "host/inproc_link.h"
#include "host/refusal_text.h"
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

FileDescriptor copyOf(const FileDescriptor& file) {
    return FileDescriptor(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
}

constexpr const char* kUnknownCall = "spoke of a call that it does not have";

/// A grant that cannot be read, which stepd.yaml is checked for, grants nothing.
std::shared_ptr<const NetScope> scopeOf(const PluginSpec& spec) {
    auto grant = NetGrant::parse(spec.grant.net);
    return std::make_shared<const NetScope>(
        NetScope{grant ? std::move(*grant) : NetGrant(), "plugins." + spec.name + ".grant.net"});
}

}  // namespace

Worker::Worker(const Shared& shared, const FileDescriptor& library)
    : Worker(shared, Isolation::Process, buildIdOf(library), copyOf(library), [&](CallLink::Owner& owner) {
          return std::make_unique<WorkerLink>(shared.loop, shared.options, shared.spec, library, owner);
      }) {}

Worker::Worker(const Shared& shared, FileDescriptor library, Inproc)
    : Worker(shared, Isolation::Inproc, buildIdOf(library), FileDescriptor(), [&](CallLink::Owner& owner) {
          return std::make_unique<InprocLink>(shared.loop, shared.options, shared.spec, std::move(library), owner);
      }) {}

Worker::Worker(const Shared& shared, Isolation isolation, std::string buildId, FileDescriptor library,
               const MakeLink& makeLink)
    : shared_(shared),
      isolation_(isolation),
      buildId_(std::move(buildId)),
      link_(makeLink(*this)),
      library_(std::move(library)),
      fetches_(std::make_shared<FetchDesk>(
          shared.loop, shared.services, scopeOf(shared.spec),
          [this](std::uint64_t token, HttpReplyMessage reply) { answered(token, std::move(reply)); },
          [this](std::uint64_t token, const std::string& sentence) { fetchDenied(token, sentence); })),
      limiter_(shared.options.logLinesPerSecond),
      wear_(shared.spec.recycle, shared.loop.now()) {}

Worker::~Worker() {
    fetches_->close();
    shared_.loop.cancel(age_);
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
    if (active.stage != Stage::Running || symbolizer_) return;
    active.stage = Stage::Asked;
    active.reason = reason;
    fetches_->drop(token);
    link_->cancel(token, {static_cast<std::int32_t>(reason)});
    shared_.loop.cancel(active.look);
    shared_.loop.cancel(active.timer);
    active.timer = shared_.loop.after(grace(), [this, key = token] { force(key); });
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
        active.timer = shared_.loop.after(grace(), [this, token] { force(token); });
        return;
    }
    active.stage = Stage::Killing;
    constexpr const char* kWhy = "did not stop a call when told to";
    if (!link_->terminate(kWhy)) return abandon(token);
    fall({.cause = DeathCause::Killed, .sentence = std::string("a worker ") + kWhy, .loaded = true});
}

/// The code goes on somewhere, but nobody waits for it any more.
void Worker::abandon(std::uint64_t token) {
    const auto at = jobs_.find(token);
    const Active& active = at->second;
    const std::string why = "did not stop when told to, and nothing inside the daemon can be killed";
    StepResult result = active.reason == CancelReason::Timeout
                            ? timedOut(active.timeout, "abandoned", " and " + why)
                            : failure(OutcomeClass::Cancelled, "abandoned", "the step " + why);
    if (active.verdict) result = *active.verdict;
    end(at, std::move(result));
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
    cpuTold_ += usage.cpuNs;
    result.receipt = at->second.meter.receipt(usage, shared_.loop.now() - at->second.sent);
    const Job job = std::move(at->second.job);
    jobs_.erase(at);
    if (job.kind == CallKind::Execute) {
        wear_.called();
        lookAtWear(&result);
    }
    job.done(std::move(result));
}

void Worker::linkConfined(SandboxReport report) {
    shared_.owner.workerConfined(*this, std::move(report));
}

/// A thread that the plugin has made is nobody's: what it does is put down to the only call there can be.
Worker::Active* Worker::deniedOne(std::uint64_t token) {
    auto at = jobs_.find(token);
    if (at == jobs_.end() && token == 0 && callsAtOnce_ == 1) at = jobs_.begin();
    return at == jobs_.end() ? nullptr : &at->second;
}

void Worker::linkDenied(const Refusal& refusal) {
    const std::string sentence = describeRefusal(refusal, shared_.spec.name);
    noteDenial(refusal.token, sentence, std::to_string(refusal.number));
}

void Worker::fetchDenied(std::uint64_t token, const std::string& sentence) {
    noteDenial(token, "was kept from the network: " + sentence, sentence);
}

/// One line in the log for each `kind`.
void Worker::noteDenial(std::uint64_t token, const std::string& sentence, const std::string& kind) {
    constexpr std::size_t kMaxKinds = 64;
    Active* active = deniedOne(token);
    std::string& told = active != nullptr ? active->denied : deniedLoading_;
    if (told.empty()) told = sentence;
    if (denied_.size() >= kMaxKinds || !denied_.insert(kind).second) return;
    log(lineOf(active != nullptr ? active->job.call : StepCall{}, LogSource::Host, PluginLogLevel::Warn,
               "the plugin " + sentence));
}

void Worker::lookAtWear(const StepResult* result) {
    if (!stays() || !ready() || isolation_ == Isolation::Inproc) return;
    bool out = wear_.out(shared_.loop.now());
    if (!out && result != nullptr && wear_.limitsMemory())  // where /proc is hidden, its own word must do
        out = wear_.tooLarge(residentBytes(link_->pid()).value_or(result->receipt.peakRss));
    if (!out) return;
    worn_ = true;
    shared_.owner.workerWorn(*this);
}

void Worker::linkLoaded(PluginDescription description) {
    loaded_ = true;
    callsAtOnce_ = description.callsAtOnce(shared_.spec.threads);
    description.buildId = buildId_;
    if (const auto due = wear_.due(); due && isolation_ == Isolation::Process)
        age_ = shared_.loop.at(*due, [this] { lookAtWear(nullptr); });
    shared_.owner.workerLoaded(*this, std::move(description));
}

void Worker::linkRefused(std::string sentence) {
    if (!deniedLoading_.empty()) sentence += "; while it was loaded it " + deniedLoading_;
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
    log(lineOf(at->second.job.call, LogSource::Plugin, static_cast<PluginLogLevel>(line.level), std::move(line.text)),
        token);
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
    } else if (!active.denied.empty() && result.outcome != OutcomeClass::Ok &&
               result.outcome != OutcomeClass::Skipped) {
        const bool same = active.denied.find(result.error.message) != std::string::npos;
        result = deniedResult(active.denied, same ? std::string() : "it said: " + result.error.message);
    }
    if (result.outcome == OutcomeClass::Bug && result.error.code == "out_of_memory" &&
        shared_.spec.limits.memoryBytes != 0) {
        result = memoryLimitResult(shared_.spec, residentBytes(link_->pid()).value_or(0));
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

void Worker::log(const PluginLog& from, std::uint64_t token) {
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
    if (line.source != LogSource::Host) tail_.add(token, line.text);
    shared_.services.log(line);
}

}  // namespace stepd::host
