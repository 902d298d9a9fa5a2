#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "engine/ears.h"
#include "engine/engine.h"
#include "engine/ledger.h"
#include "engine/plugin_sets.h"
#include "engine/questions.h"
#include "engine/run_machine.h"
#include "engine/run_table.h"
#include "engine/scheduler.h"
#include "engine/timers.h"

namespace stepd::engine {

/// All that the parts of the core share: the runs in memory, what they wait for, what goes to disk next. The time is
/// read once a round, so that all changes of a round carry one time. Engine thread only.
struct EngineState {
    EngineState(const EngineParts& theParts, const EngineOptions& theOptions, Post post)
        : parts(theParts),
          options(theOptions),
          pluginSets(theParts.invoker, ledger),
          scheduler(theParts.invoker),
          questions(theParts.store, std::move(post)) {}

    const EngineParts parts;
    const EngineOptions options;
    RunTable runs;
    Ledger ledger;
    PluginSets pluginSets;
    Scheduler scheduler;
    Timers timers;
    Ears ears;
    Questions questions;
    /// What follows from something inside another run's turn: done in this round, when nobody is in the middle of it.
    std::deque<std::function<void()>> later;
    Timestamp now{};
    Instant instant{};

    /// Moves the run, or the step, along its machine and notes that for the disk and the observer. False if the machine
    /// has no such row; then nothing changes.
    bool move(ActiveRun& run, RunEvent event);
    bool move(ActiveRun& run, ActiveStep& step, StepEvent event);
};

const RunRefPtr& refOf(const ActiveRun& run);

/// From when `timeouts.start` counts: the run's creation, or the `ts` of its event to which it was put off.
Timestamp scheduledAt(const ActiveRun& run);

/// The run's ticket, or that of a step which has its number.
Ticket ticketOf(const ActiveRun& run);
Ticket ticketOf(const ActiveRun& run, const ActiveStep& step);

/// Run::error: a JSON object {step, class, code, message, reason}. `reason` says why no further attempt was made, and
/// is left out if empty.
std::string runError(std::string_view step, const StepError& error, std::string_view reason);

}  // namespace stepd::engine
