#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "torture/checker.h"

namespace stepd::torture {

struct LoadOptions {
    std::uint64_t seed = 1;
    int clients = 8;       ///< each with a connection and a thread of its own
    double rate = 800;     ///< events a second, all clients together
    std::string eventKey;  ///< of POST /e/KEY
};

struct LoadFigures {
    std::int64_t jobs = 0;          ///< asked for
    std::int64_t acknowledged = 0;  ///< events
    std::int64_t retries = 0;       ///< requests sent again, as nobody knew what had become of them
    std::int64_t refused = 0;       ///< 429 and 503
};

/// Clients that ask for one job after the other, as real ones would: what is not acknowledged they send again with the
/// same ids until it is, to whatever daemon listens by then; now and then they repeat what was acknowledged. Answers
/// that cannot be right are findings. Thread-safe but for `start` and `finish`.
class Load {
public:
    explicit Load(LoadOptions options);
    ~Load();

    void start();
    /// Where the daemon listens from now on; 0: nowhere.
    void aim(std::uint16_t port) { port_ = port; }
    /// Events a second from now on.
    void pace(double rate) { rate_ = rate; }
    /// Nothing new is asked for while it is held.
    void hold(bool held) { held_ = held; }
    /// Asks for nothing new and returns when all that was sent is acknowledged. A daemon must listen.
    void finish();
    /// Gives up on what is not acknowledged.
    void abandon();

    // Those made since the last call.
    std::vector<Promise> takePromises() EXCLUDES(mutex_);
    std::vector<std::string> takeFindings() EXCLUDES(mutex_);
    LoadFigures figures() const;

private:
    friend class Client;

    const LoadOptions options_;
    std::atomic<std::uint16_t> port_{0};
    std::atomic<double> rate_;
    std::atomic<bool> held_{false};
    std::atomic<bool> finishing_{false};
    std::atomic<bool> abandoned_{false};
    std::atomic<std::int64_t> nextJob_{1};
    std::atomic<std::int64_t> acknowledged_{0};
    std::atomic<std::int64_t> retries_{0};
    std::atomic<std::int64_t> refused_{0};
    mutable Mutex mutex_;
    std::vector<Promise> promises_ GUARDED_BY(mutex_);
    std::vector<std::string> findings_ GUARDED_BY(mutex_);
    std::vector<std::thread> threads_;
};

}  // namespace stepd::torture
