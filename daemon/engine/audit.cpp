#include "engine/audit.h"

#include <algorithm>

namespace stepd::engine {
namespace {

constexpr std::size_t kMostFindings = 100;

bool rests(const ActiveRun& run) {
    if (run.gate == Gate::InLine || run.record.parked || run.lookingBack) return false;
    return std::all_of(run.steps.begin(), run.steps.end(),
                       [](const ActiveStep& step) { return step.activity == Activity::Idle; });
}

}  // namespace

std::optional<Instant> Audit::nextDue() const {
    return moved_ ? std::optional(last_ + state_.options.auditEvery) : std::nullopt;
}

void Audit::tick() {
    if (!moved_ || state_.instant - last_ < state_.options.auditEvery) return;
    last_ = state_.instant;
    moved_ = false;
    checkMemory();
    state_.questions.audit(kMostFindings, [this](const store::Violations& found) { checkStore(found); });
}

/// A run in memory that has not ended has a next action.
void Audit::checkMemory() {
    for (const RunId id : state_.runs.ids()) {
        ActiveRun& run = *state_.runs.find(id);
        if (!run.driver || isTerminal(run.record.state) || run.dirty || run.visiting || !rests(run)) continue;
        violation("run " + publicId(id, run.record.createdAt) + " rested without a reason; it goes on");
        life_.begin(run);
    }
}

void Audit::checkStore(const store::Violations& found) {
    for (const store::SlotChange& slot : found.slotsWithoutOwner) {
        if (state_.runs.find(slot.run) != nullptr) continue;
        violation("a slot of " + slot.lane + " was held by run " + std::to_string(slot.run.value) +
                  ", which is gone; it is free again");
        const Ticket owner{.rank = 0, .run = slot.run, .step = slot.step};
        if (state_.scheduler.holds(slot.lane, owner)) {
            state_.scheduler.releaseLane(slot.lane, owner);
        } else {
            state_.ledger.add(store::SlotChange{.lane = slot.lane, .run = slot.run, .step = slot.step, .held = false});
        }
    }
    for (const RunId id : found.parkedWithoutWake) {
        if (state_.runs.find(id) != nullptr) continue;
        violation("run " + std::to_string(id.value) + " was parked with nothing to wake it; it goes on");
        state_.ledger.add(store::Wake{.run = id, .now = state_.now});
        wakeStored_(state_.now);
    }
}

void Audit::violation(const std::string& sentence) {
    ++violations_;
    if (state_.parts.observer != nullptr) state_.parts.observer->violated(sentence);
}

}  // namespace stepd::engine
