#include "store/sqlite/sqlite_readers.h"

#include <filesystem>
#include <limits>
#include <map>
#include <utility>

#include "store/sqlite/connection.h"
#include "store/sqlite/rows.h"
#include "store/sqlite/run_selection.h"

namespace stepd::store {
namespace {

constexpr Duration kLongestRead = 1s;  // hardening R5
constexpr int kStepsBetweenLooks = 10'000;

template <typename Key>
std::int64_t before(const Page<Key>& page) {
    return page.before ? page.before.value : std::numeric_limits<std::int64_t>::max();
}

std::int64_t sizeOf(const std::string& path) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(path, missing);
    return missing ? 0 : static_cast<std::int64_t>(size);
}

}  // namespace

/// A connection with its statements, used by one caller at a time.
class SqliteReaders::Session {
public:
    Session(const std::string& path, const Clock& clock) : clock_(clock), connection_(path, Role::Reader) {
        connection_.configure();
        sqlite3_progress_handler(
            connection_.handle(), kStepsBetweenLooks,
            [](void* self) { return static_cast<Session*>(self)->late() ? 1 : 0; }, this);
    }

    void startReading() { deadline_ = clock_.instant() + kLongestRead; }

    Statement& prepared(const std::string& sql) {
        const auto known = statements_.find(sql);
        return known != statements_.end()
                   ? known->second
                   : statements_.emplace(sql, Statement(connection_.handle(), sql)).first->second;
    }

    std::vector<StepRecord> stepsOf(RunId run) {
        const StepKeys keys(run);
        Statement& select =
            prepared("SELECT " + std::string(kStepColumns) + " FROM steps WHERE id BETWEEN ? AND ? ORDER BY id");
        std::vector<StepRecord> list;
        for (Rows row = select.query(keys.first, keys.last); row.next();) list.push_back(readStep(row));
        return list;
    }

private:
    bool late() const { return clock_.instant() > deadline_; }

    const Clock& clock_;
    Instant deadline_{};
    Connection connection_;
    std::map<std::string, Statement> statements_;
};

SqliteReaders::SqliteReaders(std::string path, const Clock& clock) : path_(std::move(path)), clock_(clock) {}
SqliteReaders::~SqliteReaders() = default;

std::unique_ptr<SqliteReaders::Session> SqliteReaders::borrow() {
    {
        const MutexLock lock(mutex_);
        if (!idle_.empty()) {
            auto session = std::move(idle_.back());
            idle_.pop_back();
            return session;
        }
    }
    return std::make_unique<Session>(path_, clock_);
}

/// A session that throws is not kept.
template <typename Body>
auto SqliteReaders::read(Body body) {
    auto session = borrow();
    session->startReading();
    auto result = body(*session);
    const MutexLock lock(mutex_);
    idle_.push_back(std::move(session));
    return result;
}

std::optional<Event> SqliteReaders::findEvent(EventId id) {
    return read([&](Session& session) {
        Rows row = session.prepared("SELECT " + std::string(kEventColumns) + " FROM events WHERE id = ?").query(id);
        return row.next() ? std::optional(readEvent(row)) : std::nullopt;
    });
}

std::vector<Event> SqliteReaders::listEvents(const std::optional<std::string>& name, Page<EventId> page) {
    return read([&](Session& session) {
        const std::string sql = "SELECT " + std::string(kEventColumns) + " FROM events WHERE id < ?" +
                                (name ? " AND name = ?" : "") + " ORDER BY id DESC LIMIT ?";
        Statement& select = session.prepared(sql);
        int position = 0;
        select.bind(++position, before(page));
        if (name) select.bind(++position, *name);
        select.bind(++position, static_cast<std::int64_t>(page.limit));
        std::vector<Event> list;
        for (Rows row = select.rows(); row.next();) list.push_back(readEvent(row));
        return list;
    });
}

std::optional<Run> SqliteReaders::findRun(RunId id) {
    return read([&](Session& session) {
        Rows row = session.prepared("SELECT " + std::string(kRunColumns) + " FROM runs WHERE id = ?").query(id);
        return row.next() ? std::optional(readRun(row)) : std::nullopt;
    });
}

std::vector<Run> SqliteReaders::listRuns(const RunFilter& filter, Page<RunId> page) {
    return read([&](Session& session) {
        const RunSelection selection(filter);
        Statement& select = session.prepared(selection.list());
        selection.bindPage(select, before(page), static_cast<std::int64_t>(page.limit));
        std::vector<Run> list;
        for (Rows row = select.rows(); row.next();) list.push_back(readRun(row));
        return list;
    });
}

std::size_t SqliteReaders::countRuns(const RunFilter& filter) {
    return read([&](Session& session) {
        const RunSelection selection(filter);
        Statement& select = session.prepared(selection.count());
        selection.bind(select);
        Rows row = select.rows();
        row.next();
        return static_cast<std::size_t>(row.integer(0));
    });
}

std::vector<Event> SqliteReaders::eventsOf(RunId run) {
    return read([&](Session& session) {
        Statement& select = session.prepared("SELECT " + std::string(kEventColumns) +
                                             " FROM events WHERE id IN (SELECT event FROM runs WHERE id = ?1 "
                                             "UNION ALL SELECT event FROM run_events WHERE run = ?1) ORDER BY id");
        std::vector<Event> list;
        for (Rows row = select.query(run); row.next();) list.push_back(readEvent(row));
        return list;
    });
}

std::vector<StepRecord> SqliteReaders::stepsOf(RunId run) {
    return read([&](Session& session) { return session.stepsOf(run); });
}

std::vector<AttemptRecord> SqliteReaders::attemptsOf(RunId run) {
    return read([&](Session& session) {
        const StepKeys keys(run);
        Statement& select = session.prepared("SELECT " + std::string(kAttemptColumns) +
                                             " FROM attempts WHERE step BETWEEN ? AND ? ORDER BY step, number");
        std::vector<AttemptRecord> recorded;
        for (Rows row = select.query(keys.first, keys.last); row.next();) recorded.push_back(readAttempt(row));
        return stepd::attemptsOf(session.stepsOf(run), std::move(recorded));
    });
}

std::string SqliteReaders::pluginBuilds(PluginSetId set) {
    return read([&](Session& session) {
        Rows row = session.prepared("SELECT builds FROM plugin_sets WHERE id = ?").query(set);
        return row.next() ? row.text(0) : std::string();
    });
}

StoreStats SqliteReaders::stats() {
    return read([&](Session& session) {
        StoreStats stats;
        // `state <> 10` lets SQLite take the partial index.
        Rows row =
            session.prepared("SELECT count(*) FROM runs WHERE parked IN (0, 1) AND state IN (0, 1, 2) AND state <> 10")
                .query();
        row.next();
        stats.runsOpen = row.integer(0);
        stats.databaseBytes = sizeOf(path_);
        stats.walBytes = sizeOf(path_ + "-wal");
        return stats;
    });
}

}  // namespace stepd::store
