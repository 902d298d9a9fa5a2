#pragma once

#include <time.h>

#include <atomic>
#include <cstdint>

#include "host/messages.h"

namespace stepd::host {

/// The most memory that the process has had, in bytes; looked up when somebody may have needed more. Thread-safe.
class PeakMemory {
public:
    /// `cpuNs` since the caller asked last: in a short time a thread cannot have touched much.
    std::uint64_t after(std::int64_t cpuNs);

private:
    std::atomic<std::uint64_t> bytes_{0};
};

/// Measures the calls that one thread executes, one after the other. To read the clock of a thread is a system call, so
/// a call begins where the one before it has ended, unless the thread slept in between: a microsecond or two of the
/// worker's own work is then part of it. One thread.
class UsageClock {
public:
    enum class Of {
        Thread,   ///< other threads that the plugin has are not seen
        Process,  ///< they are: where one call at a time has the process for itself
    };
    /// On the thread that it is to measure.
    explicit UsageClock(Of what);
    /// Of another process, which does the work of one call at a time.
    explicit UsageClock(clockid_t clock) : id_(clock) {}

    /// By which others read what a call has used so far.
    clockid_t id() const { return id_; }
    std::int64_t begin();
    /// Nanoseconds since `begun`.
    std::int64_t end(std::int64_t begun);
    void slept() { last_ = kUnknown; }

    /// Nanoseconds; of any thread of this process, by anyone in it.
    static std::int64_t read(clockid_t clock);

private:
    static constexpr std::int64_t kUnknown = -1;
    clockid_t id_ = CLOCK_PROCESS_CPUTIME_ID;
    std::int64_t last_ = kUnknown;
};

}  // namespace stepd::host
