#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "daemon_under_test.h"

namespace stepd::bench {

/// What operators do with a daemon while it works. Each starts with its construction, on threads of its own, and is
/// ended by `end` or its destructor, which wait for requests under way. A wrong answer ends it.

/// People with the dashboard open: connections of their own, a page, a moment of thinking, the next page.
class Dashboards {
public:
    Dashboards(const DaemonUnderTest& daemon, std::size_t clients);
    void end() { threads_.clear(); }
    std::uint64_t pages() const { return pages_; }
    std::uint64_t bytes() const { return bytes_; }  ///< of their bodies
    std::uint64_t wrong() const { return wrong_; }  ///< clients that got no page

private:
    void read(const std::stop_token& stop, std::uint16_t port, const std::string& header, std::size_t client);

    std::atomic<std::uint64_t> pages_ = 0;
    std::atomic<std::uint64_t> bytes_ = 0;
    std::atomic<std::uint64_t> wrong_ = 0;
    std::vector<std::jthread> threads_;  // last: they use the counters
};

/// One backup after the other, without a rest.
class Backups {
public:
    /// What becomes of a copy.
    enum class Fate {
        Dropped,  ///< removed at once: what the daemon does counts, and hardly the disk
        Kept      ///< synced to disk before, as `stepctl db backup` does
    };
    Backups(const DaemonUnderTest& daemon, Fate fate);
    void end() { thread_ = {}; }
    std::uint64_t made() const { return made_; }
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t wrong() const { return wrong_; }

private:
    void copy(const DaemonUnderTest& daemon, Fate fate);

    std::atomic<std::uint64_t> made_ = 0;
    std::atomic<std::uint64_t> bytes_ = 0;
    std::atomic<std::uint64_t> wrong_ = 0;
    std::jthread thread_;  // last: it uses the counters
};

}  // namespace stepd::bench
