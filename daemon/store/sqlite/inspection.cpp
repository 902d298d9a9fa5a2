#include "store/sqlite/inspection.h"

#include "base/error.h"
#include "store/sqlite/auditor.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/rows.h"
#include "store/sqlite/statement.h"

namespace stepd::store {
namespace {

constexpr Duration kLongestRead = 1s;  // hardening R5
constexpr int kStepsBetweenLooks = 10'000;
constexpr std::size_t kMostFindings = 100;

/// Ends a statement that takes too long.
class Deadline {
public:
    Deadline(sqlite3* db, const Clock& clock) : db_(db), clock_(clock), until_(clock.instant() + kLongestRead) {
        sqlite3_progress_handler(
            db, kStepsBetweenLooks,
            [](void* self) {
                const auto* deadline = static_cast<Deadline*>(self);
                return deadline->clock_.instant() > deadline->until_ ? 1 : 0;
            },
            this);
    }
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline() { sqlite3_progress_handler(db_, 0, nullptr, nullptr); }

private:
    sqlite3* db_;
    const Clock& clock_;
    const Instant until_;
};

std::int64_t number(Connection& connection, const std::string& sql) {
    return std::stoll(connection.ask(sql));
}

std::optional<std::int64_t> rowsOf(Connection& connection, const Clock& clock, const std::string& table) {
    const Deadline deadline(connection.handle(), clock);
    try {
        return number(connection, "SELECT count(*) FROM " + table);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Unavailable) return std::nullopt;
        throw;
    }
}

std::optional<Run> firstRun(Connection& connection, const char* order) {
    Statement select(connection.handle(),
                     "SELECT " + std::string(kRunColumns) + " FROM runs ORDER BY id " + order + " LIMIT 1");
    Rows row = select.query();
    return row.next() ? std::optional(readRun(row)) : std::nullopt;
}

struct Rule {
    const char* broken;  ///< a query for the keys of those that break it
    const char* sentence;
};

constexpr Rule kRules[] = {
    {"SELECT id FROM steps WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = steps.id >> 16)",
     "a step belongs to no run"},
    {"SELECT run FROM waits JOIN runs ON runs.id = waits.run WHERE state >= 10", "a run has ended and still waits"},
    {"SELECT event FROM deliveries WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.id = event)",
     "an event that is being delivered is not stored"},
    {"SELECT id FROM runs WHERE state >= 10 AND finished_at IS NULL", "a run has ended at no time"},
    {"SELECT holder FROM once WHERE scope >= 'run:' AND scope < 'run;' "
     "AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = holder)",
     "a key is held by a run that is not stored"},
};

void addAudit(Connection& connection, std::vector<std::string>& found) {
    Auditor auditor(connection.handle());
    const Violations violations = auditor.audit(kMostFindings);
    for (const auto& slot : violations.slotsWithoutOwner)
        found.push_back("a slot of " + slot.lane + " is held by " + nameOf(slot.run, slot.step) + ", which is gone");
    for (const RunId run : violations.parkedWithoutWake)
        found.push_back(nameOf(run) + " is parked and nothing will wake it");
}

}  // namespace

DatabaseStats inspect(Connection& connection, const Clock& clock) {
    DatabaseStats stats;
    stats.schema = number(connection, "PRAGMA user_version");
    stats.pageBytes = number(connection, "PRAGMA page_size");
    stats.pages = number(connection, "PRAGMA page_count");
    stats.freePages = number(connection, "PRAGMA freelist_count");
    stats.shrinks = number(connection, "PRAGMA auto_vacuum") == 2;
    std::vector<std::string> tables;
    {
        Statement list(connection.handle(), "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
        for (Rows row = list.query(); row.next();) tables.push_back(row.text(0));
    }
    for (const auto& table : tables) stats.tables.push_back({table, rowsOf(connection, clock, table)});
    stats.oldest = firstRun(connection, "ASC");
    stats.newest = firstRun(connection, "DESC");
    return stats;
}

std::vector<std::string> findDamage(Connection& connection) {
    std::vector<std::string> found;
    {
        Statement check(connection.handle(), "PRAGMA integrity_check(" + std::to_string(kMostFindings) + ")");
        for (Rows row = check.query(); row.next();)
            if (row.text(0) != "ok") found.push_back(row.text(0));
    }
    if (!found.empty()) return found;  // the rest would only stumble over it
    {
        Statement check(connection.handle(), "PRAGMA foreign_key_check");
        for (Rows row = check.query(); row.next() && found.size() < kMostFindings;)
            found.push_back("a row of " + row.text(0) + " refers to one of " + row.text(2) + " that is not stored");
    }
    for (const auto& [broken, sentence] : kRules) {
        Statement select(connection.handle(), broken);
        for (Rows row = select.query(); row.next() && found.size() < kMostFindings;)
            found.push_back(std::string(sentence) + " (" + std::to_string(row.integer(0)) + ")");
    }
    addAudit(connection, found);
    return found;
}

}  // namespace stepd::store
