#include "engine/pruner.h"

#include <algorithm>

#include "engine/signals.h"

namespace stepd::engine {
namespace {

using What = store::Prune::What;

constexpr Duration kLongestBetween = 1h;
constexpr Duration kShortestBetween = 1s;
constexpr Duration kAfterStart = 1min;  // first things first
constexpr Duration kAfterFullDisk = 1min;
constexpr Duration kAfterRefusal = 24h;
// A slice is a sync and little more. A commit that comes meanwhile waits that long, so there are rests in between.
constexpr int kRest = 6;  // times as long as the slice took
constexpr std::size_t kRows = 32;
constexpr std::size_t kPages = 64;

/// What a run of the pipeline may look back for.
void addNames(const pipeline::Pipeline& pipeline, std::set<std::string>& names) {
    for (const pipeline::EventMatch& match : pipeline.cancelOn) names.insert(match.event);
    for (const pipeline::Step& step : pipeline.steps)
        if (const auto* wait = std::get_if<pipeline::WaitForEventStep>(&step.builtIn)) names.insert(wait->match.event);
}

}  // namespace

Pruner::Pruner(EngineState& state, const store::Image& image) : state_(state) {
    for (const auto& [family, count] : image.waiting)
        if (family.starts_with("event:")) lookedBackFor_.emplace(signals::nameOf(family));
}

void Pruner::use(const std::vector<Catalog::EntryPtr>& current) {
    if (!state_.options.retention) return;
    store::RetentionRules rules = *state_.options.retention;
    for (const Catalog::EntryPtr& entry : current) {
        const pipeline::Pipeline& pipeline = *entry->pipeline;
        addNames(pipeline, lookedBackFor_);
        if (pipeline.retention.completed || pipeline.retention.failed)
            rules.pipelines[pipeline.id] = {.completed = pipeline.retention.completed.value_or(rules.runs.completed),
                                            .failed = pipeline.retention.failed.value_or(rules.runs.failed)};
    }
    rules.lookedBackFor.assign(lookedBackFor_.begin(), lookedBackFor_.end());
    if (rules_ && *rules_ == rules) return;
    rules_ = std::make_shared<const store::RetentionRules>(std::move(rules));
    ++view_;
    runs_ = events_ = {};
    active_ = false;
    nextPass_ = store::after(state_.now, std::min(kAfterStart, between()));
}

Duration Pruner::between() const {
    return std::clamp(std::min(rules_->shortest(), rules_->events) / 10, kShortestBetween, kLongestBetween);
}

std::optional<Instant> Pruner::nextDue() const {
    if (!rules_ || asked_ || holders_ > 0) return std::nullopt;
    if (active_) return restUntil_;
    return state_.instant + std::max(Duration::zero(), timeBetween(state_.now, nextPass_));
}

void Pruner::tick() {
    if (!rules_ || asked_ || holders_ > 0 || state_.instant < restUntil_) return;
    if (!active_) {
        if (state_.now < nextPass_) return;
        begin();
    }
    for (const What what : {What::Runs, What::Events})
        if (const auto stretch = of(what).due(state_.now)) return ask(what, *stretch);
    if (keysLeft_) return ask(What::Keys, {});
    if (spaceLeft_) return askForSpace();
    end();
}

void Pruner::begin() {
    active_ = keysLeft_ = true;
}

void Pruner::end() {
    active_ = false;
    nextPass_ = std::max(store::after(state_.now, between()), std::min(runs_.next(), events_.next()));
}

void Pruner::ask(What what, const Stretches::Stretch& stretch) {
    asked_ = true;
    askedAt_ = state_.instant;
    state_.questions.prune(
        {.what = what, .now = state_.now, .rules = rules_, .first = stretch.first, .last = stretch.last, .most = kRows},
        [this, what, stretch, view = view_](const store::Pruned& found) {
            rest();
            if (view == view_) answered(what, stretch, found);
        });
}

void Pruner::answered(What what, const Stretches::Stretch& stretch, const store::Pruned& found) {
    if (found.status == store::Pruned::Status::Later) return putOff(kAfterFullDisk);
    if (found.status == store::Pruned::Status::Failed) {
        if (state_.parts.observer != nullptr)
            state_.parts.observer->violated("what is over cannot be deleted: " + found.message);
        return putOff(kAfterRefusal);
    }
    if (what == What::Runs) prunedRuns_ += found.deleted;
    if (found.deleted > 0) spaceLeft_ = true;
    if (what == What::Keys) {
        keysLeft_ = found.rest.has_value();
        return;
    }
    const Duration youth = what == What::Runs ? rules_->shortest() : rules_->events;
    of(what).looked(stretch, found, store::after(state_.now, youth));
}

void Pruner::askForSpace() {
    asked_ = true;
    askedAt_ = state_.instant;
    state_.questions.shrink(kPages, [this](bool more) {
        rest();
        spaceLeft_ = more;
    });
}

void Pruner::putOff(Duration by) {
    active_ = false;
    nextPass_ = store::after(state_.now, by);
}

void Pruner::rest() {
    asked_ = false;
    restUntil_ = state_.instant + kRest * (state_.instant - askedAt_);
}

}  // namespace stepd::engine
