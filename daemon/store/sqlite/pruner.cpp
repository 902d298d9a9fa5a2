#include "store/sqlite/pruner.h"

#include <utility>

namespace stepd::store {

Pruner::Pruner(sqlite3* db, const std::string& table)
    : delete_(db, "DELETE FROM " + table + " WHERE (scope, key) IN (SELECT scope, key FROM " + table +
                      " WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)") {}

void Pruner::prune(Timestamp now) {
    if (added_ > 0) delete_.run(now, 2 * std::exchange(added_, 0));
}

}  // namespace stepd::store
