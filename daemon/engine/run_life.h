#pragma once

#include "engine/attempt.h"
#include "engine/built_in_steps.h"
#include "engine/flow_control.h"
#include "engine/parking.h"

namespace stepd::engine {

/// The life of a run: it stands in line, its driver is asked, what the driver wants is done, until the run ends. Engine
/// thread only.
class RunLife {
public:
    RunLife(EngineState& state, Attempts& attempts, BuiltInSteps& builtIns, Parking& parking, FlowControl& flow)
        : state_(state), attempts_(attempts), builtIns_(builtIns), parking_(parking), flow_(flow) {}

    /// Gives a run in memory the steps that its driver knows from the start, and its ears for `cancel_on`.
    void lay(ActiveRun& run);
    /// The run starts as soon as there is room for it in all its lanes; one that has started goes on.
    void begin(ActiveRun& run);
    /// There is room: everything has been taken for it.
    void passed(ActiveRun& run);
    /// A parked run is moved: it is in memory for good, and its timers run. The caller then lets it `begin`.
    void wake(ActiveRun& run);
    /// Steps that the store has as Waiting wait again in memory. `missed`: events may have come that nobody showed
    /// them.
    void resumeSteps(ActiveRun& run, bool missed);
    /// Does what the driver wants until it wants nothing more for now; then the run executes, waits or has ended.
    void advance(ActiveRun& run);
    /// The result of the step's open attempt is in.
    void finished(ActiveRun& run, std::size_t step, StepResult result);
    /// A timer of the step, or one of `timeouts`, is due.
    void due(ActiveRun& run, std::size_t step);
    /// The run ends as cancelled, after its `finally`; one that is in there already ends at once.
    void cancel(ActiveRun& run, const std::optional<StepError>& reason);
    /// The run ends as failed, for a reason that is no step's.
    void fail(ActiveRun& run, const StepError& error);
    /// The run leaves memory; the store has all of it.
    void leave(ActiveRun& run);
    /// True if something of it was held.
    bool release(ActiveRun& run);

private:
    bool deadlinePassed(ActiveRun& run);
    void armDeadline(ActiveRun& run);
    void make(ActiveRun& run, Move move);
    void add(ActiveRun& run, std::vector<StepPlan> plans);
    void start(ActiveRun& run, std::size_t step);
    void concludes(ActiveRun& run, const Move& move);
    void abandon(ActiveRun& run, std::size_t step, host::CancelReason reason);
    void abandonAll(ActiveRun& run, host::CancelReason reason);
    void end(ActiveRun& run, RunEvent event);
    void tellParent(const ActiveRun& run);
    void rest(ActiveRun& run);

    EngineState& state_;
    Attempts& attempts_;
    BuiltInSteps& builtIns_;
    Parking& parking_;
    FlowControl& flow_;
};

}  // namespace stepd::engine
