#include "base/system_clock.h"
#include "bench_event.h"
#include "costs.h"
#include "daemon_under_test.h"
#include "load_client.h"
#include "store/sqlite/sqlite_readers.h"
#include "verification.h"
#include "workload_loads.h"
#include "workloads.h"

namespace stepd::bench {
namespace {

std::size_t stepsOf(const std::string& pipeline) {
    return pipeline == "w1" ? 1 : 4;
}

/// The run's result in the answer; and the store agrees afterwards.
Figures measureWaiting(const std::string& pipeline, const Options& options, std::size_t inFlight, Report& report) {
    DaemonUnderTest daemon(options.daemon);
    auto profiler = profilerOf(options, daemon);
    Costs costs(daemon, profiler.get());
    Load load = waitingRuns(daemon, pipeline, inFlight);
    load.window = options.window;
    costs.watch(load);
    LoadResult result = drive(load);
    Figures figures = costs.figures(pipeline, inFlight, result);
    checkAnswers(pipeline, result, report);
    daemon.stop();
    figures.add("disk_bytes", static_cast<double>(daemon.databaseBytes()) / static_cast<double>(result.accepted));
    const Found found =
        examine(daemon.database(), {.pipeline = pipeline, .runs = result.accepted, .steps = stepsOf(pipeline)});
    if (!found.wrong.empty()) report.wrong(pipeline + ": " + found.wrong);
    tellHottest(profiler.get(), report);
    return figures;
}

/// Events as fast as the number of unfinished runs allows; throughput and quantiles are those of the store's moments.
Figures measureEvents(const std::string& pipeline, const Options& options, std::size_t inFlight, Report& report) {
    const SystemClock clock;
    DaemonUnderTest daemon(options.daemon);
    auto profiler = profilerOf(options, daemon);
    Costs costs(daemon, profiler.get());
    store::SqliteReaders readers(daemon.database(), clock);
    Load load = events(daemon, "bench." + pipeline, std::min<std::size_t>(inFlight, 64));
    load.window = options.window;
    load.room = [&] {
        const auto open = static_cast<std::size_t>(readers.stats().runsOpen);
        return open < inFlight ? inFlight - open : 0;
    };
    costs.watch(load);
    Expected expected{.pipeline = pipeline, .steps = stepsOf(pipeline)};
    const auto noteTime = [&clock](std::function<void()>& hook, Timestamp& at) {
        hook = [&clock, &at, before = std::move(hook)] {
            before();
            at = clock.now();
        };
    };
    noteTime(load.windowBegins, expected.from);
    noteTime(load.windowEnds, expected.until);
    LoadResult result = drive(load);
    if (!awaitEndOfRuns(daemon.database())) report.wrong(pipeline + ": runs do not end");
    expected.runs = result.accepted;
    Found found = examine(daemon.database(), expected);
    if (!found.wrong.empty()) report.wrong(pipeline + ": " + found.wrong);
    result.latencies = std::move(found.latencies);
    result.inWindow = found.endedInTime;
    Figures figures = costs.figures(pipeline + "-events", inFlight, result);
    checkAnswers(pipeline, result, report);
    daemon.stop();
    figures.add("disk_bytes", static_cast<double>(daemon.databaseBytes()) / static_cast<double>(result.accepted));
    tellHottest(profiler.get(), report);
    return figures;
}

}  // namespace

void measureRuns(const std::string& pipeline, const Options& options, Report& report) {
    const std::vector<std::size_t> sweep{1, 10, 100, 500, 2000};
    for (const std::size_t inFlight : options.inFlight.empty() ? sweep : options.inFlight) {
        std::vector<Figures> all;
        for (int i = 0; i < options.repeat; ++i)
            all.push_back(options.way == Way::Wait ? measureWaiting(pipeline, options, inFlight, report)
                                                   : measureEvents(pipeline, options, inFlight, report));
        report.add(medianOf(all));
    }
}

}  // namespace stepd::bench
