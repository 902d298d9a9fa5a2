#include "base/system_clock.h"
#include "costs.h"
#include "daemon_under_test.h"
#include "http_talk.h"
#include "load_client.h"
#include "store/sqlite/sqlite_readers.h"
#include "workload_loads.h"
#include "workloads.h"

namespace stepd::bench {
namespace {

constexpr std::uint64_t kArray = 100;
constexpr const char* kHeldEvent = "bench.held";

/// Its runs stand in line from now on.
void hold(const DaemonUnderTest& daemon) {
    daemon.operate("POST", "/api/v1/pipelines/held/pause");
}

/// Queues runs, a hundred a request. The serials go on from those used before.
std::uint64_t fill(const DaemonUnderTest& daemon, std::size_t runs, std::uint64_t firstSerial, Report& report) {
    Load load = events(daemon, kHeldEvent, 4, kArray);
    load.requests = (runs + kArray - 1) / kArray;
    const LoadResult result = drive(load, firstSerial / kArray + 1);
    checkAnswers("filling the queue", result, report);
    return result.accepted * kArray;
}

/// Accepting single runs that are queued.
LoadResult accept(const DaemonUnderTest& daemon, std::size_t connections, std::uint64_t firstSerial, Duration window) {
    Load load = events(daemon, kHeldEvent, connections);
    load.window = window;
    return drive(load, firstSerial);
}

void checkOpen(const DaemonUnderTest& daemon, std::uint64_t expected, Report& report) {
    const SystemClock clock;
    store::SqliteReaders readers(daemon.database(), clock);
    const auto open = static_cast<std::uint64_t>(readers.stats().runsOpen);
    if (open != expected)
        report.wrong("queue: " + std::to_string(expected) + " runs were acknowledged, " + std::to_string(open) +
                     " are open in the store");
}

Figures figuresOfQueue(const DaemonUnderTest& daemon, std::uint64_t queued, LoadResult& result) {
    const ProcessFigures memory = figuresOf(daemon.pid());
    return {"queue",
            {{"queued", static_cast<double>(queued)},
             {"rss_MiB", static_cast<double>(memory.rss) / kMiB},
             {"peak_rss_MiB", static_cast<double>(memory.peakRss) / kMiB},
             {"accept_per_s", result.perSecond()},
             {"accept_p50_ms", result.latencies.millis(0.5)},
             {"accept_p99_ms", result.latencies.millis(0.99)}}};
}

double startSeconds(const DaemonUnderTest& daemon) {
    return std::chrono::duration<double>(daemon.startTook()).count();
}

}  // namespace

void measureQueue(const Options& options, Report& report) {
    const std::size_t count = options.count > 0 ? options.count : 1'000'000;
    const std::size_t connections = options.inFlight.empty() ? 16 : options.inFlight.front();
    DaemonUnderTest daemon(options.daemon);
    hold(daemon);
    LoadResult empty = accept(daemon, connections, 0, options.window);
    checkAnswers("queue", empty, report);
    std::uint64_t queued = empty.accepted;
    report.add(figuresOfQueue(daemon, queued, empty));
    const SystemClock clock;
    const Instant begin = clock.instant();
    queued += fill(daemon, count, queued, report);
    const double seconds = std::chrono::duration<double>(clock.instant() - begin).count();
    report.add({"queue-fill", {{"runs", static_cast<double>(count)}, {"per_s", static_cast<double>(count) / seconds}}});
    LoadResult full = accept(daemon, connections, 1'000'000'000, options.window);
    checkAnswers("queue", full, report);
    queued += full.accepted;
    report.add(figuresOfQueue(daemon, queued, full));
    checkOpen(daemon, queued, report);
    daemon.stop();
}

void measureStart(const Options& options, Report& report) {
    const std::size_t count = options.count > 0 ? options.count : 100'000;
    DaemonUnderTest daemon(options.daemon);
    std::uint64_t queued = 0;
    for (const std::size_t wanted : {std::size_t(0), count}) {
        if (wanted > 0) {
            hold(daemon);
            queued = fill(daemon, wanted, 0, report);
        }
        std::vector<Figures> all;
        for (int i = 0; i < 5; ++i) {
            Figures figures{"start", {{"unfinished", static_cast<double>(queued)}}};
            daemon.stop();
            daemon.start();
            figures.add("ready_s", startSeconds(daemon));
            daemon.kill();
            daemon.start();
            figures.add("ready_after_kill_s", startSeconds(daemon));
            figures.add("rss_MiB", static_cast<double>(figuresOf(daemon.pid()).rss) / kMiB);
            all.push_back(std::move(figures));
        }
        report.add(medianOf(all));
        checkOpen(daemon, queued, report);
    }
    daemon.stop();
}

}  // namespace stepd::bench
