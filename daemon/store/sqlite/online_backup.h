#pragma once

#include <memory>
#include <string>

#include "base/file_descriptor.h"

struct sqlite3;
struct sqlite3_backup;

namespace stepd::store {

/// Copies a database into a new file while it is in use, some pages at a time (SQLite, "Online Backup API"). On the
/// connection that writes, what is written between two steps goes into the copy as well; on any other each write would
/// make it begin again. No lock is held between two steps. One thread at a time; ends before `source` does.
class OnlineBackup {
public:
    /// Makes the file, with mode 0600. Throws Error: StoreIo, also if it is there already.
    OnlineBackup(sqlite3* source, const std::string& path);
    OnlineBackup(const OnlineBackup&) = delete;
    OnlineBackup& operator=(const OnlineBackup&) = delete;
    /// Removes the file unless it is whole.
    ~OnlineBackup();

    /// True when all is copied and the file is closed. It is not synced: that takes long, and whoever moves it to its
    /// place does so. Throws Error; then the copy is lost.
    bool step(int pages);

private:
    struct Close {
        void operator()(sqlite3* db) const;
        void operator()(sqlite3_backup* backup) const;
    };

    const std::string path_;
    bool whole_ = false;
    std::unique_ptr<sqlite3, Close> copy_;
    std::unique_ptr<sqlite3_backup, Close> backup_;
    FileDescriptor file_;  // the copy's; nobody else opens it, so no lock is lost when it is closed
};

}  // namespace stepd::store
