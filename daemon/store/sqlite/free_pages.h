#pragma once

#include <cstddef>

#include "store/sqlite/statement.h"

namespace stepd::store {

/// Gives pages that nothing uses back to the file system, where the database has been made for it (auto_vacuum=2).
/// Some are left for the rows to come: taking a page from the file system costs more than taking a free one. Confined
/// to the writer's thread; throws Error.
class FreePages {
public:
    explicit FreePages(sqlite3* db);
    /// True if there are more than are worth keeping.
    bool worthIt();
    /// Up to `most` of them, in a transaction of its own.
    void giveBack(std::size_t most);

private:
    sqlite3* db_;
    Statement mode_;
    Statement free_;
    Statement all_;
};

}  // namespace stepd::store
