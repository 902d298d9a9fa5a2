#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace stepd::test {

/// What SQLite asks of the disk, in classes. `Lock` is a lock of the database or of the shared memory, `Map` a region
/// of the shared memory.
enum class DiskCall { Open, Read, Write, Sync, Truncate, Delete, Lock, Map };
inline constexpr std::size_t kDiskCalls = 8;
const char* toString(DiskCall call);

/// What becomes of a call.
enum class DiskFault {
    None,
    Full,     ///< SQLITE_FULL, as unixWrite says it for ENOSPC
    NoSpace,  ///< the class's own error with ENOSPC behind it, as for EDQUOT or a log index that cannot grow
    Broken,   ///< the class's own error with EIO behind it
    Short,    ///< a write does half of its work, then SQLITE_FULL
    Torn,     ///< a write does half of its work, then fails with EIO
    Busy,     ///< SQLITE_BUSY, of a lock
    Dropped,  ///< nothing is done, and success is said
};
const char* toString(DiskFault fault);

/// From the n-th call of a class on, counted from `arm`.
struct FaultPlan {
    DiskCall call = DiskCall::Write;
    std::uint64_t n = 1;
    DiskFault fault = DiskFault::Broken;
    bool sticky = false;  ///< all later calls of the class as well; else that one alone
};

/// Stands between SQLite and its disk, which is the default VFS of the moment when this is made: counts all calls for
/// the files below a directory and for temporary ones, lets one of them go wrong, and tells a test of each before it is
/// done, so that the test can hold it up, look at the disk or end the process. Other files just work. Waits for locks
/// take no time. SQLite's default VFS while the object lives; it outlives all connections. Thread-safe, but for
/// `before`, which is set while nothing runs.
class FaultVfs {
public:
    explicit FaultVfs(std::string directory);
    FaultVfs(const FaultVfs&) = delete;
    FaultVfs& operator=(const FaultVfs&) = delete;
    ~FaultVfs();

    void arm(const FaultPlan& plan);
    void disarm();
    /// True if the armed fault has happened.
    bool happened() const;
    /// Calls so far, those that went wrong too.
    std::uint64_t calls(DiskCall call) const;
    std::uint64_t calls() const;
    /// Called on the thread of each call, before it is carried out or goes wrong.
    void before(std::function<void(DiskCall)> seen);

private:
    class Vfs;
    std::unique_ptr<Vfs> vfs_;
};

}  // namespace stepd::test
