#pragma once

#include <string>

#include "base/file_descriptor.h"

namespace stepd::store {

/// Holds the exclusive lock that lets one daemon use a database (hardening R4). The lock lies on a file of its own
/// beside the database, which also tells the holder's process id; it is free again when the holder has ended, however
/// it ended.
class LockFile {
public:
    /// Throws Error: StoreBusy naming the file and the holder's process id, System.
    explicit LockFile(const std::string& path);

private:
    FileDescriptor file_;
};

}  // namespace stepd::store
