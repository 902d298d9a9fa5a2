#pragma once

#include <cstdint>
#include <string>

#include "store/sqlite/statement.h"

namespace stepd::store {

/// Deletes rows that have expired from a table with the columns scope, key and expires_at, inside the writer's
/// transaction: twice as many as were added since the last time, so that the table does not grow by dead ones and no
/// commit pays for a long silence. Throws Error.
class Pruner {
public:
    Pruner(sqlite3* db, const std::string& table);

    void added() { ++added_; }
    /// Does nothing if nothing was added.
    void prune(Timestamp now);

private:
    Statement delete_;
    std::int64_t added_ = 0;
};

}  // namespace stepd::store
