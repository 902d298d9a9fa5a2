#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/mutex.h"

namespace stepd::worker {

/// The program of an exec plugin: our child, in our process group, with frames on its standard input and output; its
/// standard error is ours. It dies with us, by whatever we die (PR_SET_PDEATHSIG): to be rid of it we end. The thread
/// that starts it must live as long as the process.
class ExecProcess {
public:
    pid_t pid() const { return pid_; }
    /// Before any other thread is started. `confine` is called in the child, right before the program takes over.
    /// Throws Error{System} with one sentence if it cannot be run.
    explicit ExecProcess(const std::vector<std::string>& words, const std::function<void()>& confine = {});
    ExecProcess(const ExecProcess&) = delete;
    ExecProcess& operator=(const ExecProcess&) = delete;

    /// One frame. Thread-safe; blocks while the program does not read. Silent if it is gone: `read` tells.
    void write(std::string_view text) EXCLUDES(mutex_);

    /// Waits for bytes and appends them to `out`. False once there will be none: the program has ended, even if
    /// children of its own go on, or has closed its standard output. One thread at a time.
    bool read(std::string& out);

    /// After `read` has returned false: how it ended, in words: `was killed by signal 11 (Segmentation fault)`, or
    /// `closed its standard output` if it goes on.
    std::string end();

private:
    pid_t pid_ = -1;
    FileDescriptor pidfd_, output_;
    Mutex mutex_;
    FileDescriptor input_ GUARDED_BY(mutex_);
};

}  // namespace stepd::worker
