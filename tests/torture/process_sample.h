#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace stepd::torture {

/// A daemon as it is at one moment, from /proc and its files.
struct ProcessSample {
    double seconds = 0;  ///< since the first
    double events = 0;   ///< acknowledged by then
    double rssMiB = 0;
    double workersRssMiB = 0;  ///< all of them
    double descriptors = 0;
    double threads = 0;
    double walMiB = 0;
    double databaseMiB = 0;
    double openRuns = 0;  ///< in memory or in line

    /// Fills in what the system knows. Throws std::runtime_error if there is no such process.
    static ProcessSample take(pid_t daemon, const std::vector<pid_t>& workers, const std::string& database);
};

}  // namespace stepd::torture
