#include "engine/recovery.h"

#include <algorithm>
#include <utility>

#include "engine/retry_policy.h"

namespace stepd::engine {

void Recovery::resume(store::UnfinishedRun stored) {
    ActiveRun& run = take(std::move(stored));
    std::string problem;
    run.driver = catalog_.driver(run.record.revision, problem);
    if (!run.driver) return fail(run, problem);
    if (!place(run)) return fail(run, "its recorded steps are not those of its pipeline's revision");
    rearm(run);
    life_.advance(run);
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
    fresh->stage = Stage::Durable;
    auto event = std::make_shared<ActiveEvent>();
    event->event = std::move(stored.event);
    fresh->event = std::move(event);
    ActiveRun& run = state_.runs.add(std::move(fresh));
    restoreSteps(run, std::move(stored.steps), stored.open);
    return run;
}

void Recovery::restoreSteps(ActiveRun& run, std::vector<StepRecord> records, const std::vector<AttemptRecord>& open) {
    run.numbered = static_cast<std::int32_t>(records.size());
    run.steps.reserve(records.size());
    for (StepRecord& record : records) {
        ActiveStep& step = run.steps.emplace_back();
        step.handedIn = record.state;
        step.record = std::move(record);
        // Monotonic time does not outlive the process; a wall clock that was set back cannot make the budget longer.
        const Duration since = state_.now - step.record.startedAt.value_or(state_.now);
        step.firstStarted = state_.instant - std::max(Duration::zero(), since);
    }
    for (const AttemptRecord& attempt : open)
        for (std::size_t i = 0; i < run.steps.size(); ++i)
            if (run.steps[i].record.number == attempt.step) attempts_.interrupted(run, i, attempt);
}

/// Steps take the places that the driver gives them. False if one has no place; then the steps are as they were stored.
bool Recovery::place(ActiveRun& run) {
    std::vector<ActiveStep> stored = std::exchange(run.steps, {});
    life_.lay(run);
    const auto placeOf = [&](const ActiveStep& step) {
        return std::find_if(run.steps.begin(), run.steps.end(),
                            [&](const ActiveStep& laid) { return laid.record.name == step.record.name; });
    };
    for (const ActiveStep& step : stored)
        if (placeOf(step) == run.steps.end()) return run.steps = std::move(stored), false;
    for (ActiveStep& step : stored) *placeOf(step) = std::move(step);
    return true;
}

void Recovery::rearm(ActiveRun& run) {
    for (std::size_t i = 0; i < run.steps.size(); ++i) {
        const StepRecord& record = run.steps[i].record;
        if (record.state != StepState::Waiting) continue;
        const Duration left = record.wakeAt.value_or(state_.now) - state_.now;
        // A wall clock that was set back must not hold the step for a day.
        attempts_.sleep(run, i, std::min(left, longestDelay(run.driver->rules(run, i).retry.policy, record.error)));
    }
}

}  // namespace stepd::engine
