#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/time.h"
#include "daemon_files.h"
#include "process_figures.h"

namespace stepd::bench {

/// A real stepd of the release build with its workers, on a directory of its own on the disk of the build tree. Stopped
/// by SIGTERM at the end, its directory removed. One thread at a time.
class DaemonUnderTest {
public:
    /// Starts it and waits until GET /health answers. Throws Error with what it printed if it ends before that.
    explicit DaemonUnderTest(const DaemonSetup& setup = {});
    ~DaemonUnderTest();
    DaemonUnderTest(const DaemonUnderTest&) = delete;
    DaemonUnderTest& operator=(const DaemonUnderTest&) = delete;

    void start();
    /// SIGTERM and wait; its state stays. Throws Error unless it exits with 0.
    void stop();
    /// SIGKILL and wait; its state stays.
    void kill();

    pid_t pid() const { return pid_; }
    std::uint16_t port() const { return port_; }
    /// From the start of the process to the first answer of GET /health.
    Duration startTook() const { return startTook_; }
    const std::string& directory() const { return directory_.path(); }
    std::string database() const { return directory_.path() + "/var/stepd.db"; }
    std::int64_t databaseBytes() const;  ///< with the write-ahead log

    double cpuSeconds() const;  ///< of the daemon alone
    double workerCpuSeconds() const;
    ProcessFigures memory() const;  ///< sums over the daemon and its workers
    std::vector<pid_t> workers() const { return childrenOf(pid_); }
    /// The header line that carries the operator's key.
    std::string operatorHeader() const;
    /// A request with the operator's key, waited for. Throws Error unless it is answered with 200.
    std::string operate(const std::string& method, const std::string& path) const;
    /// A value of GET /metrics, by the whole name with labels. Throws Error if there is none.
    double metric(const std::string& name) const;

private:
    /// Of the build tree's disk; removed with all that is in it.
    class Directory {
    public:
        Directory();
        ~Directory();
        Directory(const Directory&) = delete;
        Directory& operator=(const Directory&) = delete;
        const std::string& path() const { return path_; }

    private:
        std::string path_;
    };
    void waitUntilReady();

    const Directory directory_;
    std::uint16_t port_ = 0;
    pid_t pid_ = 0;
    Duration startTook_{};
};

}  // namespace stepd::bench
