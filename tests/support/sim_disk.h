#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/random.h"

namespace stepd::test {

/// Files of a directory by their names in it, as they are found when the machine comes up again.
using DiskImage = std::map<std::string, std::string>;

/// SQLite's disk in memory. It knows of each file what is synced and what was written since, so it can say what a power
/// cut may leave; and it may be full. SQLite's default VFS while the object lives; it outlives all connections.
/// Thread-safe.
///
/// The model: a sync makes all earlier writes of its file durable. Of those since, any may have reached the disk, in
/// any order, each torn at sectors of 512 bytes; what was not written in between is zero or rubbish. A name that was
/// made or deleted since its directory was synced may be there or not. SQLite syncs the directory with the first sync
/// of a new journal or log (SQLite, os_unix.c, UNIXFILE_DIRSYNC).
class SimDisk {
public:
    SimDisk();
    SimDisk(const SimDisk&) = delete;
    SimDisk& operator=(const SimDisk&) = delete;
    ~SimDisk();

    /// One of the images that a power cut at this moment may leave of a directory. Everything that is left to chance is
    /// drawn from `random`.
    DiskImage cut(const std::string& directory, Random& random) const;
    /// The files as processes see them, and as they are found when a process was killed.
    DiskImage seen(const std::string& directory) const;
    /// The image of which all that was ever synced is there and nothing else.
    DiskImage synced(const std::string& directory) const;
    /// Puts the files into a directory, durable, in place of all that was there.
    void install(const std::string& directory, const DiskImage& image);

    /// A full disk: writes that make a file longer than there is room for answer SQLITE_FULL. Zero: no limit.
    void setCapacity(std::int64_t bytes);
    /// Room that something else than a file takes up, or gives back. False: there is not so much.
    bool take(std::int64_t bytes);
    void give(std::int64_t bytes);
    std::int64_t used() const;

private:
    class Vfs;
    std::unique_ptr<Vfs> vfs_;
};

}  // namespace stepd::test
