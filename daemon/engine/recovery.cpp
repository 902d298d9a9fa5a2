#include "engine/recovery.h"

#include <algorithm>
#include <utility>

namespace stepd::engine {
namespace {

std::shared_ptr<const ActiveEvent> activeOf(Event event) {
    auto active = std::make_shared<ActiveEvent>();
    active->event = std::move(event);
    return active;
}

}  // namespace

ActiveRun* Recovery::load(store::UnfinishedRun stored) {
    ActiveRun& run = take(std::move(stored));
    return isTerminal(run.record.state) ? nullptr : &run;
}

void Recovery::goOn(ActiveRun& run, bool missed) {
    if (isTerminal(run.record.state)) return;
    if (run.record.parked) {
        life_.wake(run);
    } else {
        life_.resumeSteps(run, missed);
    }
    life_.begin(run);
}

ActiveRun* Recovery::visit(store::UnfinishedRun stored) {
    ActiveRun& run = take(std::move(stored));
    if (isTerminal(run.record.state)) return nullptr;
    run.visiting = true;
    for (std::size_t i = 0; i < run.steps.size(); ++i)
        if (run.steps[i].record.state == StepState::Waiting && run.steps[i].record.kind == "wait_for_event")
            builtIns_.resume(run, i, false);
    return &run;
}

void Recovery::fail(ActiveRun& run, const std::string& problem) {
    life_.fail(run, {.outcome = OutcomeClass::InvalidConfig,
                     .code = "revision_unavailable",
                     .message = problem,
                     .details = {},
                     .retryAfter = {}});
}

ActiveRun& Recovery::take(store::UnfinishedRun stored) {
    auto fresh = std::make_unique<ActiveRun>();
    fresh->record = std::move(stored.run);
    fresh->handedIn = fresh->record.state;
    fresh->fresh = false;
    if (fresh->record.state != RunState::Queued || fresh->record.startedAt) fresh->gate = Gate::Open;
    fresh->storedWaits = stored.waits;
    fresh->waits = std::move(stored.waits);
    fresh->children = std::move(stored.children);
    fresh->event = activeOf(std::move(stored.event));
    for (Event& event : stored.more) fresh->more.push_back(activeOf(std::move(event)));
    std::string problem;
    fresh->driver = catalog_.driver(fresh->record.revision, problem);
    ActiveRun& run = state_.runs.add(std::move(fresh));
    if (!run.driver) {
        for (StepRecord& record : stored.steps) restore(run.steps.emplace_back(), std::move(record));
    } else {
        const bool known = place(run, std::move(stored.steps));
        problem = known ? "" : "its recorded steps are not those of its pipeline's revision";
    }
    for (std::size_t i = 0; i < run.steps.size(); ++i) {
        const StepRecord& record = run.steps[i].record;
        if (record.kind == "plugin" && record.state == StepState::Running) attempts_.interrupted(run, i);
    }
    if (!problem.empty()) fail(run, problem);
    return run;
}

/// Steps take the places that the driver gives them. False if one has no place; it has one at the end then.
bool Recovery::place(ActiveRun& run, std::vector<StepRecord> records) {
    life_.lay(run);
    const auto first = static_cast<std::ptrdiff_t>(run.steps.size());
    bool known = true;
    for (StepRecord& record : records) {
        run.numbered = std::max(run.numbered, record.number + 1);
        const auto end = run.steps.begin() + first;  // what joined later is in its driver's hands
        auto laid = std::find_if(run.steps.begin(), end,
                                 [&](const ActiveStep& step) { return step.record.name == record.name; });
        if (laid == end) {
            const auto plan = run.driver->find(run, record);
            known = known && plan;
            laid = run.steps.emplace(run.steps.end());
            if (plan) {
                laid->plan = plan->plan;
                laid->parent = plan->parent;
                laid->item = plan->item;
            }
        }
        restore(*laid, std::move(record));
    }
    return known;
}

void Recovery::restore(ActiveStep& step, StepRecord record) const {
    step.handedIn = record.state;
    step.handedInAttempts = record.attempts;
    step.record = std::move(record);
    // Monotonic time does not outlive the process; a wall clock that was set back cannot make the budget longer.
    const Duration since = state_.now - step.record.startedAt.value_or(state_.now);
    step.firstStarted = state_.instant - std::max(Duration::zero(), since);
}

}  // namespace stepd::engine
