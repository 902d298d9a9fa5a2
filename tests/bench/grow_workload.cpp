#include "costs.h"
#include "daemon_under_test.h"
#include "load_client.h"
#include "verification.h"
#include "workload_loads.h"
#include "workloads.h"

namespace stepd::bench {
namespace {

std::vector<std::uint64_t> levelsUpTo(std::uint64_t most) {
    std::vector<std::uint64_t> levels{0};
    for (const std::uint64_t level : {10'000, 100'000, 1'000'000, 3'000'000})
        if (level < most) levels.push_back(level);
    levels.push_back(most);
    return levels;
}

}  // namespace

void measureGrow(const Options& options, Report& report) {
    const std::uint64_t most = options.count > 0 ? options.count : 1'000'000;
    const std::size_t inFlight = options.inFlight.empty() ? 100 : options.inFlight.front();
    DaemonUnderTest daemon(options.daemon);
    std::uint64_t stored = 0;
    std::uint64_t filled = 0;
    std::uint64_t measured = 0;
    for (const std::uint64_t wanted : levelsUpTo(most)) {
        if (wanted > stored) {
            const std::uint64_t more = fillWithRuns(daemon, "bench.w1", wanted - stored, filled, report);
            filled += more;
            stored += more;
        }
        Costs costs(daemon, nullptr);
        Load load = waitingRuns(daemon, "w4", inFlight);
        load.window = options.window;
        costs.watch(load);
        LoadResult result = drive(load, measured);
        checkAnswers("grow", result, report);
        Figures figures = costs.figures("grow", inFlight, result);
        figures.values.insert(figures.values.begin(), {"stored_runs", static_cast<double>(stored)});
        figures.add("database_MiB", static_cast<double>(daemon.databaseBytes()) / kMiB);
        report.add(figures);
        stored += result.accepted;
        measured += result.sent;
    }
    const Found found = examine(daemon.database(), {.pipeline = "w4", .runs = measured, .steps = 4});
    if (!found.wrong.empty()) report.wrong("grow: " + found.wrong);
    daemon.stop();
}

}  // namespace stepd::bench
