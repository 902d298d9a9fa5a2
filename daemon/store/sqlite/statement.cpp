#include "store/sqlite/statement.h"

#include <cerrno>

#include "base/error.h"

namespace stepd::store {
namespace {

/// The system's reason for what has just failed. SQLite keeps one itself (sqlite3_system_errno), but not for a COMMIT,
/// where it tells an older one.
int systemReason(sqlite3* db) {
    sqlite3_vfs* vfs = nullptr;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs) != SQLITE_OK || vfs == nullptr) return 0;
    return vfs->xGetLastError == nullptr ? 0 : vfs->xGetLastError(vfs, 0, nullptr);
}

/// Full disks show as SQLITE_FULL, or as an error with the system's reason: EDQUOT in unixWrite, ENOSPC when the -shm
/// file grows or a file is made. Not so a failed fsync: what it left on disk is unknown, whatever the reason.
bool isFull(sqlite3* db, int code) {
    switch (code) {
        case SQLITE_FULL: return true;
        case SQLITE_IOERR_WRITE:
        case SQLITE_IOERR_SHMOPEN:
        case SQLITE_IOERR_SHMSIZE:
        case SQLITE_CANTOPEN: break;
        default: return false;
    }
    const int reason = systemReason(db);
    return reason == ENOSPC || reason == EDQUOT;
}

ErrorCode meaningOf(sqlite3* db, int code) {
    if (isFull(db, code)) return ErrorCode::StoreFull;
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return ErrorCode::StoreBusy;
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_READONLY: return ErrorCode::StoreIo;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return ErrorCode::StoreCorrupt;
        case SQLITE_INTERRUPT: return ErrorCode::Unavailable;
        default: return ErrorCode::System;
    }
}

}  // namespace

void throwSqlite(sqlite3* db, int code, const std::string& doing) {
    const int extended = sqlite3_extended_errcode(db) == SQLITE_OK ? code : sqlite3_extended_errcode(db);
    const std::string sentence =
        std::string(sqlite3_errmsg(db)) + " (SQLite error " + std::to_string(extended) + "): " + doing;
    const int primary = extended & 0xff;
    if (primary == SQLITE_CONSTRAINT || primary == SQLITE_TOOBIG) throw Refused(sentence);
    throw Error(meaningOf(db, extended), sentence);
}

void execute(sqlite3* db, const std::string& sql) {
    if (const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr); code != SQLITE_OK)
        throwSqlite(db, code, sql.substr(0, sql.find('\n')));
}

bool Rows::next() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) throwSqlite(sqlite3_db_handle(statement_), code, sqlite3_sql(statement_));
    return false;
}

std::string Rows::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return {bytes == nullptr ? "" : bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Statement::Statement(sqlite3* db, std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
    statement_.reset(statement);
    if (code != SQLITE_OK) throwSqlite(db, code, std::string(sql));
}

std::int64_t Statement::finish() {
    sqlite3_stmt* statement = statement_.get();
    sqlite3* db = sqlite3_db_handle(statement);
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) {
        sqlite3_reset(statement);
        return sqlite3_changes64(db);
    }
    try {
        throwSqlite(db, code, sqlite3_sql(statement));
    } catch (...) {
        sqlite3_reset(statement);
        throw;
    }
}

}  // namespace stepd::store
