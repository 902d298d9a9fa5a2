#pragma once

#include <functional>
#include <string>

#include "api/backend.h"
#include "store/sqlite/sqlite_store.h"

namespace stepd::app {

/// api::Backend::backUp: copies the database at `path` into `PATH.backup-TIME`.
void backUp(store::SqliteStore& store, const std::string& path, const Clock& clock,
            std::function<void(const api::Backup&)> done);

/// Removes copies that nobody has fetched. For the start, with the store's lock held.
void removeOldBackups(const std::string& path);

}  // namespace stepd::app
