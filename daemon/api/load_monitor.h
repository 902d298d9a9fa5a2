#pragma once

#include <atomic>
#include <functional>

#include "api/admission.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "engine/engine.h"

namespace stepd::api {

/// What the operating system is asked for. Called on whatever thread reads the load; must be quick.
struct LoadProbes {
    std::function<std::uint64_t()> memory;                   ///< resident bytes of the process
    std::function<std::optional<std::uint64_t>()> freeDisk;  ///< bytes on the database's file system
};

/// Knows how busy the daemon is, cheaply enough to be asked for each request: what the engine has open is exact, the
/// rest is looked at when it is older than a fifth of a second. Has no thread, so an idle daemon stays idle.
/// Thread-safe, without a lock over the probes.
class LoadMonitor {
public:
    /// All of them outlive the monitor.
    LoadMonitor(const engine::Engine& engine, const Clock& clock, LoadProbes probes);
    LoadStats read();

private:
    void sample(Instant now, const engine::IntakeLoad& intake);
    void measureRate(Instant now, const engine::IntakeLoad& intake) EXCLUDES(mutex_);

    const engine::Engine& engine_;
    const Clock& clock_;
    const LoadProbes probes_;

    std::atomic<Instant> nextSample_{Instant::min()};
    std::atomic<std::size_t> openDeliveries_{0};
    std::atomic<std::size_t> queuedRuns_{0};
    std::atomic<Duration> commitAge_{Duration::zero()};
    std::atomic<std::uint64_t> memory_{0};
    std::atomic<std::uint64_t> freeDisk_;
    std::atomic<double> eventsPerSecond_{0};

    Mutex mutex_;
    bool busy_ GUARDED_BY(mutex_) = false;
    Instant since_ GUARDED_BY(mutex_){};  ///< when the disk last took something in, or the rush began
    std::uint64_t answered_ GUARDED_BY(mutex_) = 0;
};

}  // namespace stepd::api
