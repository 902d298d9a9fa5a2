#pragma once

#include "store/sqlite/statement.h"
#include "store/store.h"

namespace stepd::store {

/// Store::image. Throws Error.
Image readImage(sqlite3* db);

}  // namespace stepd::store
