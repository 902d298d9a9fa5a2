#include "store/sqlite/run_loader.h"

#include <algorithm>

#include "store/sqlite/rows.h"

namespace stepd::store {
namespace {

/// One branch a state: each walks runs_by_state in the order of keys, and SQLite merges them without sorting a million.
std::string unfinishedIn(RunState state) {
    return "SELECT id FROM runs WHERE state = " + std::to_string(static_cast<int>(state)) +
           " AND state <> 10 AND id > ?1";
}

std::string pageOfRuns() {
    return "SELECT " + std::string(kRunColumns) + ", " + kEventColumns + " FROM (" + unfinishedIn(RunState::Queued) +
           " UNION ALL " + unfinishedIn(RunState::Running) + " UNION ALL " + unfinishedIn(RunState::Waiting) +
           " ORDER BY id LIMIT ?2) AS page JOIN runs ON runs.id = page.id JOIN events ON events.id = runs.event "
           "ORDER BY runs.id";
}

}  // namespace

RunLoader::RunLoader(sqlite3* db)
    : runs_(db, pageOfRuns()),
      steps_(db, "SELECT " + std::string(kStepColumns) + " FROM steps WHERE id BETWEEN ? AND ? ORDER BY id"),
      openAttempts_(db, "SELECT " + std::string(kAttemptColumns) +
                            " FROM attempts WHERE step BETWEEN ? AND ? AND finished_at IS NULL "
                            "ORDER BY step, number") {}

std::vector<UnfinishedRun> RunLoader::load(const LoadQuery& query) {
    std::vector<UnfinishedRun> page;
    Rows rows = runs_.query(query.after, static_cast<std::int64_t>(query.limit));
    while (rows.next()) {
        page.push_back({readRun(rows), readEvent(rows, kRunWidth), {}, {}});
        readSteps(page.back());
        readOpenAttempts(page.back());
    }
    return page;
}

void RunLoader::readSteps(UnfinishedRun& unfinished) {
    const StepKeys keys(unfinished.run.id);
    Rows rows = steps_.query(keys.first, keys.last);
    while (rows.next()) unfinished.steps.push_back(readStep(rows));
}

void RunLoader::readOpenAttempts(UnfinishedRun& unfinished) {
    const StepKeys keys(unfinished.run.id);
    Rows rows = openAttempts_.query(keys.first, keys.last);
    while (rows.next()) unfinished.open.push_back(readAttempt(rows));
}

}  // namespace stepd::store
