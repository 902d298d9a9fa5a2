#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "store/readers.h"

namespace stepd::store {

/// Reads the SQLite file of a SqliteStore, which has made it. Sessions are opened as many as callers read at once, and
/// kept; each is `query_only` and ends a read that takes longer than a second: Error{Unavailable}. Thread-safe.
class SqliteReaders final : public Readers {
public:
    /// `clock` outlives the object. Opens nothing yet.
    SqliteReaders(std::string path, const Clock& clock);
    ~SqliteReaders() override;

    std::optional<Event> findEvent(EventId id) override;
    std::vector<Event> listEvents(const std::optional<std::string>& name, Page<EventId> page) override;
    std::optional<Run> findRun(RunId id) override;
    std::vector<Run> listRuns(const RunFilter& filter, Page<RunId> page) override;
    std::size_t countRuns(const RunFilter& filter) override;
    std::vector<Event> eventsOf(RunId run) override;
    std::vector<StepRecord> stepsOf(RunId run) override;
    std::vector<AttemptRecord> attemptsOf(RunId run) override;
    std::string pluginBuilds(PluginSetId set) override;
    StoreStats stats() override;

private:
    class Session;
    template <typename Body>
    auto read(Body body);
    std::unique_ptr<Session> borrow() EXCLUDES(mutex_);

    const std::string path_;
    const Clock& clock_;
    Mutex mutex_;
    std::vector<std::unique_ptr<Session>> idle_ GUARDED_BY(mutex_);
};

}  // namespace stepd::store
