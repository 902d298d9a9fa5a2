#include "store/sqlite/eraser.h"

#include "store/sqlite/rows.h"

namespace stepd::store {
namespace {

/// The newest row is about to go: its key is remembered in its place.
std::string remember(const std::string& table) {
    return "INSERT INTO last_keys (of, key) SELECT '" + table + "', ?1 WHERE NOT EXISTS (SELECT 1 FROM " + table +
           " WHERE id > ?1) ON CONFLICT (of) DO UPDATE SET key = excluded.key WHERE excluded.key > key";
}

std::string expired(const std::string& table) {
    return "DELETE FROM " + table + " WHERE (scope, key) IN (SELECT scope, key FROM " + table +
           " WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)";
}

}  // namespace

Eraser::Eraser(sqlite3* db)
    : attempts_(db, "DELETE FROM attempts WHERE step BETWEEN ? AND ?"),
      steps_(db, "DELETE FROM steps WHERE id BETWEEN ? AND ?"),
      someAttempts_(db,
                    "DELETE FROM attempts WHERE (step, number) IN "
                    "(SELECT step, number FROM attempts WHERE step BETWEEN ? AND ? LIMIT ?)"),
      someSteps_(db, "DELETE FROM steps WHERE id IN (SELECT id FROM steps WHERE id BETWEEN ? AND ? LIMIT ?)"),
      collected_(db, "DELETE FROM run_events WHERE run = ?"),
      keys_(db, "DELETE FROM once WHERE holder = ? AND scope >= 'run:' AND scope < 'run;'"),
      run_(db, "DELETE FROM runs WHERE id = ?"),
      event_(db, "DELETE FROM events WHERE id = ?"),
      lastRun_(db, remember("runs")),
      lastEvent_(db, remember("events")),
      expiredKeys_(db, expired("once")),
      expiredResults_(db, expired("cache")) {}

void Eraser::erase(const Prune& slice, Survey::Found& found) {
    const auto most = static_cast<std::int64_t>(slice.most);
    if (found.tooLarge) return eraseSome(*found.tooLarge, most);
    if (found.keys) {
        const auto gone = expiredKeys_.run(slice.now, most);
        found.answer.deleted = static_cast<std::size_t>(gone + expiredResults_.run(slice.now, most - gone));
        if (found.answer.deleted == slice.most) found.answer.rest = slice.now;
        return;
    }
    if (found.over.empty()) return;
    const bool runs = slice.what == Prune::What::Runs;
    (runs ? lastRun_ : lastEvent_).run(found.over.back());
    for (const std::int64_t key : found.over) {
        if (runs) {
            eraseRun({key});
        } else {
            event_.run(key);
        }
    }
}

void Eraser::eraseRun(RunId run) {
    const StepKeys keys(run);
    attempts_.run(keys.first, keys.last);
    steps_.run(keys.first, keys.last);
    collected_.run(run);
    keys_.run(run);
    run_.run(run);
}

/// The run itself goes with the slice that deletes the last of its steps.
void Eraser::eraseSome(RunId run, std::int64_t most) {
    const StepKeys keys(run);
    const auto gone = someAttempts_.run(keys.first, keys.last, most);
    if (gone < most) someSteps_.run(keys.first, keys.last, most - gone);
}

}  // namespace stepd::store
