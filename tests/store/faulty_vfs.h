#pragma once

#include <cstdint>
#include <string>

namespace stepd::test {

/// What happens at the chosen call.
enum class DiskFault {
    Full,         ///< a write answers SQLITE_FULL
    WriteFails,   ///< a write answers SQLITE_IOERR_WRITE
    SyncFails,    ///< a sync answers SQLITE_IOERR_FSYNC
    ProcessDies,  ///< the process ends at once, as by SIGKILL
};

/// SQLite's disk under the test's control: counts the calls that change it (writes, truncations, syncs, deletions) and
/// lets one of them go wrong. While the object lives, every connection that is opened uses it; it outlives those
/// connections.
class FaultyVfs {
public:
    FaultyVfs();
    FaultyVfs(const FaultyVfs&) = delete;
    FaultyVfs& operator=(const FaultyVfs&) = delete;
    ~FaultyVfs();

    /// The n-th call from now, from 1, and only that one. For Full and WriteFails writes count, for SyncFails syncs,
    /// for ProcessDies all.
    void failAt(std::uint64_t n, DiskFault fault);
    void disarm();
    /// True if the fault has happened.
    bool happened() const;
    std::uint64_t syncs() const;
    std::uint64_t writes() const;
};

}  // namespace stepd::test
