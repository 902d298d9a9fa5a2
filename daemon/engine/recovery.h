#pragma once

#include "engine/catalog.h"
#include "engine/run_life.h"

namespace stepd::engine {

/// Puts an unfinished run of the store back into memory, as it was: steps that have ended stay ended and never run
/// again, an attempt that was open when the daemon died is recorded as lost and goes on at once, a timer that is due
/// fires now. A run whose revision cannot be compiled any more fails with a sentence that says so. Engine thread only.
class Recovery {
public:
    Recovery(EngineState& state, Catalog& catalog, Attempts& attempts, BuiltInSteps& builtIns, RunLife& life)
        : state_(state), catalog_(catalog), attempts_(attempts), builtIns_(builtIns), life_(life) {}

    /// The run is in memory then, but nothing of it moves yet. Null if its revision cannot be compiled; then it has
    /// failed.
    ActiveRun* load(store::UnfinishedRun stored);
    /// A run that was just loaded goes on. `missed`: it was not parked, so events may have come that nobody showed it.
    void goOn(ActiveRun& run, bool missed);
    /// A parked run, to be shown an event or to be asked about: its ears are open, but nothing of it moves, and it
    /// stays parked. Null if its revision cannot be compiled; then it has failed.
    ActiveRun* visit(store::UnfinishedRun stored);

private:
    ActiveRun& take(store::UnfinishedRun stored);
    bool place(ActiveRun& run, std::vector<StepRecord> records);
    void restore(ActiveStep& step, StepRecord record) const;
    void fail(ActiveRun& run, const std::string& problem);

    EngineState& state_;
    Catalog& catalog_;
    Attempts& attempts_;
    BuiltInSteps& builtIns_;
    RunLife& life_;
};

}  // namespace stepd::engine
