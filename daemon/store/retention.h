#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/run.h"
#include "store/event_pattern.h"

namespace stepd::store {

/// How long a run is kept after its end.
struct Retention {
    Duration completed = 24h * 30;
    Duration failed = 24h * 90;  ///< also of cancelled and quarantined runs
    Duration of(RunState ended) const { return ended == RunState::Completed ? completed : failed; }
    friend bool operator==(const Retention&, const Retention&) = default;
};

/// What is kept for how long. Immutable while slices are carried out by it.
struct RetentionRules {
    Retention runs;                              ///< of pipelines that are not named
    std::map<std::string, Retention> pipelines;  ///< by id
    Duration events = 24h * 30;                  ///< from their receipt; longer while a run refers to them
    /// Names, or patterns, of events that runs look back for: such an event stays as long as a run that was there
    /// before it has not ended.
    std::vector<std::string> lookedBackFor;

    const Retention& of(const std::string& pipeline) const {
        const auto found = pipelines.find(pipeline);
        return found == pipelines.end() ? runs : found->second;
    }
    /// No run that was created this short a time ago can be over.
    Duration shortest() const {
        Duration least = std::min(runs.completed, runs.failed);
        for (const auto& [id, own] : pipelines) least = std::min({least, own.completed, own.failed});
        return least;
    }
    /// Whether runs look back for events of this name.
    bool lookBack(const std::string& event) const {
        return std::any_of(lookedBackFor.begin(), lookedBackFor.end(),
                           [&](const std::string& pattern) { return matchesPattern(pattern, event); });
    }
    friend bool operator==(const RetentionRules&, const RetentionRules&) = default;
};

/// Rounded up, so that nothing is over before its time.
inline Timestamp after(Timestamp time, Duration by) {
    return time + std::chrono::ceil<std::chrono::microseconds>(by);
}

/// A slice of the work of deleting what is over: keys from `first` to `last`, oldest first. Of runs go those that have
/// ended and whose time is over, with their steps, attempts, collected events and expired keys; but none whose parent
/// has not ended, nor one that holds a key. Of events go those that no run refers to, that are not being delivered,
/// whose id is forgotten, and that no run may look back for.
struct Prune {
    /// Keys: of events, runs and cached results that have expired; `first` and `last` say nothing of them.
    enum class What { Runs, Events, Keys };
    What what = What::Runs;
    Timestamp now{};
    std::shared_ptr<const RetentionRules> rules;  ///< shared with the engine: many slices go by the same
    std::int64_t first = 1;
    std::int64_t last = std::numeric_limits<std::int64_t>::max();
    /// At most so many runs or events are looked at, and about so many rows deleted.
    std::size_t most = 500;
};

/// What a slice has done, and when to look again.
struct Pruned {
    enum class Status {
        Done,    ///< what was deleted is durable; if nothing was, nothing was written
        Later,   ///< no space, or another program holds the database: nothing was done
        Failed,  ///< as CommitStatus::Failed
    };
    Status status = Status::Done;
    std::string message;             ///< one sentence unless Done
    std::size_t deleted = 0;         ///< runs, events or keys
    std::int64_t reached = 0;        ///< what is left up to this key, included, stays for now
    std::optional<Timestamp> stays;  ///< when some of that may be over; absent: nothing is left
    /// When what is behind `reached` is worth a look: at once where the slice was full; absent: nothing is there.
    std::optional<Timestamp> rest;
};

/// When to look again at what is held up by something without a known end.
constexpr Duration kLookAgain = 10min;
/// The same for what only a run that has not ended holds up: there may be very many such events.
constexpr Duration kLookBackAgain = 24h;

}  // namespace stepd::store
