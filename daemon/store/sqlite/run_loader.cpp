#include "store/sqlite/run_loader.h"

#include <algorithm>

#include "store/sqlite/rows.h"

namespace stepd::store {
namespace {

// Pages are read as keys first: whole rows would be copied to be sorted.

constexpr const char* kSleepers =
    "SELECT id, wake_at FROM runs WHERE wake_at IS NOT NULL AND parked = 1 AND state < 10 AND (wake_at, id) > (?1, ?2)";

/// The first column of each row.
std::vector<RunId> keysOf(Rows rows) {
    std::vector<RunId> keys;
    while (rows.next()) keys.push_back({rows.integer(0)});
    return keys;
}

}  // namespace

RunLoader::RunLoader(sqlite3* db)
    : backlog_(db, unfinishedRuns(Parked::No) + " LIMIT ?2"),
      due_(db, kSleepers + std::string(" AND wake_at <= ?3 ORDER BY wake_at, id LIMIT ?4")),
      nextWake_(db, kSleepers + std::string(" ORDER BY wake_at, id LIMIT 1")),
      waiting_(db,
               "SELECT DISTINCT run, rank FROM waits WHERE signal = ? AND (rank, run) > (?, ?) "
               "ORDER BY rank, run LIMIT ?"),
      one_(db, "SELECT id FROM runs WHERE id = ? AND (state < 10 OR state = 13)"),
      run_(db, "SELECT " + std::string(kRunColumns) + ", " + kEventColumns +
                   " FROM runs JOIN events ON events.id = runs.event WHERE runs.id = ?"),
      moreEvents_(db, "SELECT " + std::string(kEventColumns) +
                          " FROM run_events JOIN events ON events.id = run_events.event WHERE run_events.run = ? "
                          "ORDER BY run_events.event"),
      steps_(db, "SELECT " + std::string(kStepColumns) + " FROM steps WHERE id BETWEEN ? AND ? ORDER BY id"),
      children_(db, "SELECT " + std::string(kRunColumns) + " FROM runs WHERE parent = ? AND parent <> 0 ORDER BY id"),
      waits_(db, "SELECT signal, family, rank, step FROM waits WHERE run = ? ORDER BY step, signal") {}

LoadedRuns RunLoader::load(const LoadQuery& query) {
    return std::visit([this](const auto& one) { return loadBy(one); }, query);
}

LoadedRuns RunLoader::loadBy(const LoadBacklog& query) {
    return loadEach(keysOf(backlog_.query(query.after, static_cast<std::int64_t>(query.limit))));
}

LoadedRuns RunLoader::loadBy(const LoadDue& query) {
    auto due =
        loadEach(keysOf(due_.query(query.after, query.afterRun, query.until, static_cast<std::int64_t>(query.limit))));
    const Run* last = due.runs.empty() ? nullptr : &due.runs.back().run;
    Rows next =
        last == nullptr ? nextWake_.query(query.after, query.afterRun) : nextWake_.query(*last->wakeAt, last->id);
    if (next.next()) due.nextWake = next.time(1);
    return due;
}

LoadedRuns RunLoader::loadBy(const LoadWaiting& query) {
    return loadEach(
        keysOf(waiting_.query(query.signal, query.afterRank, query.afterRun, static_cast<std::int64_t>(query.limit))));
}

LoadedRuns RunLoader::loadBy(const LoadOne& query) {
    return loadEach(keysOf(one_.query(query.run)));
}

LoadedRuns RunLoader::loadEach(const std::vector<RunId>& page) {
    LoadedRuns loaded;
    loaded.runs.reserve(page.size());
    for (const RunId run : page) loaded.runs.push_back(loadWhole(run));
    return loaded;
}

UnfinishedRun RunLoader::loadWhole(RunId run) {
    UnfinishedRun whole;
    if (Rows row = run_.query(run); row.next()) {
        whole.run = readRun(row);
        whole.event = readEvent(row, kRunWidth);
    }
    const StepKeys keys(run);
    for (Rows row = moreEvents_.query(run); row.next();) whole.more.push_back(readEvent(row));
    for (Rows row = steps_.query(keys.first, keys.last); row.next();) whole.steps.push_back(readStep(row));
    for (Rows row = children_.query(run); row.next();) {
        whole.children.push_back(readRun(row));
        whole.children.back().lanes.clear();
    }
    for (Rows row = waits_.query(run); row.next();)
        whole.waits.push_back({row.text(0), row.text(1), row.integer(2), row.integer32(3)});
    return whole;
}

}  // namespace stepd::store
