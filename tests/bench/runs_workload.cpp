#include "bench_event.h"
#include "daemon_under_test.h"
#include "disk_probe.h"
#include "load_client.h"
#include "verification.h"
#include "workloads.h"

namespace stepd::bench {
namespace {

constexpr double kMiB = 1024.0 * 1024.0;

std::size_t stepsOf(const std::string& pipeline) {
    return pipeline == "w1" ? 1 : 4;
}

/// CPU of the daemon and its workers over the window of a load.
struct WindowCpu {
    explicit WindowCpu(const DaemonUnderTest& one) : daemon(one) {}
    void watch(Load& load) {
        load.windowBegins = [this] { seconds = -daemon.cpuSeconds(); };
        load.windowEnds = [this] { seconds += daemon.cpuSeconds(); };
    }
    const DaemonUnderTest& daemon;
    double seconds = 0;
};

Load loadOf(const DaemonUnderTest& daemon, const Options& options, std::size_t inFlight) {
    Load load;
    load.port = daemon.port();
    load.connections = inFlight;
    load.window = options.window;
    return load;
}

Figures figuresOf(const std::string& workload, const DaemonUnderTest& daemon, std::size_t inFlight, LoadResult& result,
                  double serverCpu, double sync) {
    const auto done = static_cast<double>(std::max<std::uint64_t>(result.inWindow, 1));
    const auto memory = daemon.memory();
    return {workload,
            {{"in_flight", static_cast<double>(inFlight)},
             {"per_s", result.perSecond()},
             {"p50_ms", result.latencies.millis(0.5)},
             {"p99_ms", result.latencies.millis(0.99)},
             {"max_ms", result.latencies.millis(1)},
             {"server_cpu_us", serverCpu * 1e6 / done},
             {"client_cpu_us", result.clientCpuSeconds * 1e6 / done},
             {"peak_rss_MiB", static_cast<double>(memory.peakRss) / kMiB},
             {"disk_bytes", static_cast<double>(daemon.databaseBytes()) /
                                static_cast<double>(std::max<std::uint64_t>(result.accepted, 1))},
             {"sync_ms", sync}}};
}

void checkAnswers(const std::string& workload, const LoadResult& result, Report& report) {
    if (result.wrong > 0)
        report.wrong(workload + ": " + std::to_string(result.wrong) + " of " + std::to_string(result.sent) +
                     " answers are wrong, the first: " + result.firstWrong);
}

void measureRunsOnce(const std::string& pipeline, const Options& options, std::size_t inFlight, Report& report) {
    DaemonUnderTest daemon(options.daemon);
    const double sync = syncMillis(daemon.directory());
    Load load = loadOf(daemon, options, inFlight);
    load.path = "/" + pipeline;
    load.write = [](std::string& body, std::uint64_t serial) { writeEventData(body, serial); };
    load.accept = [](std::uint64_t serial, int status, std::string_view body) {
        return status == 200 && serialIn(body) == static_cast<std::int64_t>(serial) &&
               body.find("\"step\":\"d\"") != std::string_view::npos;
    };
    WindowCpu cpu(daemon);
    cpu.watch(load);
    LoadResult result = drive(load);
    report.add(figuresOf(pipeline, daemon, inFlight, result, cpu.seconds, sync));
    checkAnswers(pipeline, result, report);
    daemon.stop();
    const std::string wrong = findWrong(daemon.database(), {pipeline, result.accepted, stepsOf(pipeline)});
    if (!wrong.empty()) report.wrong(pipeline + ": " + wrong);
}

void measureIngestOnce(const Options& options, std::size_t inFlight, Report& report) {
    DaemonUnderTest daemon(options.daemon);
    const double sync = syncMillis(daemon.directory());
    Load load = loadOf(daemon, options, inFlight);
    load.path = "/e/" + kEventKey;
    load.write = [](std::string& body, std::uint64_t serial) { writeEvent(body, "nobody.wants", serial); };
    load.accept = [](std::uint64_t, int status, std::string_view body) {
        return status == 200 && body.starts_with("{\"ids\":[\"");
    };
    WindowCpu cpu(daemon);
    cpu.watch(load);
    LoadResult result = drive(load);
    report.add(figuresOf("ingest", daemon, inFlight, result, cpu.seconds, sync));
    checkAnswers("ingest", result, report);
    daemon.stop();
}

}  // namespace

void measureRuns(const std::string& pipeline, const Options& options, Report& report) {
    const std::vector<std::size_t> sweep{1, 10, 100, 500, 2000};
    for (const std::size_t inFlight : options.inFlight.empty() ? sweep : options.inFlight)
        measureRunsOnce(pipeline, options, inFlight, report);
}

void measureIngest(const Options& options, Report& report) {
    const std::vector<std::size_t> sweep{256};
    for (const std::size_t inFlight : options.inFlight.empty() ? sweep : options.inFlight)
        measureIngestOnce(options, inFlight, report);
}

}  // namespace stepd::bench
