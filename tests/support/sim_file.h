#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace stepd::test {

/// A write or a truncation that is not synced. `order` counts over all files of a disk.
struct UnsyncedWrite {
    std::uint64_t order = 0;
    std::int64_t at = 0;  ///< of a truncation: the size
    std::string bytes;
    bool truncates = false;

    void applyTo(std::string& content) const;
};

/// A file of a SimDisk: what processes see, what is durable, and who holds which lock.
struct SimFile {
    std::string content;
    std::string synced;
    std::vector<UnsyncedWrite> unsynced;

    void sync();

    /// SQLite's five lock levels (os.h): a handle asks for one, `others` are those of all other handles.
    struct Lock {
        int level = SQLITE_LOCK_NONE;
    };
    std::vector<Lock*> locks;
    int lock(Lock& mine, int level);

    /// The shared memory of a write-ahead log: regions, and eight locks that are shared or exclusive.
    struct Sharer {
        std::uint16_t shared = 0;
        std::uint16_t exclusive = 0;
    };
    std::vector<std::unique_ptr<char[]>> regions;
    std::vector<Sharer*> sharers;
    int lockShared(Sharer& mine, int offset, int count, int flags);
    /// The last one takes the regions with it, as the first one after it would empty them.
    void unmap(Sharer& mine);
};

}  // namespace stepd::test
