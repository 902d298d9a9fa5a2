#include "model/run.h"

#include <algorithm>
#include <tuple>

namespace stepd {
namespace {

/// What the step alone tells of its latest attempt.
std::optional<AttemptRecord> impliedAttempt(const StepRecord& step) {
    // A step that was kept from an earlier run brings its count along.
    const bool kept = step.memo == "\"kept\"";
    const bool tells = step.state == StepState::Running || step.state == StepState::Completed;
    if (step.attempts == 0 || kept || !tells) return std::nullopt;
    AttemptRecord attempt;
    attempt.step = step.number;
    attempt.number = step.attempts;
    attempt.startedAt = step.attemptStartedAt.value_or(step.startedAt.value_or(Timestamp{}));
    if (step.state == StepState::Completed) {
        attempt.finishedAt = step.finishedAt;
        attempt.outcome = OutcomeClass::Ok;
        attempt.receipt = step.receipt;
    }
    return attempt;
}

}  // namespace

std::vector<AttemptRecord> attemptsOf(const std::vector<StepRecord>& steps, std::vector<AttemptRecord> recorded) {
    const std::size_t count = recorded.size();
    for (const StepRecord& step : steps) {
        auto implied = impliedAttempt(step);
        if (!implied) continue;
        const auto end = recorded.begin() + static_cast<std::ptrdiff_t>(count);
        const bool known = std::any_of(recorded.begin(), end, [&](const AttemptRecord& one) {
            return one.step == implied->step && one.number == implied->number;
        });
        if (!known) recorded.push_back(std::move(*implied));
    }
    std::sort(recorded.begin(), recorded.end(), [](const AttemptRecord& a, const AttemptRecord& b) {
        return std::tie(a.step, a.number) < std::tie(b.step, b.number);
    });
    return recorded;
}

std::string_view toString(RunState state) {
    switch (state) {
        case RunState::Queued: return "queued";
        case RunState::Running: return "running";
        case RunState::Waiting: return "waiting";
        case RunState::Completed: return "completed";
        case RunState::Failed: return "failed";
        case RunState::Cancelled: return "cancelled";
        case RunState::Quarantined: return "quarantined";
    }
    return "unknown";
}

std::string_view toString(StepState state) {
    switch (state) {
        case StepState::Pending: return "pending";
        case StepState::Running: return "running";
        case StepState::Waiting: return "waiting";
        case StepState::Completed: return "completed";
        case StepState::Failed: return "failed";
        case StepState::Skipped: return "skipped";
        case StepState::Cancelled: return "cancelled";
    }
    return "unknown";
}

std::optional<RunState> parseRunState(std::string_view text) {
    using enum RunState;
    for (const RunState state : {Queued, Running, Waiting, Completed, Failed, Cancelled, Quarantined})
        if (toString(state) == text) return state;
    return std::nullopt;
}

}  // namespace stepd
