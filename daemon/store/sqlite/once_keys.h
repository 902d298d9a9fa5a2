#pragma once

#include <cstdint>

#include "store/sqlite/pruner.h"
#include "store/sqlite/statement.h"
#include "store/store.h"

namespace stepd::store {

/// Takes keys that may be taken once within their time to live, inside the writer's transaction. Throws Error.
class OnceKeys {
public:
    explicit OnceKeys(sqlite3* db);

    /// The key is `holder`'s from now on. Throws Refused if somebody has it at `now`.
    void take(const OnceKey& once, std::int64_t holder, Timestamp now);
    void prune(Timestamp now) { pruner_.prune(now); }

private:
    Statement take_;
    Pruner pruner_;
};

}  // namespace stepd::store
