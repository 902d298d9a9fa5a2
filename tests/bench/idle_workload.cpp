#include <thread>

#include "costs.h"
#include "daemon_under_test.h"
#include "load_client.h"
#include "workload_loads.h"
#include "workloads.h"

namespace stepd::bench {
namespace {

constexpr std::uint64_t kRuns = 10'000;
constexpr const char* kCommits = "stepd_store_commits_total";

Figures watch(const std::string& name, const DaemonUnderTest& daemon, Duration window) {
    const double commits = daemon.metric(kCommits);
    const double cpu = daemon.cpuSeconds() + daemon.workerCpuSeconds();
    const auto written = daemon.memory().written;
    std::this_thread::sleep_for(window);
    const double cpuAfter = daemon.cpuSeconds() + daemon.workerCpuSeconds();
    const ProcessFigures own = figuresOf(daemon.pid());
    const auto writtenAfter = daemon.memory().written;
    ProcessFigures worker;
    const auto workers = daemon.workers();
    for (const pid_t pid : workers) {
        const ProcessFigures one = figuresOf(pid);
        worker.rss = std::max(worker.rss, one.rss);
        worker.pss = std::max(worker.pss, one.pss);
    }
    const auto mib = [](std::int64_t bytes) { return static_cast<double>(bytes) / kMiB; };
    return {name,
            {{"seconds", std::chrono::duration<double>(window).count()},
             {"daemon_rss_MiB", mib(own.rss)},
             {"daemon_pss_MiB", mib(own.pss)},
             {"workers", static_cast<double>(workers.size())},
             {"worker_rss_MiB", mib(worker.rss)},
             {"worker_pss_MiB", mib(worker.pss)},
             {"cpu_percent", (cpuAfter - cpu) * 100 / std::chrono::duration<double>(window).count()},
             {"commits", daemon.metric(kCommits) - commits},
             {"bytes_written", static_cast<double>(writtenAfter - written)}}};
}

}  // namespace

void measureIdle(const Options& options, Report& report) {
    {
        DaemonSetup plain = options.daemon;
        plain.threads = 1;  // as stepd.yaml has it where nothing is said
        DaemonUnderTest daemon(plain);
        std::this_thread::sleep_for(1s);  // what a start leaves to do
        report.add(watch("idle", daemon, options.window));
        daemon.stop();
    }
    DaemonUnderTest daemon(options.daemon);
    Load load = waitingRuns(daemon, "w4", 100);
    load.requests = kRuns;
    checkAnswers("idle", drive(load), report);
    std::this_thread::sleep_for(options.settle);
    report.add(watch("idle-after-10k", daemon, options.window));
    daemon.stop();
}

}  // namespace stepd::bench
