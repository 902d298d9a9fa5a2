#include "base/system_clock.h"
#include "costs.h"
#include "daemon_under_test.h"
#include "load_client.h"
#include "store/sqlite/sqlite_readers.h"
#include "workload_loads.h"
#include "workloads.h"

namespace stepd::bench {
namespace {

/// Keys of events grow by one, so the largest is their number.
void checkStored(const DaemonUnderTest& daemon, std::uint64_t accepted, Report& report) {
    const SystemClock clock;
    store::SqliteReaders readers(daemon.database(), clock);
    const auto newest = readers.listEvents(std::nullopt, {.before = {}, .limit = 1});
    const auto stored = newest.empty() ? 0 : static_cast<std::uint64_t>(newest.front().id.value);
    if (stored != accepted)
        report.wrong("ingest: " + std::to_string(accepted) + " events were acknowledged, " + std::to_string(stored) +
                     " are stored");
}

Figures measure(const Options& options, std::size_t connections, std::uint64_t aRequest, Report& report) {
    DaemonUnderTest daemon(options.daemon);
    auto profiler = profilerOf(options, daemon);
    Costs costs(daemon, profiler.get());
    Load load = events(daemon, "nobody.wants", connections, aRequest);
    load.window = options.window;
    costs.watch(load);
    LoadResult result = drive(load);
    const char* const name = aRequest == 1 ? "ingest" : "ingest-array";
    Figures figures = costs.figures(name, connections, result, static_cast<double>(aRequest));
    checkAnswers(name, result, report);
    daemon.stop();
    const std::uint64_t accepted = result.accepted * aRequest;
    figures.add("disk_bytes", static_cast<double>(daemon.databaseBytes()) / static_cast<double>(accepted));
    checkStored(daemon, accepted, report);
    tellHottest(profiler.get(), report);
    return figures;
}

}  // namespace

void measureIngest(const Options& options, Report& report) {
    const std::vector<std::size_t> usual{256};
    for (const std::size_t connections : options.inFlight.empty() ? usual : options.inFlight)
        for (const std::uint64_t aRequest : {1, 100}) {
            std::vector<Figures> all;
            for (int i = 0; i < options.repeat; ++i)
                all.push_back(measure(options, aRequest == 1 ? connections : std::min<std::size_t>(connections, 16),
                                      aRequest, report));
            report.add(medianOf(all));
        }
}

}  // namespace stepd::bench
