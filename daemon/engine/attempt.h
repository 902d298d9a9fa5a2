#pragma once

#include "engine/engine_state.h"

namespace stepd::engine {

/// What an attempt's end means for its run.
enum class AttemptEnding {
    StepEnded,  ///< completed, skipped or failed: the driver has to be asked
    TriedAgain,
    Poisoned,  ///< the step has killed its worker too often: the run must be quarantined
};

/// The life of one attempt of a step: it becomes ready, takes a slot, is recorded, goes out after the commit, ends, and
/// is followed by another or not. Read the functions from top to bottom. Engine thread only.
class Attempts {
public:
    explicit Attempts(EngineState& state) : state_(state) {}

    /// The step wants an attempt: it begins now if its plugin has a free slot and nobody waits, else the step queues
    /// up.
    void ready(ActiveRun& run, std::size_t step);
    /// The run's admission is on disk: steps that found no slot before join their lanes.
    void admitted(ActiveRun& run);
    /// Begins an attempt for which a slot has been taken: rendered, recorded, and sent after the commit. If an
    /// expression fails, the step is Failed instead and the slot is given back.
    void start(ActiveRun& run, std::size_t step);
    /// The invoker gave the result of the step's open attempt; its slot has been given back.
    AttemptEnding finished(ActiveRun& run, std::size_t step, StepResult result);
    /// The daemon died under the attempt: recorded as lost, the next one is ready at once.
    void interrupted(ActiveRun& run, std::size_t step, AttemptRecord attempt);
    /// The step's next attempt is due in `delay`; the step is Waiting.
    void sleep(ActiveRun& run, std::size_t step, Duration delay);
    /// Its timer fired.
    void due(ActiveRun& run, std::size_t step);
    /// The run ends without the step: what it waits for is cancelled, its call is stopped after the commit.
    void abandon(ActiveRun& run, std::size_t step, host::CancelReason reason);

private:
    void close(ActiveRun& run, ActiveStep& step, const StepResult& result);
    AttemptEnding failed(ActiveRun& run, std::size_t step, const StepRules& rules);
    void retryLater(ActiveRun& run, std::size_t step, Duration delay);
    void send(ActiveRun& run, std::size_t step, CallPlan plan);
    void notice(const ActiveRun& run, const ActiveStep& step, const AttemptRecord& attempt, Duration took);

    EngineState& state_;
};

}  // namespace stepd::engine
