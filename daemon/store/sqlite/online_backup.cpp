#include "store/sqlite/online_backup.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "store/sqlite/statement.h"

namespace stepd::store {
namespace {

sqlite3* openNew(const std::string& path) {
    {
        const FileDescriptor made(
            ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
        if (!made.valid()) throw Error(ErrorCode::StoreIo, "cannot make " + path + ": " + std::strerror(errno));
    }
    sqlite3* db = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
    if (code == SQLITE_OK) return db;
    sqlite3_close(db);
    ::unlink(path.c_str());
    throw Error(ErrorCode::StoreIo, "cannot open " + path + ": " + sqlite3_errstr(code));
}

}  // namespace

void OnlineBackup::Close::operator()(sqlite3* db) const {
    sqlite3_close(db);
}
void OnlineBackup::Close::operator()(sqlite3_backup* backup) const {
    sqlite3_backup_finish(backup);
}

OnlineBackup::OnlineBackup(sqlite3* source, const std::string& path)
    : path_(path), copy_(openNew(path)), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {
    // A copy that a crash cuts short is thrown away, so it needs neither journal nor sync.
    try {
        execute(copy_.get(), "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-2000");
        backup_.reset(sqlite3_backup_init(copy_.get(), "main", source, "main"));
        if (!backup_) throwSqlite(copy_.get(), sqlite3_errcode(copy_.get()), "copying into " + path_);
    } catch (...) {
        ::unlink(path_.c_str());
        throw;
    }
}

OnlineBackup::~OnlineBackup() {
    backup_.reset();
    copy_.reset();
    if (!whole_) ::unlink(path_.c_str());
}

bool OnlineBackup::step(int pages) {
    const int code = sqlite3_backup_step(backup_.get(), pages);
    // Busy: somebody else holds the source for a moment.
    if (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) {
        // On its way to the disk already: one large sync at the end would hold up those of the commits.
        ::sync_file_range(file_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
        return false;
    }
    if (code != SQLITE_DONE)
        throw Error(code == SQLITE_FULL ? ErrorCode::StoreFull : ErrorCode::StoreIo,
                    "cannot copy the database into " + path_ + ": " + sqlite3_errstr(code));
    backup_.reset();
    copy_.reset();
    return whole_ = true;
}

}  // namespace stepd::store
