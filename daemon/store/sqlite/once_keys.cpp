#include "store/sqlite/once_keys.h"

namespace stepd::store {

OnceKeys::OnceKeys(sqlite3* db)
    : take_(db,
            "INSERT INTO once (scope, key, holder, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (scope, key) DO UPDATE "
            "SET holder = excluded.holder, expires_at = excluded.expires_at WHERE once.expires_at <= ?"),
      pruner_(db, "once") {}

void OnceKeys::take(const OnceKey& once, std::int64_t holder, Timestamp now) {
    if (take_.run(once.scope, once.key, holder, once.expiresAt, std::max(now, once.askedAt)) != 1)
        throw Refused("key " + once.key + " of " + once.scope + " is taken");
    pruner_.added();
}

}  // namespace stepd::store
