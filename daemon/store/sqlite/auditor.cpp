#include "store/sqlite/auditor.h"

#include "store/sqlite/rows.h"

namespace stepd::store {
namespace {

constexpr std::int64_t kAtOnce = 10'000;

/// Parked runs behind a key, and whether nothing brings them back.
std::string parkedRuns() {
    return "SELECT id, wake_at IS NULL "
           "AND NOT EXISTS (SELECT 1 FROM waits WHERE waits.run = runs.id) "
           "AND NOT EXISTS (SELECT 1 FROM steps WHERE steps.id BETWEEN runs.id << 16 AND (runs.id << 16) + 65535 "
           "AND memo = '\"held\"') "
           "AND NOT EXISTS (SELECT 1 FROM runs AS child WHERE child.parent = runs.id AND child.parent <> 0 "
           "AND child.state < 10) FROM runs WHERE id IN (" +
           unfinishedRuns(Parked::Yes) + " LIMIT ?2) ORDER BY id";
}

}  // namespace

Auditor::Auditor(sqlite3* db)
    : slots_(db,
             "SELECT lane, run, step FROM slots LEFT JOIN runs ON runs.id = slots.run "
             "WHERE runs.id IS NULL OR runs.state >= 10 LIMIT ?"),
      parked_(db, parkedRuns()) {}

Violations Auditor::audit(std::size_t limit) {
    return {slotsWithoutOwner(limit), parkedWithoutWake(limit)};
}

std::vector<SlotChange> Auditor::slotsWithoutOwner(std::size_t limit) {
    std::vector<SlotChange> found;
    Rows rows = slots_.query(static_cast<std::int64_t>(limit));
    while (rows.next()) found.push_back({rows.text(0), {rows.integer(1)}, rows.integer32(2), true});
    return found;
}

std::vector<RunId> Auditor::parkedWithoutWake(std::size_t limit) {
    std::vector<RunId> found;
    Rows rows = parked_.query(lookedAt_, kAtOnce);
    std::int64_t count = 0;
    while (found.size() < limit && rows.next()) {
        lookedAt_ = {rows.integer(0)};
        if (rows.integer(1) != 0) found.push_back(lookedAt_);
        ++count;
    }
    if (found.size() < limit && count < kAtOnce) lookedAt_ = {};
    return found;
}

}  // namespace stepd::store
