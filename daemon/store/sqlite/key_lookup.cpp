#include "store/sqlite/key_lookup.h"

namespace stepd::store {

KeyLookup::KeyLookup(sqlite3* db)
    : holder_(db, "SELECT holder FROM once WHERE scope = ? AND key = ? AND expires_at > ?"),
      cached_(db, "SELECT output FROM cache WHERE scope = ? AND key = ? AND expires_at > ?"),
      eventTime_(db, "SELECT received_at FROM events WHERE id = ?"),
      runsOfEvent_(db,
                   "SELECT id, created_at, pipeline FROM runs WHERE id IN (SELECT id FROM runs WHERE event = ?1 "
                   "UNION ALL SELECT run FROM run_events WHERE event = ?1) ORDER BY id"),
      run_(db, "SELECT id, created_at, pipeline FROM runs WHERE id = ?") {}

Found KeyLookup::find(const Lookup& lookup) {
    Found found;
    for (const auto& key : lookup.once) found.once.push_back(holder(key, lookup.now));
    for (const auto& key : lookup.cache) found.cached.push_back(cached(key, lookup.now));
    for (const RunId run : lookup.runs) found.runs.push_back(run_.query(run).next());
    return found;
}

std::optional<OnceHolder> KeyLookup::holder(const Lookup::Key& key, Timestamp now) {
    Rows held = holder_.query(key.scope, key.key, now);
    if (!held.next()) return std::nullopt;
    OnceHolder holder{held.integer(0), {}, {}};
    const bool ofEvent = key.scope.starts_with("event:");
    for (Rows runs = (ofEvent ? runsOfEvent_ : run_).query(holder.id); runs.next();)
        holder.runs.push_back({{runs.integer(0)}, runs.time(1), runs.text(2)});
    if (!ofEvent) {
        if (!holder.runs.empty()) holder.createdAt = holder.runs.front().createdAt;
        return holder;
    }
    if (Rows event = eventTime_.query(holder.id); event.next()) holder.createdAt = event.time(0);
    return holder;
}

std::optional<std::string> KeyLookup::cached(const Lookup::Key& key, Timestamp now) {
    Rows row = cached_.query(key.scope, key.key, now);
    return row.next() ? std::optional(row.text(0)) : std::nullopt;
}

}  // namespace stepd::store
