#pragma once

#include "engine/catalog.h"
#include "engine/run_life.h"

namespace stepd::engine {

/// Puts an unfinished run of the store back into memory, as it was: steps that have ended stay ended and never run
/// again, an attempt that was open when the daemon died is recorded as lost and goes on at once, a timer that is due
/// fires now. A run whose revision cannot be compiled any more fails with a sentence that says so. Engine thread only.
class Recovery {
public:
    Recovery(EngineState& state, Catalog& catalog, Attempts& attempts, RunLife& life)
        : state_(state), catalog_(catalog), attempts_(attempts), life_(life) {}

    /// The run is in memory then, and goes on.
    void resume(store::UnfinishedRun stored);
    /// The run is in memory then, but for being ended by the caller: nothing of it goes on.
    ActiveRun& take(store::UnfinishedRun stored);

private:
    void restoreSteps(ActiveRun& run, std::vector<StepRecord> records, const std::vector<AttemptRecord>& open);
    bool place(ActiveRun& run);
    void rearm(ActiveRun& run);
    void fail(ActiveRun& run, const std::string& problem);

    EngineState& state_;
    Catalog& catalog_;
    Attempts& attempts_;
    RunLife& life_;
};

}  // namespace stepd::engine
