#pragma once

#include <optional>

#include "model/run.h"

namespace stepd::engine {

/// What happens to a run.
enum class RunEvent {
    StepStarted,  ///< an attempt begins, or a built-in step
    Rested,       ///< nothing executes and nothing is ready: a timer, an event, a run or a person will move it
    Completed,
    Failed,    ///< a step failed for good, and the pipeline does not go on without it
    Poisoned,  ///< a step killed its worker too often (hardening R15)
    Cancelled,
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
        {RunState::Queued,  RunEvent::StepStarted, RunState::Running},
        {RunState::Running, RunEvent::StepStarted, RunState::Running},
        {RunState::Waiting, RunEvent::StepStarted, RunState::Running},
        {RunState::Running, RunEvent::Rested,      RunState::Waiting},
        {RunState::Waiting, RunEvent::Rested,      RunState::Waiting},
        {RunState::Queued,  RunEvent::Completed,   RunState::Completed},  // every step was skipped
        {RunState::Running, RunEvent::Completed,   RunState::Completed},
        {RunState::Waiting, RunEvent::Completed,   RunState::Completed},
        {RunState::Queued,  RunEvent::Failed,      RunState::Failed},     // an expression of it failed
        {RunState::Running, RunEvent::Failed,      RunState::Failed},
        {RunState::Waiting, RunEvent::Failed,      RunState::Failed},
        {RunState::Running, RunEvent::Poisoned,    RunState::Quarantined},
        {RunState::Queued,  RunEvent::Cancelled,   RunState::Cancelled},
        {RunState::Running, RunEvent::Cancelled,   RunState::Cancelled},
        {RunState::Waiting, RunEvent::Cancelled,   RunState::Cancelled},
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
    Opened,       ///< a `foreach` or `group`: its steps do the work from now on
    Waits,        ///< a built-in step: for a moment, an event or a run
    Succeeded,    ///< with or without an attempt: a built-in step has none, nor has a result from the cache
    NothingToDo,  ///< its `if` was false, or the plugin said `skipped`
    RetryLater,   ///< its attempt failed or was lost, another will follow
    Held,         ///< its attempt failed, and a person decides
    GivenUp,      ///< it failed and no other attempt follows
    Dropped,      ///< it is not wanted any more: its run has ended, it lost a race
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
        {StepState::Pending, StepEvent::Opened,         StepState::Running},
        {StepState::Pending, StepEvent::Waits,          StepState::Waiting},
        {StepState::Pending, StepEvent::Succeeded,      StepState::Completed},
        {StepState::Running, StepEvent::Succeeded,      StepState::Completed},
        {StepState::Waiting, StepEvent::Succeeded,      StepState::Completed},
        {StepState::Pending, StepEvent::NothingToDo,    StepState::Skipped},
        {StepState::Running, StepEvent::NothingToDo,    StepState::Skipped},
        {StepState::Running, StepEvent::RetryLater,     StepState::Waiting},
        {StepState::Running, StepEvent::Held,           StepState::Waiting},
        {StepState::Pending, StepEvent::GivenUp,        StepState::Failed},
        {StepState::Running, StepEvent::GivenUp,        StepState::Failed},
        {StepState::Waiting, StepEvent::GivenUp,        StepState::Failed},
        {StepState::Pending, StepEvent::Dropped,        StepState::Cancelled},
        {StepState::Running, StepEvent::Dropped,        StepState::Cancelled},
        {StepState::Waiting, StepEvent::Dropped,        StepState::Cancelled},
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
static_assert(!RunMachine::next(RunState::Completed, RunEvent::Cancelled));
static_assert(!RunMachine::next(RunState::Queued, RunEvent::Poisoned), "only an attempt can kill a worker");
static_assert(!StepMachine::next(StepState::Pending, StepEvent::RetryLater), "no retry without an attempt");

}  // namespace stepd::engine
