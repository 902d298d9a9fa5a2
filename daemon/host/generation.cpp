#include "host/generation.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "host/result_check.h"

namespace stepd::host {

Generation::Generation(EventLoop& loop, const HostOptions& options, HostServices& services, PluginSpec spec,
                       LibraryPtr library, std::uint64_t number, Owner& owner)
    : loop_(loop),
      options_(options),
      services_(services),
      spec_(std::move(spec)),
      library_(std::move(library)),
      number_(number),
      owner_(owner),
      secrets_(spec_.secrets, [this](std::string_view name) { return services_.secret(name); }),
      configs_(spec_.options, options_.secretMark, secrets_),
      health_(loop_, options_,
              {.start = [this](Job job) { return startHealth(std::move(job)); },
               .changed = [this] { owner_.generationChanged(*this); }}) {}

Generation::~Generation() {
    loop_.cancel(respawn_);
    loop_.cancel(goodbye_);
}

void Generation::start() {
    spawn();
}

void Generation::spawn() {
    if (leaving_ || state_ == PluginState::Broken) return;
    if (const auto problem = problemOf(*library_)) return breakDown(*problem);
    // Others follow the first once it has loaded the plugin.
    const std::size_t wanted = description_ && !inproc() ? spec_.workers : 1;
    const auto staying = [this] {
        return static_cast<std::size_t>(
            std::count_if(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->stays(); }));
    };
    try {
        while (staying() < wanted) workers_.push_back(std::make_unique<Worker>(shared(), library_->file));
    } catch (const Error& error) {
        tryAgain(error.what());
    }
}

void Generation::bringIn(Worker& probe) {
    probe.leave();
    FileDescriptor copy(::fcntl(library_->file.get(), F_DUPFD_CLOEXEC, 0));
    workers_.push_back(std::make_unique<Worker>(shared(), std::move(copy), Worker::Inproc{}));
}

void Generation::moveOut(const std::string& why) {
    movedOut_ = true;
    sentence_ = why + ": its calls go to worker processes from now on";
    note(PluginLogLevel::Error, sentence_);
    spawn();
    owner_.generationChanged(*this);
}

void Generation::workerOverran(Worker& worker) {
    worker.leave();
    if (!leaving_ && inproc()) moveOut("a step inside the daemon did not stop when told to");
}

void Generation::spawnLater() {
    const auto doublings = std::min<std::uint32_t>(deathsInARow_ == 0 ? 0 : deathsInARow_ - 1, 16);
    const Duration delay = std::min<Duration>(options_.respawnDelay * (1LL << doublings), options_.maxRespawnDelay);
    loop_.cancel(respawn_);
    respawn_ = loop_.after(delay, [this] { spawn(); });
}

void Generation::submit(Job job) {
    auto config = configs_.of(job.call.config);
    if (!config) return job.done(failure(OutcomeClass::InvalidConfig, "bad_options", config.error()));
    job.config = std::move(config.value());
    queue_.push_back(std::move(job));
    dispatch();
}

void Generation::workerReturned(Job job) {
    if (leaving_ || state_ == PluginState::Broken) return owner_.generationReturned(*this, std::move(job));
    queue_.push_front(std::move(job));
}

std::deque<Job> Generation::takeQueue() {
    return std::exchange(queue_, {});
}

bool Generation::cancel(CallId call, CancelReason reason) {
    const auto at = std::find_if(queue_.begin(), queue_.end(), [&](const Job& job) { return job.call.id == call; });
    if (at == queue_.end())
        return std::any_of(workers_.begin(), workers_.end(),
                           [&](auto& worker) { return worker->cancel(call, reason); });
    const Job job = std::move(*at);
    queue_.erase(at);
    job.done(failure(OutcomeClass::Cancelled, "cancelled", "the call was cancelled before a worker had it"));
    counted();
    return true;
}

Worker* Generation::roomiest() {
    Worker* best = nullptr;
    for (const auto& worker : workers_)
        if (worker->hasRoom() && (best == nullptr || worker->jobs() < best->jobs())) best = worker.get();
    return best;
}

void Generation::dispatch() {
    while (!queue_.empty()) {
        Worker* worker = roomiest();
        if (worker == nullptr) break;
        Job job = std::move(queue_.front());
        queue_.pop_front();
        if (auto back = worker->start(std::move(job))) queue_.push_front(std::move(*back));
    }
    counted();
}

void Generation::workerConfined(Worker&, SandboxReport report) {
    const bool known = sandbox_ && sandbox_->findings == report.findings;
    sandbox_ = std::move(report);
    if (known) return;
    for (const auto& finding : sandbox_->findings) note(PluginLogLevel::Warn, finding);
}

void Generation::workerLoaded(Worker& worker, PluginDescription description) {
    if (auto problem = descriptionProblem(description); !problem.empty()) return breakDown(std::move(problem));
    if (inproc() && worker.isolation() == Isolation::Process) return bringIn(worker);
    loadDeathsInARow_ = 0;
    wanting_ = false;
    const bool first = state_ != PluginState::Ready;
    description_ = std::make_shared<const PluginDescription>(std::move(description));
    if (first) asked_ = askedBy(*description_, spec_.options, options_.stateDirectory);
    state_ = PluginState::Ready;
    if (!inproc()) spawn();
    letWornGo();
    if (first)
        owner_.generationReady(*this);
    else
        owner_.generationChanged(*this);
    dispatch();
    if (first)
        refreshHealth();
    else
        health_.goOn();
}

void Generation::workerRefused(Worker&, std::string sentence) {
    breakDown(std::move(sentence));
}

void Generation::workerProgressed(CallId call, double fraction, std::string message) {
    owner_.generationProgressed(call, fraction, std::move(message));
}

void Generation::workerFreed(Worker&) {
    deathsInARow_ = 0;
    dispatch();
    health_.goOn();
}

void Generation::workerDied(Worker& worker, const Death& death) {
    const auto at = std::find_if(workers_.begin(), workers_.end(), [&](auto& other) { return other.get() == &worker; });
    const bool expected = worker.leaving();
    // It is still on the stack.
    loop_.post([gone = std::shared_ptr<Worker>(std::move(*at))]() mutable { gone.reset(); });
    workers_.erase(at);
    if (leaving_ || state_ == PluginState::Broken) {
        counted();
        if (leaving_ && workers_.empty()) owner_.generationEmpty(*this);
        return;
    }
    if (!expected && worker.isolation() == Isolation::Inproc) return moveOut(death.sentence);
    if (!expected && death.cause == DeathCause::Killed) {
        sentence_ = quotedForLog(death.sentence);
        note(PluginLogLevel::Error, death.sentence);
        owner_.generationChanged(*this);
    }
    counted();
}

void Generation::workerWorn(Worker&) {
    spawn();
}

/// A worker leaves when another one can do its work.
void Generation::letWornGo() {
    auto ready = std::count_if(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->ready(); });
    for (const auto& worker : workers_) {
        if (ready <= static_cast<std::ptrdiff_t>(spec_.workers)) return;
        if (!worker->ready() || !worker->worn()) continue;
        note(PluginLogLevel::Info, "a fresh worker takes over from one that has done its share");
        worker->leave();
        --ready;
    }
}

void Generation::workerFell(Worker& worker, const Death& death) {
    if (leaving_ || state_ == PluginState::Broken || worker.leaving() || worker.isolation() == Isolation::Inproc)
        return;
    if (death.cause != DeathCause::Killed) return afterDeath(death);
    ++restarts_;  // because of a call, not of what it did wrong: another one begins at once
    spawn();
}

void Generation::afterDeath(const Death& death) {
    ++restarts_;
    if (!death.loaded) return tryAgain(death.sentence);
    ++deathsInARow_;
    loadDeathsInARow_ = 0;
    sentence_ = quotedForLog(death.sentence);
    note(PluginLogLevel::Error, death.sentence);
    spawnLater();
    owner_.generationChanged(*this);
}

void Generation::tryAgain(const std::string& sentence) {
    ++deathsInARow_;
    wanting_ = true;
    sentence_ = quotedForLog(sentence);
    note(PluginLogLevel::Error, sentence);
    // What was loaded before can be loaded again: whatever this is, it may pass.
    if (!description_ && ++loadDeathsInARow_ >= options_.loadTries)
        return breakDown("it cannot be loaded: " + sentence);
    spawnLater();
    owner_.generationChanged(*this);
}

bool Generation::anyReady() const {
    return std::any_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->ready(); });
}

void Generation::breakDown(std::string sentence) {
    if (state_ == PluginState::Broken) return;
    state_ = PluginState::Broken;
    sentence_ = quotedForLog(sentence);
    note(PluginLogLevel::Error, "the plugin is broken: " + sentence);
    for (const auto& worker : workers_) worker->leave();
    owner_.generationBroke(*this);
}

void Generation::counted() {
    owner_.generationCounted(*this);
    if (!patience_ || leaving_) return;
    loop_.cancel(std::exchange(goodbye_, {}));
    if (idle()) goodbye_ = loop_.after(*patience_, [this] { leave(Leaving::AfterCalls); });
}

void Generation::leaveWhenIdle(Duration patience) {
    patience_ = patience;
    counted();
}

void Generation::leave(Leaving how) {
    leaving_ = true;
    loop_.cancel(respawn_);
    loop_.cancel(goodbye_);
    for (const auto& worker : workers_) how == Leaving::Now ? worker->leaveNow() : worker->leave();
    if (workers_.empty()) owner_.generationEmpty(*this);
}

void Generation::refreshHealth() {
    if (!description_ || roomiest() == nullptr) return;
    if (auto config = configs_.of("")) health_.begin(*description_, std::move(*config));
}

bool Generation::startHealth(Job job) {
    Worker* worker = queue_.empty() ? roomiest() : nullptr;
    return worker != nullptr && !worker->start(std::move(job));
}

void Generation::note(PluginLogLevel level, const std::string& text) {
    PluginLog line{.plugin = spec_.name, .source = LogSource::Host, .level = level, .text = text};
    secrets_.scrub(line.text);
    line.text = quotedForLog(line.text);
    services_.log(line);
}

BuildName Generation::name() const {
    return {library_->build, description_ ? description_->version : std::string(), library_->sha256};
}

std::size_t Generation::running() const {
    std::size_t sum = 0;
    for (const auto& worker : workers_) sum += worker->jobs();
    return sum;
}

void Generation::addTo(PluginStatus& status) const {
    const std::size_t perWorker = description_ ? description_->callsAtOnce(spec_.threads) : 1;
    const std::size_t places = inproc() ? 1 : spec_.workers;
    const bool none = state_ == PluginState::Broken || (description_ && wanting_ && !anyReady());
    status.library = spec_.exec.empty() ? spec_.library : library_->path;
    status.state = state_;
    status.sentence = sentence_;
    status.description = description_;
    status.isolation = inproc() ? Isolation::Inproc : Isolation::Process;
    status.asked = asked_;
    status.grant = spec_.grant;
    status.secrets = spec_.secrets;
    status.sandbox = spec_.sandbox;
    status.enforced = inproc() ? std::nullopt : sandbox_;
    status.slots = none ? 0 : places * perWorker;
    status.restarts = restarts_;
    status.health = health_.health();
    if (movedOut_ && status.health.state < HealthState::Limited) status.health = {HealthState::Limited, sentence_, {}};
}

}  // namespace stepd::host
