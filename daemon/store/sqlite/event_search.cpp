#include "store/sqlite/event_search.h"

#include "store/event_pattern.h"
#include "store/sqlite/rows.h"

namespace stepd::store {

EventSearch::EventSearch(sqlite3* db)
    : named_(db, "SELECT " + std::string(kEventColumns) + " FROM events WHERE name = ? AND id > ? ORDER BY id LIMIT ?"),
      all_(db, "SELECT " + std::string(kEventColumns) + " FROM events WHERE id > ? ORDER BY id") {}

std::vector<Event> EventSearch::find(const EventQuery& query) {
    std::vector<Event> list;
    if (query.name.find('*') == std::string::npos) {
        Rows rows = named_.query(query.name, query.after, static_cast<std::int64_t>(query.limit));
        while (rows.next()) list.push_back(readEvent(rows));
        return list;
    }
    Rows rows = all_.query(query.after);
    while (list.size() < query.limit && rows.next())
        if (matchesPattern(query.name, rows.text(1))) list.push_back(readEvent(rows));
    return list;
}

}  // namespace stepd::store
