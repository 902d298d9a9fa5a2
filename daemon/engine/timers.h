#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "model/ids.h"

namespace stepd::engine {

using TimerId = Id<struct TimerTag>;

/// What waits in memory for a moment of monotonic time, so a wall clock that jumps moves nothing (hardening R12). Each
/// timer fires once or is cancelled. The persisted side of a timer is `StepRecord::wakeAt`. Engine thread only.
class Timers {
public:
    struct Due {
        TimerId id;
        RunId run;
        std::size_t step = 0;
    };

    TimerId arm(Instant at, RunId run, std::size_t step) {
        const TimerId id{++last_};
        due_.emplace(std::pair(at, id), Due{id, run, step});
        at_.emplace(id, at);
        return id;
    }

    /// Nothing happens if it fired already.
    void cancel(TimerId id) {
        const auto found = at_.find(id);
        if (found == at_.end()) return;
        due_.erase(std::pair(found->second, id));
        at_.erase(found);
    }

    /// Takes out the earliest timer that is due; those of one moment in the order in which they were armed.
    std::optional<Due> take(Instant now) {
        if (due_.empty() || due_.begin()->first.first > now) return std::nullopt;
        const Due due = due_.begin()->second;
        at_.erase(due.id);
        due_.erase(due_.begin());
        return due;
    }

    std::optional<Instant> next() const {
        if (due_.empty()) return std::nullopt;
        return due_.begin()->first.first;
    }
    std::size_t size() const { return due_.size(); }

private:
    std::map<std::pair<Instant, TimerId>, Due> due_;
    std::map<TimerId, Instant> at_;
    std::int64_t last_ = 0;
};

}  // namespace stepd::engine
