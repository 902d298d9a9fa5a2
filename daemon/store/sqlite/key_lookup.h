#pragma once

#include "store/sqlite/statement.h"
#include "store/store.h"

namespace stepd::store {

/// Answers who holds a key, and what the cache has. Confined to the writer's thread; throws Error.
class KeyLookup {
public:
    explicit KeyLookup(sqlite3* db);
    /// Store::lookup.
    Found find(const Lookup& lookup);

private:
    std::optional<OnceHolder> holder(const Lookup::Key& key, Timestamp now);
    std::optional<std::string> cached(const Lookup::Key& key, Timestamp now);

    Statement holder_;
    Statement cached_;
    Statement eventTime_;
    Statement runsOfEvent_;
    Statement run_;
};

}  // namespace stepd::store
