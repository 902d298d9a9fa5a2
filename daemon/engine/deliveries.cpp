#include "engine/deliveries.h"

#include <algorithm>
#include <utility>

#include "engine/signals.h"

namespace stepd::engine {
namespace {

constexpr std::size_t kPage = 200;

StepError cancelledBy(const Event& event) {
    return {.outcome = OutcomeClass::Cancelled,
            .code = "cancel_on",
            .message = "cancelled by event " + event.name + " " + event.visibleId(),
            .details = {},
            .retryAfter = {}};
}

}  // namespace

void Deliveries::restore(const std::vector<store::Delivery>& deliveries) {
    for (const store::Delivery& one : deliveries) {
        auto event = std::make_shared<ActiveEvent>();
        event->event = one.event;
        std::vector<std::string> raised = state_.ears.raisedBy(*event);
        open_.push_back({.event = std::move(event), .signals = std::move(raised), .after = {}});
    }
}

void Deliveries::spread(const std::shared_ptr<const ActiveEvent>& event) {
    std::vector<std::string> stored;
    for (std::string& signal : state_.ears.raisedBy(*event)) {
        for (const Ear& ear : state_.ears.inMemory(signal)) show(ear, *event);
        if (state_.ears.inStore(signals::familyOf(signal))) stored.push_back(std::move(signal));
    }
    if (stored.empty()) return;
    state_.ledger.add(store::DeliveryChange{.event = event->event.id, .after = {}, .done = false});
    open_.push_back({.event = event, .signals = std::move(stored), .after = {}});
}

void Deliveries::show(const Ear& ear, const ActiveEvent& event) {
    ActiveRun* run = state_.runs.find(ear.run);
    if (run == nullptr || isTerminal(run->record.state)) return;
    if (ear.step == kNoStep) return offerCancel(*run, ear.entry, event);
    if (!builtIns_.heard(*run, ear.step, event)) return;
    life_.wake(*run);
    life_.begin(*run);
}

void Deliveries::offerCancel(ActiveRun& run, std::size_t entry, const ActiveEvent& event) {
    const pipeline::EventMatch& match = run.driver->pipeline().cancelOn[entry];
    // What runs after its steps are over always runs to its end.
    if (event.event.id <= run.record.event || run.record.ending || isTerminal(run.record.state)) return;
    if (match.timeout && event.event.receivedAt - run.record.createdAt > *match.timeout) return;
    const auto cancels = run.driver->cancels(run, entry, event);
    if (cancels && *cancels) return life_.cancel(run, cancelledBy(event.event));
    if (!cancels && state_.parts.observer != nullptr)
        state_.parts.observer->triggerFailed(run.record.pipeline, event.event.visibleId(),
                                             "`cancel_on`: " + cancels.error().message);
}

void Deliveries::catchUp(ActiveRun& run, std::size_t step) {
    const std::string& signal = run.steps[step].signal;
    for (const Open& open : open_) {
        if (std::find(open.signals.begin(), open.signals.end(), signal) == open.signals.end()) continue;
        state_.later.emplace_back(
            [this, event = open.event, ear = Ear{.run = run.record.id, .step = step}] { show(ear, *event); });
    }
}

void Deliveries::catchUp(ActiveRun& run) {
    for (std::size_t entry = 0; entry < run.ears.size(); ++entry)
        for (const Open& open : open_)
            if (std::find(open.signals.begin(), open.signals.end(), run.ears[entry]) != open.signals.end())
                state_.later.emplace_back(
                    [this, event = open.event, ear = Ear{run.record.id, kNoStep, entry}] { show(ear, *event); });
}

void Deliveries::lookBack(ActiveRun& run, std::function<void(ActiveRun&)> then) {
    lookBack(run.record.id, 0, run.record.event, std::move(then));
}

void Deliveries::lookBack(RunId id, std::size_t entry, EventId after, std::function<void(ActiveRun&)> then) {
    ActiveRun* run = state_.runs.find(id);
    if (run == nullptr || isTerminal(run->record.state)) return;
    if (entry == run->ears.size()) return then(*run);
    const auto look = [this, id, entry, first = run->record.event,
                       then = std::move(then)](const std::vector<Event>& found) {
        for (const Event& event : found) {
            ActiveEvent one;
            one.event = event;
            show({id, kNoStep, entry}, one);
        }
        if (found.size() == kPage) return lookBack(id, entry, found.back().id, then);
        lookBack(id, entry + 1, first, then);
    };
    const std::string name(signals::nameOf(signals::familyOf(run->ears[entry])));
    state_.questions.findEvents({.name = name, .after = after, .limit = kPage}, look);
}

void Deliveries::go() {
    if (asked_ || open_.empty()) return;
    Open& open = open_.front();
    if (open.signals.empty()) {
        state_.ledger.add(store::DeliveryChange{.event = open.event->event.id, .after = {}, .done = true});
        open_.pop_front();
        return go();
    }
    asked_ = true;
    const std::string signal = open.signals.back();
    state_.questions.load(store::LoadWaiting{.signal = signal, .afterRank = 0, .afterRun = open.after, .limit = kPage},
                          [this, signal](store::LoadedRuns found) {
                              asked_ = false;
                              page(signal, std::move(found.runs));
                          });
}

void Deliveries::page(const std::string& signal, std::vector<store::UnfinishedRun> runs) {
    Open& open = open_.front();
    const bool last = runs.size() < kPage;
    const auto event = open.event;
    for (store::UnfinishedRun& stored : runs) {
        const RunId id = open.after = stored.run.id;
        if (state_.runs.find(id) != nullptr || recovery_.visit(std::move(stored)) == nullptr) continue;
        for (const Ear& ear : state_.ears.inMemory(signal))
            if (ear.run == id) show(ear, *event);
        state_.later.emplace_back([this, id] { leaveAgain(id); });
    }
    if (!last) return;
    open.signals.pop_back();
    open.after = {};
}

/// Nothing has moved it: what the store has is still true.
void Deliveries::leaveAgain(RunId id) {
    ActiveRun* run = state_.runs.find(id);
    if (run == nullptr || !run->visiting || run->dirty) return;
    life_.leave(*run);
}

}  // namespace stepd::engine
