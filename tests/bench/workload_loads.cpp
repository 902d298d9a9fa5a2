#include "workload_loads.h"

#include "base/system_clock.h"
#include "bench_event.h"
#include "store/sqlite/sqlite_readers.h"
#include "verification.h"

namespace stepd::bench {
namespace {

constexpr std::uint64_t kArray = 100;
constexpr std::size_t kMostOpen = 5'000;

}  // namespace

Load waitingRuns(const DaemonUnderTest& daemon, const std::string& pipeline, std::size_t inFlight) {
    Load load;
    load.port = daemon.port();
    load.connections = inFlight;
    load.path = "/" + pipeline;
    load.write = &writeEventData;
    load.accept = [](std::uint64_t serial, int status, std::string_view body) {
        return status == 200 && serialIn(body) == static_cast<std::int64_t>(serial) &&
               body.find("\"step\":\"d\"") != std::string_view::npos;
    };
    return load;
}

Load events(const DaemonUnderTest& daemon, const std::string& name, std::size_t inFlight, std::uint64_t aRequest) {
    Load load;
    load.port = daemon.port();
    load.connections = inFlight;
    load.path = "/e/" + kEventKey;
    load.write = [name, aRequest](std::string& body, std::uint64_t serial) {
        if (aRequest == 1) return writeEvent(body, name, serial);
        for (std::uint64_t i = 0; i < aRequest; ++i) {
            body.append(i == 0 ? "[" : ",");
            writeEvent(body, name, serial * aRequest + i);
        }
        body.append("]");
    };
    load.accept = [](std::uint64_t, int status, std::string_view body) {
        return status == 200 && body.starts_with("{\"ids\":[\"");
    };
    return load;
}

std::uint64_t fillWithRuns(const DaemonUnderTest& daemon, const std::string& event, std::uint64_t runs,
                           std::uint64_t firstSerial, Report& report) {
    const SystemClock clock;
    store::SqliteReaders readers(daemon.database(), clock);
    Load load = events(daemon, event, 4, kArray);
    load.requests = (runs + kArray - 1) / kArray;
    load.room = [&] {
        const auto open = static_cast<std::size_t>(readers.stats().runsOpen);
        return open < kMostOpen ? (kMostOpen - open) / kArray : 0;
    };
    const LoadResult result = drive(load, firstSerial / kArray);
    checkAnswers("filling with " + event, result, report);
    if (!awaitEndOfRuns(daemon.database())) report.wrong("filling with " + event + ": runs do not end");
    return result.accepted * kArray;
}

void checkAnswers(const std::string& workload, const LoadResult& result, Report& report) {
    if (result.wrong > 0)
        report.wrong(workload + ": " + std::to_string(result.wrong) + " of " + std::to_string(result.sent) +
                     " answers are wrong, the first: " + result.firstWrong);
}

std::unique_ptr<Profiler> profilerOf(const Options& options, const DaemonUnderTest& daemon) {
    return options.profile ? std::make_unique<Profiler>(daemon.directory() + "/perf.data") : nullptr;
}

void tellHottest(const Profiler* profiler, Report& report) {
    if (profiler == nullptr) return;
    const std::string text = profiler->hottest(10);
    report.note(text.empty() ? "no samples: perf is not there, or may not look" : text);
}

}  // namespace stepd::bench
