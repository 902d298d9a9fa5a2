#pragma once

#include <optional>

#include "model/run.h"

namespace stepd::engine {

/// What happens to a run.
enum class RunEvent {
    AttemptStarted,
    OnlyTimersLeft,  ///< nothing executes and nothing is ready: a timer will move it
    LastStepEnded,
    StepFailed,  ///< for good, and the pipeline does not go on without it
    Poisoned,    ///< a step killed its worker too often (hardening R15)
    CancelAsked,
};

/// The life of a run as data. Pure: it performs nothing; `Ledger` stores where it led.
struct RunMachine {
    struct Row {
        RunState from;
        RunEvent on;
        RunState to;
    };
    // clang-format off
    static constexpr Row kRows[] = {
        {RunState::Queued,  RunEvent::AttemptStarted, RunState::Running},
        {RunState::Running, RunEvent::AttemptStarted, RunState::Running},
        {RunState::Waiting, RunEvent::AttemptStarted, RunState::Running},
        {RunState::Running, RunEvent::OnlyTimersLeft, RunState::Waiting},
        {RunState::Waiting, RunEvent::OnlyTimersLeft, RunState::Waiting},
        {RunState::Queued,  RunEvent::LastStepEnded,  RunState::Completed},  // every step was skipped
        {RunState::Running, RunEvent::LastStepEnded,  RunState::Completed},
        {RunState::Waiting, RunEvent::LastStepEnded,  RunState::Completed},
        {RunState::Queued,  RunEvent::StepFailed,     RunState::Failed},     // its input could not be rendered
        {RunState::Running, RunEvent::StepFailed,     RunState::Failed},
        {RunState::Waiting, RunEvent::StepFailed,     RunState::Failed},
        {RunState::Running, RunEvent::Poisoned,       RunState::Quarantined},
        {RunState::Queued,  RunEvent::CancelAsked,    RunState::Cancelled},
        {RunState::Running, RunEvent::CancelAsked,    RunState::Cancelled},
        {RunState::Waiting, RunEvent::CancelAsked,    RunState::Cancelled},
    };
    // clang-format on

    /// Absent when no row matches: the event is refused and the run stays as it is.
    static constexpr std::optional<RunState> next(RunState from, RunEvent on) {
        for (const Row& row : kRows)
            if (row.from == from && row.on == on) return row.to;
        return std::nullopt;
    }
};

/// What happens to a step.
enum class StepEvent {
    AttemptStarted,
    Succeeded,
    NothingToDo,  ///< its `if` was false, or the plugin said `skipped`
    RetryLater,   ///< its attempt failed or was lost, another will follow
    GivenUp,      ///< its attempt failed and no other follows
    Refused,      ///< an expression of it could not be evaluated: no attempt is made
    RunEnded,     ///< its run ended without it
};

/// The life of a step as data.
struct StepMachine {
    struct Row {
        StepState from;
        StepEvent on;
        StepState to;
    };
    // clang-format off
    static constexpr Row kRows[] = {
        {StepState::Pending, StepEvent::AttemptStarted, StepState::Running},
        {StepState::Waiting, StepEvent::AttemptStarted, StepState::Running},
        {StepState::Running, StepEvent::Succeeded,      StepState::Completed},
        {StepState::Pending, StepEvent::NothingToDo,    StepState::Skipped},
        {StepState::Running, StepEvent::NothingToDo,    StepState::Skipped},
        {StepState::Running, StepEvent::RetryLater,     StepState::Waiting},
        {StepState::Running, StepEvent::GivenUp,        StepState::Failed},
        {StepState::Pending, StepEvent::Refused,        StepState::Failed},
        {StepState::Waiting, StepEvent::Refused,        StepState::Failed},
        {StepState::Pending, StepEvent::RunEnded,       StepState::Cancelled},
        {StepState::Running, StepEvent::RunEnded,       StepState::Cancelled},
        {StepState::Waiting, StepEvent::RunEnded,       StepState::Cancelled},
    };
    // clang-format on

    /// Absent when no row matches: the event is refused and the step stays as it is.
    static constexpr std::optional<StepState> next(StepState from, StepEvent on) {
        for (const Row& row : kRows)
            if (row.from == from && row.on == on) return row.to;
        return std::nullopt;
    }
};

/// True if no row leaves a terminal state and no row repeats another's cause.
template <typename Machine>
constexpr bool isSound() {
    for (const auto& row : Machine::kRows) {
        if (isTerminal(row.from)) return false;
        int same = 0;
        for (const auto& other : Machine::kRows) same += other.from == row.from && other.on == row.on ? 1 : 0;
        if (same != 1) return false;
    }
    return true;
}

static_assert(isSound<RunMachine>(), "a finished run never moves, and each event leads to one state");
static_assert(isSound<StepMachine>(), "a finished step never moves, and each event leads to one state");
static_assert(!RunMachine::next(RunState::Completed, RunEvent::CancelAsked));
static_assert(!RunMachine::next(RunState::Queued, RunEvent::Poisoned), "only an attempt can kill a worker");
static_assert(!StepMachine::next(StepState::Pending, StepEvent::Succeeded), "no result without an attempt");

}  // namespace stepd::engine
