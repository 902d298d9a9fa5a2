#pragma once

#include "engine/engine.h"
#include "engine/ledger.h"
#include "engine/run_machine.h"
#include "engine/run_table.h"
#include "engine/scheduler.h"
#include "engine/timers.h"

namespace stepd::engine {

/// All that the parts of the core share: the runs in memory, what they wait for, what goes to disk next. The time is
/// read once a round, so that all changes of a round carry one time. Engine thread only.
struct EngineState {
    EngineState(const EngineParts& theParts, const EngineOptions& theOptions)
        : parts(theParts), options(theOptions), scheduler(theParts.invoker) {}

    const EngineParts parts;
    const EngineOptions options;
    RunTable runs;
    Ledger ledger;
    Scheduler scheduler;
    Timers timers;
    Timestamp now{};
    Instant instant{};

    /// Moves the run, or the step, along its machine and notes that for the disk and the observer. False if the machine
    /// has no such row; then nothing changes.
    bool move(ActiveRun& run, RunEvent event);
    bool move(ActiveRun& run, ActiveStep& step, StepEvent event);
};

RunRef refOf(const ActiveRun& run);

/// Run::error: a JSON object {step, class, code, message, reason}. `reason` says why no further attempt was made, and
/// is left out if empty.
std::string runError(std::string_view step, const StepError& error, std::string_view reason);

}  // namespace stepd::engine
