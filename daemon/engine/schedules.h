#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/built_in_steps.h"
#include "engine/catalog.h"
#include "engine/cron_calendar.h"

namespace stepd::engine {

/// Starts runs by the calendar. The last tick of each schedule is a moment in the store, written in the batch that
/// admits its event, so no tick is lost or taken twice. Ticks are moments of the wall clock. Engine thread only.
class Schedules {
public:
    Schedules(EngineState& state, std::function<void(Order)> send) : state_(state), send_(std::move(send)) {}

    /// The schedules of the current pipelines; one that is new counts from now.
    void use(const std::vector<Catalog::EntryPtr>& entries);
    /// Sends the events of all ticks that are due.
    void tick();
    std::optional<Timestamp> nextTick() const;

private:
    struct Schedule {
        Catalog::EntryPtr entry;
        std::size_t trigger = 0;
        std::string moment;  ///< under which its last tick is kept
        CronCalendar calendar;
        std::optional<Timestamp> next;
    };
    /// False if the trigger's `if` says no.
    bool fire(const Schedule& schedule, Timestamp tick);
    std::vector<Timestamp> dueTicks(const Schedule& schedule, Timestamp last) const;

    EngineState& state_;
    const std::function<void(Order)> send_;
    std::vector<Schedule> schedules_;
    std::map<std::string, Timestamp> seen_;  // by moment: the store follows with the events
};

}  // namespace stepd::engine
