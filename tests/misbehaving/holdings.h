#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace stepd::misbehaving {

struct ProcessEntry {
    pid_t pid = 0;
    pid_t parent = 0;
    char state = '?';  ///< as in /proc/PID/stat: Z is a zombie
    std::string name;
};

/// All living processes below `root`, whoever their parents are by now. `root` is to be a subreaper
/// (PR_SET_CHILD_SUBREAPER), so that none gets out of its sight.
std::vector<ProcessEntry> descendantsOf(pid_t root);

/// What a daemon holds of the system at one moment: nothing of it may grow for what a plugin does.
struct Holdings {
    std::map<std::string, int> descriptors;  ///< by kind: a path, `socket`, `anon_inode:[pidfd]`, `/memfd:...`
    int threads = 0;
    std::vector<ProcessEntry> processes;  ///< below us, without the daemon
    std::size_t entries = 0;              ///< files and folders of its state; of a worker's own folder that alone
    std::uint64_t residentBytes = 0;

    /// `us` is the daemon's parent, and a subreaper. Throws std::runtime_error if there is no such daemon.
    static Holdings take(pid_t us, pid_t daemon, const std::string& stateDirectory);

    /// What there is more of than `before`, or should not be there at all (zombies, processes that are no children of
    /// the daemon): one sentence each. Memory may grow by `growth` bytes.
    std::vector<std::string> excess(const Holdings& before, pid_t daemon, std::uint64_t growth) const;
};

}  // namespace stepd::misbehaving
