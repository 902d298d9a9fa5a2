#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/recovery.h"

namespace stepd::engine {

/// Shows each event to those who wait for it. Runs in memory hear it in the batch that admits it. For runs in the store
/// a delivery is recorded in that batch; afterwards they are loaded page by page, and those that the event does not
/// move leave memory again. Deliveries are carried out in order, one at a time. Engine thread only.
class Deliveries {
public:
    Deliveries(EngineState& state, BuiltInSteps& builtIns, RunLife& life, Recovery& recovery)
        : state_(state), builtIns_(builtIns), life_(life), recovery_(recovery) {}

    /// Those that were open when the daemon stopped.
    void restore(const std::vector<store::Delivery>& deliveries);
    /// The event has just been admitted.
    void spread(const std::shared_ptr<const ActiveEvent>& event);
    /// A step begins to listen: deliveries that are open may be for it.
    void catchUp(ActiveRun& run, std::size_t step);
    /// The run has come from the store: deliveries that are open may be for its `cancel_on`.
    void catchUp(ActiveRun& run);
    /// Shows the run the events that came while nobody listened for its `cancel_on`; `then` gets it if it has not ended
    /// by that.
    void lookBack(ActiveRun& run, std::function<void(ActiveRun&)> then);
    /// The event may cancel the run.
    void offerCancel(ActiveRun& run, std::size_t entry, const ActiveEvent& event);
    /// Asks for the next page of the delivery at work.
    void go();
    std::size_t open() const { return open_.size(); }

private:
    struct Open {
        std::shared_ptr<const ActiveEvent> event;
        std::vector<std::string> signals;  ///< still to be gone through; the last is at work
        RunId after;
    };
    void lookBack(RunId run, std::size_t entry, EventId after, std::function<void(ActiveRun&)> then);
    void show(const Ear& ear, const ActiveEvent& event);
    void page(const std::string& signal, std::vector<store::UnfinishedRun> runs);
    void leaveAgain(RunId id);

    EngineState& state_;
    BuiltInSteps& builtIns_;
    RunLife& life_;
    Recovery& recovery_;
    std::deque<Open> open_;
    bool asked_ = false;
};

}  // namespace stepd::engine
