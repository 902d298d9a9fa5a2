#pragma once

#include "engine/attempt.h"

namespace stepd::engine {

/// The life of a run: its driver is asked, what the driver wants is done, until the run ends. Engine thread only.
class RunLife {
public:
    RunLife(EngineState& state, Attempts& attempts) : state_(state), attempts_(attempts) {}

    /// Gives a run in memory the steps that its driver knows from the start. It is Queued until an attempt begins.
    void lay(ActiveRun& run);
    /// Does what the driver wants until it wants nothing more for now; then the run executes, waits or has ended.
    void advance(ActiveRun& run);
    /// The result of the step's open attempt is in.
    void finished(ActiveRun& run, std::size_t step, StepResult result);
    /// The run ends as cancelled; it has not ended yet.
    void cancel(ActiveRun& run);
    /// The run ends as failed, for a reason that is no step's.
    void fail(ActiveRun& run, const StepError& error);

private:
    void make(ActiveRun& run, Move move);
    void failBecauseOf(ActiveRun& run, std::size_t step, RunEvent event);
    void end(ActiveRun& run, RunEvent event, host::CancelReason reason);
    void rest(ActiveRun& run);

    EngineState& state_;
    Attempts& attempts_;
};

}  // namespace stepd::engine
