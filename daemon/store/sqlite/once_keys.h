#pragma once

#include <cstdint>
#include <optional>

#include "store/sqlite/statement.h"
#include "store/store.h"

namespace stepd::store {

/// The keys that may be taken once within their time to live, inside the writer's transaction. Throws Error.
class OnceKeys {
public:
    explicit OnceKeys(sqlite3* db);

    /// Absent: the key is `holder`'s now. Else the one that has it at `now`.
    std::optional<std::int64_t> take(const OnceKey& once, std::int64_t holder, Timestamp now);

    /// Deletes some keys that have expired: twice as many as were taken since the last call, so that the table does not
    /// grow by dead ones and no commit pays for a long silence.
    void prune();

private:
    Statement take_;
    Statement holder_;
    Statement prune_;
    std::int64_t taken_ = 0;  // since the last prune
    Timestamp newest_{};
};

}  // namespace stepd::store
