#include "host/plugin_pool.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "host/health_answer.h"
#include "host/library_file.h"
#include "host/result_check.h"

namespace stepd::host {

PluginPool::PluginPool(EventLoop& loop, const HostOptions& options, HostServices& services, PluginSpec spec,
                       Owner& owner)
    : loop_(loop),
      options_(options),
      services_(services),
      spec_(std::move(spec)),
      owner_(owner),
      secrets_(spec_.secrets, [this](std::string_view name) { return services_.secret(name); }),
      configs_(spec_.options, options_.secretMark, secrets_) {}

PluginPool::~PluginPool() {
    loop_.cancel(respawn_);
    loop_.cancel(healthTimer_);
}

void PluginPool::start() {
    spawn();
}

void PluginPool::spawn() {
    if (leaving_ || state_ == PluginState::Broken) return;
    const auto check = options_.checkLibraryOwner ? OwnerCheck::Required : OwnerCheck::Skipped;
    auto library = openLibrary(spec_.library, spec_.sha256, check);
    if (!library) {
        const auto& [kind, sentence] = library.error();
        if (!description_ || kind == LibraryProblem::Kind::Refused) return breakDown(sentence);
        return tryAgain(sentence);
    }
    // Others follow the first once it has loaded the plugin.
    const std::size_t wanted = description_ && !inproc() ? spec_.workers : 1;
    const auto staying = [this] {
        return static_cast<std::size_t>(
            std::count_if(workers_.begin(), workers_.end(), [](const auto& worker) { return !worker->leaving(); }));
    };
    try {
        while (staying() < wanted) workers_.push_back(std::make_unique<Worker>(shared(), *library));
        if (inproc()) probed_ = std::move(*library);
    } catch (const Error& error) {
        tryAgain(error.what());
    }
}

void PluginPool::bringIn(Worker& probe) {
    probe.leave();
    workers_.push_back(std::make_unique<Worker>(shared(), std::move(probed_), Worker::Inproc{}));
}

void PluginPool::moveOut(const std::string& why) {
    movedOut_ = true;
    sentence_ = why + ": its calls go to worker processes from now on";
    note(PluginLogLevel::Error, sentence_);
    spawn();
    owner_.poolChanged(*this);
}

void PluginPool::workerOverran(Worker& worker) {
    worker.leave();
    if (!leaving_ && inproc()) moveOut("a step inside the daemon did not stop when told to");
}

void PluginPool::spawnLater() {
    const auto doublings = std::min<std::uint32_t>(deathsInARow_ == 0 ? 0 : deathsInARow_ - 1, 16);
    const Duration delay = std::min<Duration>(options_.respawnDelay * (1LL << doublings), options_.maxRespawnDelay);
    loop_.cancel(respawn_);
    respawn_ = loop_.after(delay, [this] { spawn(); });
}

void PluginPool::submit(Job job) {
    if (state_ == PluginState::Broken || leaving_) return turnAway(job);
    auto config = configs_.of(job.call.config);
    if (!config) return job.done(failure(OutcomeClass::InvalidConfig, "bad_options", config.error()));
    job.config = std::move(config.value());
    queue_.push_back(std::move(job));
    dispatch();
}

void PluginPool::turnAway(const Job& job) const {
    if (state_ == PluginState::Broken)
        job.done(failure(OutcomeClass::InvalidConfig, "plugin_broken",
                         "the plugin " + spec_.name + " is broken: " + sentence_));
    else
        job.done(failure(OutcomeClass::Lost, "shutdown", "the plugin's workers are being stopped"));
}

void PluginPool::workerReturned(Job job) {
    if (state_ == PluginState::Broken || leaving_) return turnAway(job);
    queue_.push_front(std::move(job));
}

void PluginPool::turnAllAway() {
    while (!queue_.empty()) {
        const Job job = std::move(queue_.front());
        queue_.pop_front();
        turnAway(job);
    }
}

bool PluginPool::cancel(CallId call, CancelReason reason) {
    const auto at = std::find_if(queue_.begin(), queue_.end(), [&](const Job& job) { return job.call.id == call; });
    if (at == queue_.end())
        return std::any_of(workers_.begin(), workers_.end(),
                           [&](auto& worker) { return worker->cancel(call, reason); });
    const Job job = std::move(*at);
    queue_.erase(at);
    job.done(failure(OutcomeClass::Cancelled, "cancelled", "the call was cancelled before a worker had it"));
    owner_.poolCounted(*this);
    return true;
}

Worker* PluginPool::roomiest() {
    Worker* best = nullptr;
    for (const auto& worker : workers_)
        if (worker->hasRoom() && (best == nullptr || worker->jobs() < best->jobs())) best = worker.get();
    return best;
}

void PluginPool::dispatch() {
    while (!queue_.empty()) {
        Worker* worker = roomiest();
        if (worker == nullptr) break;
        Job job = std::move(queue_.front());
        queue_.pop_front();
        if (auto back = worker->start(std::move(job))) queue_.push_front(std::move(*back));
    }
    owner_.poolCounted(*this);
}

void PluginPool::workerConfined(Worker&, SandboxReport report) {
    const bool known = sandbox_ && sandbox_->findings == report.findings;
    sandbox_ = std::move(report);
    if (known) return;
    for (const auto& finding : sandbox_->findings) note(PluginLogLevel::Warn, finding);
}

void PluginPool::workerLoaded(Worker& worker, PluginDescription description) {
    if (auto problem = descriptionProblem(description); !problem.empty()) return breakDown(std::move(problem));
    if (inproc() && worker.isolation() == Isolation::Process) return bringIn(worker);
    loadDeathsInARow_ = 0;
    wanting_ = false;
    const bool first = state_ != PluginState::Ready;
    description_ = std::make_shared<const PluginDescription>(std::move(description));
    if (first) asked_ = askedBy(*description_, spec_.options, options_.stateDirectory);
    state_ = PluginState::Ready;
    if (!inproc() && workers_.size() < spec_.workers) spawn();
    owner_.poolChanged(*this);
    dispatch();
    if (first)
        refreshHealth();
    else
        askHealth();
}

void PluginPool::workerRefused(Worker&, std::string sentence) {
    breakDown(std::move(sentence));
}

void PluginPool::workerProgressed(CallId call, double fraction, std::string message) {
    owner_.poolProgressed(call, fraction, std::move(message));
}

void PluginPool::workerFreed(Worker&) {
    deathsInARow_ = 0;
    dispatch();
    askHealth();
}

void PluginPool::workerDied(Worker& worker, const Death& death) {
    const auto at = std::find_if(workers_.begin(), workers_.end(), [&](auto& other) { return other.get() == &worker; });
    const bool expected = worker.leaving();
    // It is still on the stack.
    loop_.post([gone = std::shared_ptr<Worker>(std::move(*at))]() mutable { gone.reset(); });
    workers_.erase(at);
    if (leaving_ || state_ == PluginState::Broken) {
        owner_.poolCounted(*this);
        if (leaving_ && workers_.empty()) owner_.poolEmpty(*this);
        return;
    }
    if (expected) return owner_.poolCounted(*this);
    if (worker.isolation() == Isolation::Inproc) return moveOut(death.sentence);
    afterDeath(death);
}

void PluginPool::afterDeath(const Death& death) {
    ++restarts_;
    if (!death.loaded) return tryAgain(death.sentence);
    ++deathsInARow_;
    loadDeathsInARow_ = 0;
    sentence_ = quotedForLog(death.sentence);
    note(PluginLogLevel::Error, death.sentence);
    spawnLater();
    owner_.poolChanged(*this);
}

void PluginPool::tryAgain(const std::string& sentence) {
    ++deathsInARow_;
    wanting_ = true;
    sentence_ = quotedForLog(sentence);
    note(PluginLogLevel::Error, sentence);
    // What was loaded before can be loaded again: whatever this is, it may pass.
    if (!description_ && ++loadDeathsInARow_ >= options_.loadTries)
        return breakDown("it cannot be loaded: " + sentence);
    spawnLater();
    owner_.poolChanged(*this);
}

bool PluginPool::anyReady() const {
    return std::any_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->ready(); });
}

void PluginPool::breakDown(std::string sentence) {
    state_ = PluginState::Broken;
    sentence_ = quotedForLog(sentence);
    note(PluginLogLevel::Error, "the plugin is broken: " + sentence);
    owner_.poolChanged(*this);
    for (const auto& worker : workers_) worker->leave();
    turnAllAway();
    owner_.poolCounted(*this);
}

void PluginPool::leave(Leaving how) {
    leaving_ = true;
    loop_.cancel(respawn_);
    turnAllAway();
    for (const auto& worker : workers_) how == Leaving::Now ? worker->leaveNow() : worker->leave();
    if (workers_.empty()) owner_.poolEmpty(*this);
}

void PluginPool::refreshHealth() {
    const Instant now = loop_.now();
    const bool fresh = healthAsked_ && now - *healthAsked_ < options_.healthMaxAge;
    if (fresh || healthStep_ || !description_ || roomiest() == nullptr) return;
    healthAsked_ = now;
    nextHealth_ = {};
    healthStep_ = 0;
    askHealth();
}

void PluginPool::askHealth() {
    if (!healthStep_ || healthAwaited_ || !queue_.empty()) return;
    Worker* worker = roomiest();
    if (worker == nullptr) return;
    auto config = configs_.of("");
    if (!config || *healthStep_ >= description_->steps.size()) return healthStep_.reset();
    Job job{
        .kind = CallKind::Health, .call = {}, .config = std::move(*config), .done = [this](const StepResult& result) {
            healthAnswered(result);
        }};
    job.call.step = description_->steps[*healthStep_].type;
    job.call.timeout = options_.healthTimeout;
    // The worker is let alone, so the end of the call may be far away.
    healthTimer_ = loop_.after(options_.healthTimeout, [this] {
        health_ = {HealthState::Unhealthy, "does not answer", {}};
        owner_.poolChanged(*this);
    });
    healthAwaited_ = true;
    if (!worker->start(std::move(job))) return;
    healthAwaited_ = false;
    loop_.cancel(healthTimer_);
}

void PluginPool::healthAnswered(const StepResult& result) {
    loop_.cancel(healthTimer_);
    healthAwaited_ = false;
    PluginHealth answer = result.outcome == OutcomeClass::Timeout
                              ? PluginHealth{HealthState::Unhealthy, "does not answer", {}}
                              : readHealth(result);
    if (answer.state > nextHealth_.state) nextHealth_ = std::move(answer);
    if (++*healthStep_ < description_->steps.size()) return;  // the next one when the worker is free
    healthStep_.reset();
    health_ = std::move(nextHealth_);
    owner_.poolChanged(*this);
}

void PluginPool::note(PluginLogLevel level, const std::string& text) {
    PluginLog line{.plugin = spec_.name, .source = LogSource::Host, .level = level, .text = text};
    secrets_.scrub(line.text);
    line.text = quotedForLog(line.text);
    services_.log(line);
}

std::size_t PluginPool::running() const {
    std::size_t sum = 0;
    for (const auto& worker : workers_) sum += worker->jobs();
    return sum;
}

PluginStatus PluginPool::status() const {
    const std::size_t perWorker = description_ ? description_->callsAtOnce(spec_.threads) : 1;
    const std::size_t places = inproc() ? 1 : spec_.workers;
    PluginHealth health = health_;
    if (movedOut_ && health.state < HealthState::Limited) health = {HealthState::Limited, sentence_, {}};
    const bool none = state_ == PluginState::Broken || (description_ && wanting_ && !anyReady());
    return {.name = spec_.name,
            .library = spec_.library,
            .state = state_,
            .sentence = sentence_,
            .description = description_,
            .isolation = inproc() ? Isolation::Inproc : Isolation::Process,
            .asked = asked_,
            .grant = spec_.grant,
            .secrets = spec_.secrets,
            .sandbox = spec_.sandbox,
            .enforced = inproc() ? std::nullopt : sandbox_,
            .workers = spec_.workers,
            .slots = none ? 0 : places * perWorker,
            .running = running(),
            .queued = queue_.size(),
            .restarts = restarts_,
            .health = std::move(health)};
}

}  // namespace stepd::host
