#pragma once

#include "engine/catalog.h"
#include "engine/engine_state.h"

namespace stepd::engine {

/// Turns events into admissions: gives keys and times, finds the triggers that match and the idempotency keys. Engine
/// thread only.
class Admissions {
public:
    /// Keys go on from the last ones stored.
    Admissions(EngineState& state, Catalog& catalog, EventId lastEvent, RunId lastRun)
        : state_(state), catalog_(catalog), lastEvent_(lastEvent), lastRun_(lastRun) {}

    struct Plan {
        std::shared_ptr<const ActiveEvent> event;
        std::optional<store::OnceKey> once;
        struct PlannedRun {
            Run run;
            std::optional<store::OnceKey> once;
            DriverPtr driver;
        };
        std::vector<PlannedRun> runs;  ///< one for each pipeline with a trigger that matches
    };
    Plan plan(NewEvent event);

    RunId lastRun() const { return lastRun_; }

private:
    bool triggered(const Catalog::Entry& entry, const ActiveEvent& event) const;
    std::optional<store::OnceKey> onceKey(const Catalog::Entry& entry, const ActiveEvent& event) const;
    void report(const Catalog::Entry& entry, const ActiveEvent& event, const std::string& problem) const;

    EngineState& state_;
    Catalog& catalog_;
    EventId lastEvent_;
    RunId lastRun_;
};

}  // namespace stepd::engine
