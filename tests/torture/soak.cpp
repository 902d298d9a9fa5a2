#include "torture/soak.h"

#include <algorithm>
#include <cstdio>
#include <thread>

#include "torture/evidence.h"
#include "torture/trend.h"

namespace stepd::torture {
namespace {

using SteadyClock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr double kUnlimited = 1e6;        // events a second
constexpr double kMostOpenRuns = 150;     // while the capacity is found out: it is busy, and nothing piles up
constexpr double kSafetyOpenRuns = 5000;  // while it soaks: the verdict tells long before

struct Watched {
    const char* name;
    double ProcessSample::*field;
    Tolerance tolerance;
};

// Memory settles in steps of its arenas; the log swings between two checkpoints.
constexpr Watched kWatched[] = {
    {"RSS MiB", &ProcessSample::rssMiB, {.absolute = 3, .relative = 0.05}},
    {"workers' RSS MiB", &ProcessSample::workersRssMiB, {.absolute = 3, .relative = 0.05}},
    {"descriptors", &ProcessSample::descriptors, {.absolute = 2}},
    {"threads", &ProcessSample::threads, {.absolute = 1}},
    {"WAL MiB", &ProcessSample::walMiB, {.absolute = 4, .relative = 0.1}},
    {"runs in flight", &ProcessSample::openRuns, {.absolute = 50, .relative = 1}},
};

constexpr double kMoreBytesAnEvent = 1.25;
// What SQLite's page caches of the writer and the readers may hold: they fill as long as the database is smaller.
constexpr double kCachesMiB = 24;

}  // namespace

Soak::Soak(SoakOptions options)
    : options_(options), daemon_(directory_), load_({.seed = options.seed, .clients = 24, .eventKey = kEventKey}) {
    // Nobody counts executions here, and their file would outgrow the database.
    writeSetup(directory_, {.effectsFile = "/dev/null", .parkAfter = "1s"});
}

bool Soak::run() {
    daemon_.start();
    load_.aim(daemon_.port());
    double rate = options_.rate;
    if (rate <= 0) {
        load_.pace(kUnlimited);
        load_.start();
        const double capacity = findCapacity();
        rate = capacity / 2;
        std::printf("soak: it carries %.0f events/s on this machine now\n", capacity);
    } else {
        load_.pace(rate);
        load_.start();
    }
    load_.pace(rate);
    std::printf("soak: %.1f minutes at %.0f events/s, state in %s\n", options_.minutes, rate,
                directory_.path().c_str());
    std::fflush(stdout);
    work(std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(options_.minutes * 60)),
         kSafetyOpenRuns);
    const bool settled = settle();
    print();
    const bool steady = verdict();
    if (!settled) directory_.keep();
    return settled && steady;
}

/// Events a second when clients always want more; the first seconds do not count.
double Soak::findCapacity() {
    work(3s, kMostOpenRuns);
    const auto begin = SteadyClock::now();
    const auto before = load_.figures().acknowledged;
    work(10s, kMostOpenRuns);
    const std::chrono::duration<double> took = SteadyClock::now() - begin;
    samples_.clear();
    return static_cast<double>(load_.figures().acknowledged - before) / took.count();
}

double Soak::openRuns() {
    const Answer metrics = probe_.get(daemon_.port(), "/metrics");
    return metricOf(metrics.body, "stepd_runs_active") + metricOf(metrics.body, "stepd_runs_queued");
}

/// Lets it work, looks often that clients do not run ahead of it, and takes a sample each second.
void Soak::work(SteadyClock::duration time, double mostOpenRuns) {
    const auto begin = SteadyClock::now();
    auto nextSample = begin;
    while (SteadyClock::now() - begin < time) {
        const double open = openRuns();
        load_.hold(open > mostOpenRuns);
        if (const auto now = SteadyClock::now(); now >= nextSample) {
            ProcessSample sample = ProcessSample::take(daemon_.pid(), daemon_.workers(), databaseFile(directory_));
            sample.seconds = std::chrono::duration<double>(now - begin).count();
            sample.events = static_cast<double>(load_.figures().acknowledged);
            sample.openRuns = open;
            samples_.push_back(sample);
            nextSample = now + 1s;
            load_.takePromises();  // nobody judges them here
        }
        std::this_thread::sleep_for(20ms);
    }
}

bool Soak::settle() {
    load_.hold(false);
    load_.finish();
    const Leftovers left = awaitRest(databaseFile(directory_), options_.patience);
    if (!left.none()) std::printf("nothing moves any more, and there are %s\n", left.text().c_str());
    const auto wrong = load_.takeFindings();
    for (const std::string& sentence : wrong) std::printf("%s\n", sentence.c_str());
    load_.aim(0);
    const int code = daemon_.stop();
    if (code != 0) std::printf("the daemon stopped with exit code %d\n", code);
    return left.none() && wrong.empty() && code == 0;
}

void Soak::print() const {
    std::printf("%8s %10s %8s %8s %6s %8s %8s %9s %7s\n", "seconds", "events", "RSS MiB", "workers", "fds", "threads",
                "WAL MiB", "DB MiB", "open");
    const std::size_t step = std::max<std::size_t>(1, samples_.size() / 20);
    for (std::size_t i = 0; i < samples_.size(); i += step) {
        const ProcessSample& one = samples_[i];
        std::printf("%8.0f %10.0f %8.1f %8.1f %6.0f %8.0f %8.1f %9.1f %7.0f\n", one.seconds, one.events, one.rssMiB,
                    one.workersRssMiB, one.descriptors, one.threads, one.walMiB, one.databaseMiB, one.openRuns);
    }
}

/// The first quarter warms up and does not count.
bool Soak::verdict() const {
    const std::vector<ProcessSample> warm(samples_.begin() + static_cast<std::ptrdiff_t>(samples_.size() / 4),
                                          samples_.end());
    const auto column = [](const auto& samples, double ProcessSample::*field) {
        std::vector<double> values;
        for (const ProcessSample& sample : samples) values.push_back(sample.*field);
        return values;
    };
    bool steady = true;
    const auto judge = [&](const char* name, const Thirds& thirds, bool grows) {
        std::printf("%-17s medians of thirds %10.2f %10.2f %10.2f  %s\n", name, thirds.first, thirds.middle,
                    thirds.last, grows ? "GROWS" : "steady");
        steady = steady && !grows;
    };
    for (const Watched& watched : kWatched) {
        const Thirds thirds = Thirds::of(column(warm, watched.field));
        Tolerance tolerance = watched.tolerance;
        if (watched.field == &ProcessSample::rssMiB)
            tolerance.absolute += std::max(0.0, kCachesMiB - warm.front().databaseMiB);
        judge(watched.name, thirds, thirds.grow(tolerance));
    }
    const auto third = static_cast<std::ptrdiff_t>(warm.size() / 3);
    const auto bytesAnEvent = [&](std::ptrdiff_t from, std::ptrdiff_t to) {
        const std::vector<ProcessSample> part(warm.begin() + from, warm.begin() + to);
        return slope(column(part, &ProcessSample::events), column(part, &ProcessSample::databaseMiB)) * 1024 * 1024;
    };
    const Thirds bytes{.first = bytesAnEvent(0, third),
                       .middle = bytesAnEvent(third, 2 * third),
                       .last = bytesAnEvent(2 * third, static_cast<std::ptrdiff_t>(warm.size()))};
    judge("DB bytes an event", bytes, bytes.grow({.relative = kMoreBytesAnEvent - 1}));
    return steady;
}

}  // namespace stepd::torture
