#include "host/plugin_pool.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "host/result_check.h"

namespace stepd::host {

PluginPool::PluginPool(EventLoop& loop, const HostOptions& options, HostServices& services, std::string name,
                       Owner& owner)
    : loop_(loop), options_(options), services_(services), name_(std::move(name)), owner_(owner) {}

template <typename Do>
void PluginPool::forEach(Do&& act) const {
    for (const auto* generation : {&current_, &next_})
        if (*generation) act(**generation);
    for (const auto& generation : retired_) act(*generation);
}

void PluginPool::declare(Declaration declaration, SwapDone done) {
    tell(Swap::Kind::Kept, "another declaration has come before it was loaded");
    done_ = std::move(done);
    before_ = current_ ? current_->name() : BuildName();
    if (next_) retire(std::move(next_));
    if (!declaration.library) return refuse(std::move(declaration));
    if (works() && current_->spec() == declaration.spec && current_->library()->sha256 == declaration.library->sha256) {
        if (current_->state() == PluginState::Ready) tell(Swap::Kind::Unchanged, {});
        return;
    }
    auto fresh = std::make_unique<Generation>(loop_, options_, services_, std::move(declaration.spec),
                                              std::move(declaration.library), static_cast<Generation::Owner&>(*this));
    Generation& starting = *fresh;
    if (works()) {
        next_ = std::move(fresh);
    } else {
        spec_ = starting.spec();
        sentence_.clear();
        if (current_) retire(std::move(current_));
        current_ = std::move(fresh);
        owner_.poolChanged(*this);
    }
    starting.start();
}

void PluginPool::refuse(Declaration declaration) {
    services_.log({.plugin = name_,
                   .source = LogSource::Host,
                   .level = PluginLogLevel::Error,
                   .text = quotedForLog((works() ? "the plugin goes on as it is: " : "the plugin is broken: ") +
                                        declaration.problem)});
    if (works()) return tell(Swap::Kind::Kept, declaration.problem);
    if (current_) retire(std::move(current_));
    spec_ = std::move(declaration.spec);
    sentence_ = quotedForLog(declaration.problem);
    owner_.poolChanged(*this);
    tell(Swap::Kind::Broken, declaration.problem);
}

void PluginPool::tell(Swap::Kind kind, std::string sentence) {
    const auto done = std::exchange(done_, nullptr);
    if (!done) return;
    Swap swap{.plugin = name_,
              .kind = kind,
              .before = before_,
              .after = works() ? current_->name() : BuildName(),
              .sentence = std::move(sentence)};
    done(std::move(swap));
}

void PluginPool::submit(Job job) {
    if (!works() || leaving_) return turnAway(job);
    current_->submit(std::move(job));
}

void PluginPool::turnAway(const Job& job) const {
    if (leaving_) return job.done(failure(OutcomeClass::Lost, "shutdown", "the plugin's workers are being stopped"));
    job.done(failure(OutcomeClass::InvalidConfig, "plugin_broken",
                     "the plugin " + name_ + " is broken: " + (current_ ? current_->sentence() : sentence_)));
}

bool PluginPool::cancel(CallId call, CancelReason reason) {
    bool found = false;
    forEach([&](Generation& generation) { found = found || generation.cancel(call, reason); });
    return found;
}

void PluginPool::refreshHealth() {
    if (current_) current_->refreshHealth();
}

void PluginPool::generationReady(Generation& generation) {
    if (&generation == next_.get()) return swap();
    if (&generation != current_.get()) return;
    owner_.poolChanged(*this);
    tell(before_.sha256.empty() ? Swap::Kind::Loaded : Swap::Kind::Unchanged, {});
}

void PluginPool::swap() {
    auto old = std::exchange(current_, std::move(next_));
    spec_ = current_->spec();
    current_->note(PluginLogLevel::Info, "calls go to build " + current_->name().build + " from now on");
    retire(std::move(old));
    owner_.poolChanged(*this);
    tell(Swap::Kind::Replaced, {});
}

void PluginPool::retire(std::unique_ptr<Generation> generation) {
    Generation& leaving = *generation;
    retired_.push_back(std::move(generation));
    auto waiting = leaving.takeQueue();
    leaving.leave(Leaving::AfterCalls);
    for (Job& job : waiting) submit(std::move(job));
}

void PluginPool::generationBroke(Generation& generation) {
    if (&generation == next_.get()) {
        const std::string sentence = next_->sentence();
        next_->note(PluginLogLevel::Error, "the plugin goes on as it is");
        retire(std::move(next_));
        return tell(Swap::Kind::Kept, sentence);
    }
    if (&generation != current_.get()) return;
    if (next_) return swap();
    owner_.poolChanged(*this);
    for (Job& job : generation.takeQueue()) turnAway(job);
    owner_.poolCounted(*this);
    tell(Swap::Kind::Broken, generation.sentence());
}

void PluginPool::generationReturned(Generation&, Job job) {
    submit(std::move(job));
}

void PluginPool::generationChanged(Generation& generation) {
    if (&generation == current_.get()) owner_.poolChanged(*this);
}

void PluginPool::generationProgressed(CallId call, double fraction, std::string message) {
    owner_.poolProgressed(call, fraction, std::move(message));
}

void PluginPool::generationEmpty(Generation& generation) {
    const auto at =
        std::find_if(retired_.begin(), retired_.end(), [&](const auto& other) { return other.get() == &generation; });
    if (at == retired_.end()) return;
    // It is still on the stack.
    loop_.post([gone = std::shared_ptr<Generation>(std::move(*at))]() mutable { gone.reset(); });
    retired_.erase(at);
    if (leaving_ && retired_.empty()) owner_.poolEmpty(*this);
}

void PluginPool::leave(Leaving how) {
    leaving_ = true;
    std::vector<Generation*> all;
    for (auto* generation : {&current_, &next_})
        if (*generation) retired_.push_back(std::move(*generation));
    for (const auto& generation : retired_) all.push_back(generation.get());
    if (all.empty()) return owner_.poolEmpty(*this);
    for (auto* generation : all) {
        for (const Job& job : generation->takeQueue()) turnAway(job);
        generation->leave(how);
    }
}

std::size_t PluginPool::running() const {
    std::size_t sum = 0;
    forEach([&](const Generation& generation) { sum += generation.running(); });
    return sum;
}

std::size_t PluginPool::queued() const {
    std::size_t sum = 0;
    forEach([&](const Generation& generation) { sum += generation.queued(); });
    return sum;
}

PluginStatus PluginPool::status() const {
    PluginStatus status{.name = name_,
                        .library = spec_.library,
                        .state = PluginState::Broken,
                        .sentence = sentence_,
                        .description = nullptr,
                        .isolation = spec_.isolation,
                        .workers = spec_.workers,
                        .running = running(),
                        .queued = queued(),
                        .health = {}};
    if (current_) current_->addTo(status);
    return status;
}

}  // namespace stepd::host
