#include "base/system_clock.h"
#include "costs.h"
#include "daemon_under_test.h"
#include "load_client.h"
#include "store/sqlite/sqlite_readers.h"
#include "verification.h"
#include "workload_loads.h"
#include "workloads.h"

namespace stepd::bench {
namespace {

constexpr std::uint64_t kArray = 100;
constexpr std::size_t kMostOpen = 5'000;

/// W1 runs through the daemon, a hundred events a request, until so many more are completed.
std::uint64_t fill(const DaemonUnderTest& daemon, std::uint64_t runs, std::uint64_t firstSerial, Report& report) {
    const SystemClock clock;
    store::SqliteReaders readers(daemon.database(), clock);
    Load load = events(daemon, "bench.w1", 4, kArray);
    load.requests = (runs + kArray - 1) / kArray;
    load.room = [&] {
        const auto open = static_cast<std::size_t>(readers.stats().runsOpen);
        return open < kMostOpen ? (kMostOpen - open) / kArray : 0;
    };
    const LoadResult result = drive(load, firstSerial);
    checkAnswers("grow", result, report);
    if (!awaitEndOfRuns(daemon.database())) report.wrong("grow: runs do not end");
    return result.accepted * kArray;
}

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
            const std::uint64_t more = fill(daemon, wanted - stored, filled / kArray, report);
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
