#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/run.h"

namespace stepd::store {

/// A page of a list, newest first. `before` is the key of the last item seen; zero: from the newest.
template <typename Key>
struct Page {
    Key before;
    std::size_t limit = 50;
};

/// Runs that meet all that is set.
struct RunFilter {
    std::optional<std::string> pipeline{};
    std::optional<RunState> state{};
    std::optional<EventId> event{};  ///< also of those that were collected by it
    std::vector<RunState> states{};  ///< any of them; empty: all
    std::optional<RunId> parent{};
    std::optional<Timestamp> createdSince{};
    std::optional<Timestamp> createdUntil{};  ///< itself excluded
};

/// Nothing that takes longer the more has ended: health and metrics ask for it often, and each read has a time limit.
struct StoreStats {
    std::int64_t runsOpen = 0;  ///< not ended
    std::int64_t databaseBytes = 0;
    std::int64_t walBytes = 0;
};

/// The read side of the store: short read-only sessions of their own (hardening R5). Sees all that is committed.
/// Thread-safe; blocks on the disk, so never called from the http or engine thread. Throws Error.
class Readers {
public:
    virtual ~Readers() = default;
    virtual std::optional<Event> findEvent(EventId id) = 0;
    virtual std::vector<Event> listEvents(const std::optional<std::string>& name, Page<EventId> page) = 0;
    virtual std::optional<Run> findRun(RunId id) = 0;
    virtual std::vector<Run> listRuns(const RunFilter& filter, Page<RunId> page) = 0;
    /// Looks at each of them: a filter that lets through very many takes longer than a read may.
    virtual std::size_t countRuns(const RunFilter& filter) = 0;
    /// The events that the run is for, in the order in which they came: one, or those of a batch. Empty: no such run.
    virtual std::vector<Event> eventsOf(RunId run) = 0;
    virtual std::vector<StepRecord> stepsOf(RunId run) = 0;
    virtual std::vector<AttemptRecord> attemptsOf(RunId run) = 0;
    /// As PluginSet::builds; empty: there is no such set.
    virtual std::string pluginBuilds(PluginSetId set) = 0;
    virtual StoreStats stats() = 0;
};

}  // namespace stepd::store
