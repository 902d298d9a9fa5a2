#pragma once

#include <vector>

#include "store/sqlite/statement.h"
#include "store/store.h"

namespace stepd::store {

/// Finds events by name. Confined to the writer's thread; throws Error.
class EventSearch {
public:
    explicit EventSearch(sqlite3* db);
    /// Store::findEvents.
    std::vector<Event> find(const EventQuery& query);

private:
    Statement named_;
    Statement all_;
};

}  // namespace stepd::store
