#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "engine/engine_state.h"

namespace stepd::engine {

/// Runs that nothing will move for a while leave memory (those in line and those that wait for a retry only when memory
/// is half full): a parked run is in the store alone, and its `wakeAt`, a signal
/// or a person brings it back. So a million sleeping or waiting runs cost nothing but disk. Engine thread only.
class Parking {
public:
    Parking(EngineState& state, std::optional<Timestamp> nextWake) : state_(state), nextWake_(nextWake) {}

    /// The run rests: if it need not be in memory it is parked, and leaves with the commit that says so.
    void consider(ActiveRun& run);
    /// Something moves the run: it is not parked any more.
    void wake(ActiveRun& run);
    /// A run was parked in the store without having been in memory, or may have an earlier moment there.
    void note(Timestamp wakeAt);
    /// The run's parking is on disk. True if it may leave memory now.
    static bool mayLeave(const ActiveRun& run) { return run.record.parked && !run.dirty; }
    /// All that keeps the run's place in memory is taken down.
    void takeDown(ActiveRun& run);

    /// Asks for the runs that are due, a page at a time while there is room; `resume` gets them.
    void askForDue(std::size_t room, const std::function<void(std::vector<store::UnfinishedRun>)>& resume);
    /// When runs in the store are due next; absent: none is.
    std::optional<Timestamp> nextWake() const { return asked_ ? std::nullopt : nextWake_; }

private:
    bool crowded() const { return state_.runs.size() > state_.options.maxActiveRuns / 2; }
    std::optional<std::vector<store::Wait>> waitsOf(const ActiveRun& run);

    EngineState& state_;
    std::optional<Timestamp> nextWake_;
    bool asked_ = false;
};

/// The first moment at which time alone moves something of the run; absent: none does.
std::optional<Timestamp> nextMoment(const ActiveRun& run);

}  // namespace stepd::engine
