#pragma once

#include <functional>
#include <string>
#include <utility>

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
    /// `ended` is called when a step has ended without its run being asked: its result came from the cache.
    Attempts(EngineState& state, std::function<void(ActiveRun&)> ended) : state_(state), ended_(std::move(ended)) {}

    /// The step wants an attempt: it begins now if there is room for it in all its lanes, else it stands in line. If an
    /// expression fails, the step is Failed instead.
    void ready(ActiveRun& run, std::size_t step);
    /// Begins an attempt for which everything has been taken: rendered, recorded, and sent after the commit. If an
    /// expression fails, the step is Failed instead and all is given back.
    void start(ActiveRun& run, std::size_t step);
    /// The invoker gave the result of the step's open attempt.
    AttemptEnding finished(ActiveRun& run, std::size_t step, StepResult result);
    /// The daemon died under the step's open attempt: recorded as lost, the next one is ready at once.
    void interrupted(ActiveRun& run, std::size_t step);
    /// The step's next attempt is due in `delay`; the step is Waiting.
    void sleep(ActiveRun& run, std::size_t step, Duration delay);
    /// Its timer fired.
    void due(ActiveRun& run, std::size_t step);
    /// Somebody released the step: it is tried again as if for the first time.
    void release(ActiveRun& run, std::size_t step);
    /// The step is not wanted any more: what it waits for is cancelled, its call is stopped after the commit.
    void abandon(ActiveRun& run, std::size_t step, host::CancelReason reason);

private:
    void askCache(ActiveRun& run, std::size_t step, const std::string& key);
    void standInLine(ActiveRun& run, std::size_t step, StepDemand demand);
    void giveUp(ActiveRun& run, ActiveStep& step, StepError error);
    void keepInCache(const ActiveRun& run, const ActiveStep& step);
    void close(ActiveRun& run, ActiveStep& step, const StepResult& result);
    AttemptEnding failed(ActiveRun& run, std::size_t step, const StepRules& rules);
    void retryLater(ActiveRun& run, std::size_t step, Duration delay);
    void send(ActiveRun& run, std::size_t step, CallPlan plan);
    void notice(const ActiveRun& run, const ActiveStep& step, const AttemptRecord& attempt, Duration took);

    EngineState& state_;
    const std::function<void(ActiveRun&)> ended_;
};

}  // namespace stepd::engine
