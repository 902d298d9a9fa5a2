#pragma once

#include <nlohmann/json.hpp>

#include <sys/types.h>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/time.h"

namespace stepd::test {

using Json = nlohmann::json;

/// A directory of its own below the system's temporary one, removed at the end.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    const std::string& path() const { return path_; }
    void write(const std::string& file, const std::string& text) const;
    /// It stays at the end, for somebody to look at.
    void keep() { kept_ = true; }

private:
    std::string path_;
    bool kept_ = false;
};

struct HttpReply {
    long status = 0;
    std::string body;
    std::string headers;
    Json json() const { return Json::parse(body, nullptr, false); }
};

/// A real stepd with real workers, configured in a directory of its own, on a port that the system chose. Its last log
/// lines are kept and printed when a test fails to see what it waits for. Killed with all its workers at the end, or
/// when the thread that started it ends. One thread at a time.
class DaemonProcess {
public:
    /// Reads `directory`/stepd.yaml; state goes to `directory`/var.
    explicit DaemonProcess(const TemporaryDirectory& directory);
    ~DaemonProcess();

    /// Starts it and waits until it listens; throws with its log if it does not.
    void start();
    /// Starts it and does not wait.
    void launch();
    /// Waits until what was launched listens; throws with its log if it ends or is silent for too long.
    void awaitListening();
    /// SIGKILL, as a crash would end it. Its exit code: 137 unless it had ended before by itself; 0 if it was not
    /// there.
    int kill();
    /// SIGTERM; the exit code.
    int stop();
    /// Runs it to its end with further arguments, without waiting for it to listen: the exit code, and all it printed.
    std::pair<int, std::string> run(const std::vector<std::string>& arguments);

    HttpReply request(const std::string& method, const std::string& path, const std::string& body = {},
                      const std::vector<std::string>& headers = {}) const;
    Json getJson(const std::string& path) const;
    /// Waits until the run has ended; throws with the run and the log after a minute.
    Json waitForEnd(const std::string& runId) const;
    /// Waits until `happened` is true; throws with `what` and the log after a minute.
    void waitUntil(const std::string& what, const std::function<bool()>& happened) const;

    pid_t pid() const { return pid_; }
    std::uint16_t port() const { return port_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    std::string operatorKey() const;
    /// Of this process; after `kill` all of them.
    std::vector<std::string> logLines() const EXCLUDES(mutex_);
    std::vector<pid_t> workers() const;

private:
    void readLog(int fd) EXCLUDES(mutex_);
    [[noreturn]] void fail(const std::string& what) const;

    const TemporaryDirectory& directory_;
    pid_t pid_ = 0;
    std::uint16_t port_ = 0;
    std::thread reader_;
    mutable Mutex mutex_;
    std::vector<std::string> lines_ GUARDED_BY(mutex_);
};

}  // namespace stepd::test
