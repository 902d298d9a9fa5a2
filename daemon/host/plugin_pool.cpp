#include "host/plugin_pool.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "host/result_check.h"

namespace stepd::host {
namespace {

/// Of generations that no call has wanted for a while but may: each is a process at least.
constexpr std::size_t kMostIdle = 2;

}  // namespace

template <typename Do>
void PluginPool::forEach(Do&& act) const {
    for (const auto* generation : {&current_, &next_})
        if (*generation) act(**generation);
    for (const auto& generation : retired_) act(*generation);
}

std::unique_ptr<Generation> PluginPool::makeGeneration(const PluginSpec& spec, LibraryPtr library) {
    return std::make_unique<Generation>(shared_.loop, shared_.options, shared_.services, spec, std::move(library),
                                        ++lastNumber_, static_cast<Generation::Owner&>(*this));
}

void PluginPool::declare(Declaration declaration, SwapDone done, std::string heldBack) {
    tell(works() ? Swap::Kind::Kept : Swap::Kind::Broken, "something else was declared before this one was loaded");
    pending_ = {.done = std::move(done),
                .before = works() ? current_->name() : BuildName(),
                .notUsed = declaration.notUsed,
                .heldBack = std::move(heldBack)};
    gone_.clear();
    if (next_) retire(std::move(next_));
    if (!declaration.library) return refuse(std::move(declaration));
    if (works() && current_->spec() == declaration.spec && current_->library()->sha256 == declaration.library->sha256) {
        notUsed_ = pending_.notUsed;
        if (current_->state() == PluginState::Ready) tell(Swap::Kind::Unchanged, {});
        return;
    }
    auto fresh = makeGeneration(declaration.spec, std::move(declaration.library));
    Generation& starting = *fresh;
    if (works()) {
        next_ = std::move(fresh);
    } else {
        spec_ = starting.spec();
        sentence_.clear();
        if (current_) retire(std::move(current_));
        current_ = std::move(fresh);
        shared_.owner.poolChanged(*this);
    }
    starting.start();
}

void PluginPool::refuse(Declaration declaration) {
    const bool goesOn = works();
    note(PluginLogLevel::Error,
         (goesOn ? "the plugin goes on as it is: " : "the plugin is broken: ") + declaration.problem);
    if (goesOn) {
        notUsed_ = quotedForLog(declaration.problem);
    } else {
        if (current_) retire(std::move(current_));
        spec_ = std::move(declaration.spec);
        sentence_ = quotedForLog(declaration.problem);
    }
    shared_.owner.poolChanged(*this);
    tell(goesOn ? Swap::Kind::Kept : Swap::Kind::Broken, declaration.problem);
}

void PluginPool::rollBack(const std::string& to, SwapDone done) {
    const BuildName now = works() ? current_->name() : BuildName();
    const auto builds = shared_.shelf.builds(name_);
    const auto target = std::find_if(builds.begin(), builds.end(), [&](const KeptBuild& kept) {
        return kept.name.sha256 != now.sha256 && (kept.name.build.starts_with(to) || kept.name.version == to);
    });
    const auto refuse = [&](const std::string& sentence) {
        done({.plugin = name_,
              .kind = works() ? Swap::Kind::Kept : Swap::Kind::Broken,
              .before = now,
              .after = now,
              .sentence = sentence});
    };
    if (!spec_.exec.empty()) return refuse("a program runs from its path: put the one before back and reload");
    if (target == builds.end())
        return refuse(to.empty() ? "no build is kept that ran before this one" : "no build '" + to + "' is kept");
    LibraryPtr library = shared_.shelf.take(name_, target->name.sha256);
    if (!library) return refuse("the copy of build " + target->name.build + " is not there any more");
    declare({.spec = spec_,
             .library = std::move(library),
             .problem = {},
             .notUsed = "rolled back" + (now.build.empty() ? std::string() : " from build " + now.build)},
            std::move(done), now.sha256);
}

void PluginPool::tell(Swap::Kind kind, std::string sentence) {
    const Pending pending = std::exchange(pending_, {});
    if (!pending.done) return;
    pending.done({.plugin = name_,
                  .kind = kind,
                  .before = pending.before,
                  .after = works() ? current_->name() : BuildName(),
                  .sentence = std::move(sentence)});
}

void PluginPool::submit(Job job) {
    if (leaving_) return turnAway(job);
    if (Generation* generation = wanted(job.call.build)) return generation->submit(std::move(job));
    missing(std::move(job));
}

Generation* PluginPool::wanted(const std::string& build) {
    if (build.empty() || (works() && current_->build() == build)) return works() ? current_.get() : nullptr;
    for (const auto& generation : retired_)
        if (generation->build() == build && !generation->leaving() && generation->state() != PluginState::Broken)
            return generation.get();
    return gone_.contains(build) ? nullptr : startAgain(build);
}

Generation* PluginPool::startAgain(const std::string& build) {
    for (const auto& kept : shared_.shelf.builds(name_)) {
        if (kept.name.build != build || !spec_.exec.empty()) continue;  // a program runs from its path
        LibraryPtr library = shared_.shelf.take(name_, kept.name.sha256);
        if (!library) break;
        note(PluginLogLevel::Info, "build " + build + " is started again for runs that are pinned to it");
        auto& again = *retired_.emplace_back(makeGeneration(spec_, std::move(library)));
        again.leaveWhenIdle(shared_.options.buildPatience);
        again.start();
        return again.state() == PluginState::Broken ? nullptr : &again;
    }
    gone_.insert(build);
    note(PluginLogLevel::Warn,
         "build " + build + ", to which runs are pinned, is gone; " +
             (spec_.missingBuild == MissingBuild::Fail ? "their calls fail" : "the current one does their calls"));
    return nullptr;
}

void PluginPool::missing(Job job) {
    if (!works()) return turnAway(job);
    if (spec_.missingBuild == MissingBuild::Current) return current_->submit(std::move(job));
    job.done(failure(OutcomeClass::InvalidConfig, "build_gone",
                     "the run is pinned to build " + job.call.build + " of the plugin " + name_ +
                         ", which is gone; rerun it, or set plugins." + name_ + ".missing_build: current"));
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
    const bool fresh = pending_.before.sha256.empty();
    used();
    tell(fresh ? Swap::Kind::Loaded : Swap::Kind::Unchanged, {});
}

void PluginPool::swap() {
    auto old = std::exchange(current_, std::move(next_));
    spec_ = current_->spec();
    note(PluginLogLevel::Info, "calls go to build " + current_->build() + " from now on, no longer to " + old->build());
    if (old->state() == PluginState::Ready && old->build() != current_->build())
        letStay(std::move(old));
    else
        retire(std::move(old));
    used();
    tell(Swap::Kind::Replaced, {});
}

/// The current one takes calls: from now on it is what others come after.
void PluginPool::used() {
    since_ = shared_.clock.now();
    notUsed_ = pending_.notUsed;
    shared_.shelf.use(name_, current_->library(), current_->name(), since_);
    if (!pending_.heldBack.empty()) shared_.shelf.holdBack(name_, pending_.heldBack);
    shared_.owner.poolChanged(*this);
}

void PluginPool::retire(std::unique_ptr<Generation> generation) {
    Generation& leaving = *generation;
    retired_.insert(retired_.begin(), std::move(generation));
    auto waiting = leaving.takeQueue();
    leaving.leave(Leaving::AfterCalls);
    for (Job& job : waiting) submit(std::move(job));
}

/// Runs that are pinned to it may want it soon.
void PluginPool::letStay(std::unique_ptr<Generation> generation) {
    Generation& staying = *generation;
    retired_.insert(retired_.begin(), std::move(generation));
    for (Job& job : staying.takeQueue()) submit(std::move(job));
    staying.leaveWhenIdle(shared_.options.buildPatience);
    std::vector<Generation*> idle;
    for (const auto& retired : retired_)
        if (!retired->leaving() && retired->idle()) idle.push_back(retired.get());
    for (std::size_t i = kMostIdle; i < idle.size(); ++i) idle[i]->leave(Leaving::AfterCalls);
}

void PluginPool::generationBroke(Generation& generation) {
    auto waiting = generation.takeQueue();
    if (&generation == next_.get()) {
        const std::string sentence = notUsed_ = next_->sentence();
        note(PluginLogLevel::Error, "the plugin goes on as it is, with build " + current_->build());
        retire(std::move(next_));
        shared_.owner.poolChanged(*this);
        return tell(Swap::Kind::Kept, sentence);
    }
    if (&generation != current_.get()) {  // it was started again, in vain
        gone_.insert(generation.build());
        if (!generation.leaving()) generation.leave(Leaving::AfterCalls);
    } else if (next_) {
        swap();
    } else {
        shared_.owner.poolChanged(*this);
        tell(Swap::Kind::Broken, generation.sentence());
    }
    for (Job& job : waiting) submit(std::move(job));
    shared_.owner.poolCounted(*this);
}

void PluginPool::generationReturned(Generation&, Job job) {
    submit(std::move(job));
}

void PluginPool::generationChanged(Generation& generation) {
    if (&generation == current_.get()) shared_.owner.poolChanged(*this);
}

void PluginPool::generationProgressed(CallId call, double fraction, std::string message) {
    shared_.owner.poolProgressed(call, fraction, std::move(message));
}

void PluginPool::generationEmpty(Generation& generation) {
    const auto at =
        std::find_if(retired_.begin(), retired_.end(), [&](const auto& other) { return other.get() == &generation; });
    if (at == retired_.end()) return;
    // It is still on the stack.
    shared_.loop.post([gone = std::shared_ptr<Generation>(std::move(*at))]() mutable { gone.reset(); });
    retired_.erase(at);
    if (!leaving_) return shared_.owner.poolChanged(*this);
    if (retired_.empty()) shared_.owner.poolEmpty(*this);
}

void PluginPool::leave(Leaving how) {
    leaving_ = true;
    tell(Swap::Kind::Broken, "the plugin is not declared any more");
    for (auto* generation : {&next_, &current_})
        if (*generation) retired_.insert(retired_.begin(), std::move(*generation));
    std::vector<Generation*> all;
    for (const auto& generation : retired_) all.push_back(generation.get());
    if (all.empty()) return shared_.owner.poolEmpty(*this);
    for (auto* generation : all) {
        for (const Job& job : generation->takeQueue()) turnAway(job);
        generation->leave(how);
    }
}

void PluginPool::note(PluginLogLevel level, const std::string& text) const {
    shared_.services.log({.plugin = name_, .source = LogSource::Host, .level = level, .text = quotedForLog(text)});
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
    PluginStatus status;
    status.name = name_;
    status.library = spec_.library;
    status.state = PluginState::Broken;
    status.sentence = sentence_;
    status.isolation = spec_.isolation;
    status.workers = spec_.workers;
    status.running = running();
    status.queued = queued();
    status.notUsed = notUsed_;
    if (current_) current_->addTo(status);
    if (works()) {
        status.build = current_->name();
        status.since = since_;
    }
    for (const auto& kept : shared_.shelf.builds(name_))
        if (status.previous.sha256.empty() && kept.name.sha256 != status.build.sha256) status.previous = kept.name;
    using Role = GenerationStatus::Role;
    forEach([&](const Generation& generation) {
        const Role role = &generation == current_.get() ? Role::Current
                          : &generation == next_.get()  ? Role::Loading
                                                        : Role::Retired;
        status.generations.push_back(
            {generation.number(), role, generation.name(), generation.running(), generation.queued()});
    });
    return status;
}

}  // namespace stepd::host
