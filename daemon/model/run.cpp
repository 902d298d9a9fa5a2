#include "model/run.h"

namespace stepd {

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
