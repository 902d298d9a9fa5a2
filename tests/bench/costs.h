#pragma once

#include <cstdint>
#include <string>

#include "daemon_under_test.h"
#include "load_client.h"
#include "profiler.h"
#include "report.h"

namespace stepd::bench {

constexpr double kMiB = 1024.0 * 1024.0;

/// What one load costs the daemon and its workers: CPU in the load's window, memory, transactions, and the disk's own
/// sync time before and after. Make it, `watch` the load, drive it, then ask for the figures, while the daemon runs.
class Costs {
public:
    Costs(const DaemonUnderTest& daemon, Profiler* profiler);

    /// Takes the callbacks of the window.
    void watch(Load& load);
    /// Throughput, quantiles and costs, each per answer in the window; `perAnswer` is how many units of work one is.
    Figures figures(const std::string& workload, std::size_t inFlight, LoadResult& result, double perAnswer = 1) const;

private:
    const DaemonUnderTest& daemon_;
    Profiler* const profiler_;
    const double syncBefore_;
    const double commitsBefore_;
    double daemonCpu_ = 0;
    double workerCpu_ = 0;
};

}  // namespace stepd::bench
