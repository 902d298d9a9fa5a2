#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/file_descriptor.h"
#include "host/plugin_spec.h"
#include "host/private_folder.h"

namespace stepd::host {

/// How a process ended.
struct ExitStatus {
    bool signalled = false;
    int number = 0;          ///< of the signal, or the exit code
    std::int64_t cpuNs = 0;  ///< that it has used, all its threads
    /// `was killed by signal 11 (Segmentation fault)`, `exited with code 3`
    std::string text() const;
};

/// A child process of stepd-worker in a process group of its own: clean environment and signal mask, no descriptors but
/// those of worker_layout.h, a temporary directory (TMPDIR) that ends with it. Killed and reaped by the destructor at
/// the latest. One thread at a time; since the child dies with the thread that started it (PR_SET_PDEATHSIG), that
/// thread must outlive it.
class WorkerProcess {
public:
    /// Throws Error{System}. `library` is the opened plugin.
    WorkerProcess(const HostOptions& options, const FileDescriptor& library);
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;
    ~WorkerProcess();

    pid_t pid() const { return pid_; }
    /// Readable once the process has ended.
    int pidfd() const { return pidfd_.get(); }
    /// Our end of the channel; non-blocking. Taken once.
    FileDescriptor takeChannel() { return std::move(channel_); }
    const FileDescriptor& board() const { return board_; }
    const std::string& temporaryDirectory() const { return folder_.path(); }
    /// Ends of pipes to read from; non-blocking.
    int stdoutPipe() const { return stdout_.get(); }
    int stderrPipe() const { return stderr_.get(); }

    /// To the whole process group.
    void signal(int number) const;
    /// Absent while it lives. Once it has ended, also kills what is left of its group.
    std::optional<ExitStatus> reap();

private:
    PrivateFolder folder_;
    pid_t pid_ = -1;
    bool reaped_ = false;
    FileDescriptor pidfd_, channel_, board_, stdout_, stderr_;
};

}  // namespace stepd::host
