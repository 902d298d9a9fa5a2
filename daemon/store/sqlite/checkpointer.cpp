#include "store/sqlite/checkpointer.h"

#include <sqlite3.h>

#include "base/error.h"
#include "store/sqlite/statement.h"

namespace stepd::store {

Checkpointer::Checkpointer(sqlite3* db, Limits limits) : db_(db), limits_(limits), next_(limits.worthwhile) {
    sqlite3_wal_hook(
        db,
        [](void* pages, sqlite3*, const char*, int count) {
            *static_cast<std::int64_t*>(pages) = count;
            return SQLITE_OK;
        },
        &pages_);
}

Checkpointer::~Checkpointer() {
    sqlite3_wal_hook(db_, nullptr, nullptr);
}

void Checkpointer::afterCommit() {
    if (pages_ < limits_.worthwhile) next_ = limits_.worthwhile;  // the log has started over
    if (pages_ < next_) return;
    run(pages_ < limits_.tooMany ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE);
    // A reader may keep the log from starting over; trying at every commit would cost a sync each.
    next_ = pages_ + limits_.worthwhile / 4;
}

void Checkpointer::atEnd() {
    run(SQLITE_CHECKPOINT_TRUNCATE);
}

void Checkpointer::run(int mode) {
    const int code = sqlite3_wal_checkpoint_v2(db_, nullptr, mode, nullptr, nullptr);
    if (code == SQLITE_OK) return;
    try {
        throwSqlite(db_, code, "moving the write-ahead log into the database");
    } catch (const Error& error) {
        if (error.code() != ErrorCode::StoreBusy && error.code() != ErrorCode::StoreFull) throw;
    }
}

}  // namespace stepd::store
