#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "model/plugin_rules.h"

namespace stepd::host {

// Control groups, version 2 (Linux, Documentation/admin-guide/cgroup-v2.rst): where systemd has handed us a part of the
// tree (`Delegate=`), each worker gets a group of its own. It bounds memory as it is used and tells a worker that ran
// out of it from one that was killed, counts threads for this worker alone, and whatever it has started dies with it.

/// Our own group, if it is handed to us: the folder, or a sentence on why not. Looks only: a group that is merely
/// writable, as to root, is nobody's invitation.
Result<std::string, std::string> delegatedGroup();

/// Makes `group` a home for groups of workers: this process, its only one, moves to the leaf `daemon` (a group with
/// processes may not have controllers for its children), and `memory` and `pids` are switched on for the others. Empty,
/// or a sentence on what could not be done; then nothing hinders a further try.
std::string settle(const std::string& group);

/// The group of one worker. Killed and removed at the end. One thread at a time.
class WorkerGroup {
public:
    /// Makes `home`/`name` and bounds it; a limit whose controller is not there is left out. Throws Error{System} if
    /// there can be no such group.
    WorkerGroup(const std::string& home, const std::string& name, const PluginLimits& limits);
    WorkerGroup(const WorkerGroup&) = delete;
    WorkerGroup& operator=(const WorkerGroup&) = delete;
    ~WorkerGroup();

    /// Throws Error{System}. Its children follow it by themselves.
    void add(pid_t process) const;
    bool limitsMemory() const { return limitsMemory_; }
    bool limitsThreads() const { return limitsThreads_; }
    /// SIGKILL for all in it, also for those that have left the process group. False where the kernel cannot
    /// (before Linux 5.14).
    bool kill() const;
    /// The kernel has killed a process of it for want of memory.
    bool oomKilled() const;

private:
    const std::string path_;
    bool limitsMemory_ = false;
    bool limitsThreads_ = false;
};

}  // namespace stepd::host
