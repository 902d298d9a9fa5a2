#include "store/sqlite/once_keys.h"

#include <algorithm>

namespace stepd::store {

OnceKeys::OnceKeys(sqlite3* db)
    : take_(db,
            "INSERT INTO once (scope, key, holder, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (scope, key) DO UPDATE "
            "SET holder = excluded.holder, expires_at = excluded.expires_at WHERE once.expires_at <= ?"),
      holder_(db, "SELECT holder FROM once WHERE scope = ? AND key = ?"),
      prune_(db,
             "DELETE FROM once WHERE (scope, key) IN "
             "(SELECT scope, key FROM once WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)") {}

std::optional<std::int64_t> OnceKeys::take(const OnceKey& once, std::int64_t holder, Timestamp now) {
    newest_ = std::max(newest_, now);
    if (take_.run(once.scope, once.key, holder, once.expiresAt, now) == 1) {
        ++taken_;
        return std::nullopt;
    }
    Rows row = holder_.query(once.scope, once.key);
    row.next();
    return row.integer(0);
}

void OnceKeys::prune() {
    if (taken_ == 0) return;
    prune_.run(newest_, 2 * taken_);
    taken_ = 0;
}

}  // namespace stepd::store
