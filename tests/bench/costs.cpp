#include "costs.h"

#include <algorithm>

#include "disk_probe.h"

namespace stepd::bench {
namespace {

constexpr const char* kCommits = "stepd_store_commits_total";

}  // namespace

Costs::Costs(const DaemonUnderTest& daemon, Profiler* profiler)
    : daemon_(daemon),
      profiler_(profiler),
      syncBefore_(syncMillis(daemon.directory())),
      commitsBefore_(daemon.metric(kCommits)) {}

void Costs::watch(Load& load) {
    load.windowBegins = [this] {
        daemonCpu_ = -daemon_.cpuSeconds();
        workerCpu_ = -daemon_.workerCpuSeconds();
        if (profiler_ != nullptr) profiler_->begin(daemon_.pid());
    };
    load.windowEnds = [this] {
        daemonCpu_ += daemon_.cpuSeconds();
        workerCpu_ += daemon_.workerCpuSeconds();
        if (profiler_ != nullptr) profiler_->end();
    };
}

Figures Costs::figures(const std::string& workload, std::size_t inFlight, LoadResult& result, double perAnswer) const {
    const double done = std::max(static_cast<double>(result.inWindow), 1.0) * perAnswer;
    const double all = std::max(static_cast<double>(result.accepted), 1.0) * perAnswer;
    const double commits = daemon_.metric(kCommits) - commitsBefore_;
    return {workload,
            {{"in_flight", static_cast<double>(inFlight)},
             {"per_s", result.perSecond() * perAnswer},
             {"p50_ms", result.latencies.millis(0.5)},
             {"p99_ms", result.latencies.millis(0.99)},
             {"max_ms", result.latencies.millis(1)},
             {"server_cpu_us", (daemonCpu_ + workerCpu_) * 1e6 / done},
             {"worker_cpu_us", workerCpu_ * 1e6 / done},
             {"client_cpu_us", result.clientCpuSeconds * 1e6 / done},
             {"per_commit", commits > 0 ? all / commits : 0},
             {"peak_rss_MiB", static_cast<double>(daemon_.memory().peakRss) / kMiB},
             {"sync_ms", (syncBefore_ + syncMillis(daemon_.directory())) / 2}}};
}

}  // namespace stepd::bench
