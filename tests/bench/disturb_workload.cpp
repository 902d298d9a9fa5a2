#include <thread>

#include "base/error.h"
#include "base/system_clock.h"
#include "costs.h"
#include "daemon_under_test.h"
#include "disk_probe.h"
#include "disturbances.h"
#include "load_client.h"
#include "verification.h"
#include "wal_watch.h"
#include "workload_loads.h"
#include "workloads.h"

namespace stepd::bench {
namespace {

constexpr std::size_t kConnections = 64;
constexpr std::size_t kDashboards = 20;
constexpr Duration kNoticed = 3ms;  // after the restart of the log, at the latest
constexpr const char* kPruned = "stepd_runs_pruned";
const SystemClock theClock;

/// What a window had beside its load, from the load's start, warm-up included, to its end.
struct Amounts {
    double pages = 0;
    double backups = 0;
    double backupBytes = 0;
};

struct Sample {
    Instant began;
    Duration took;
};

/// Of those acceptances in the middle of which no checkpoint ended.
double clearP99(const std::vector<Sample>& samples, const WalWatch& watch) {
    Latencies clear;
    for (const Sample& sample : samples)
        if (!watch.restartedIn(sample.began, sample.began + sample.took + kNoticed)) clear.add(sample.took);
    return clear.millis(0.99);
}

/// The windows on one daemon, one after the other.
class Windows {
public:
    Windows(const Options& options, Report& report) : options_(options), report_(report), daemon_(options.daemon) {}

    void all() {
        const std::size_t count = options_.count > 0 ? options_.count : 100'000;
        aged_ = fillWithRuns(daemon_, "bench.aged", count, 0, report_);
        measure("alone");
        besideDashboards();
        besideBackups("backup", Backups::Fate::Dropped);
        besideBackups("backup-kept", Backups::Fate::Kept);
        besidePruning();
        measure("alone");
        verify();
    }

private:
    /// The load, and its figures; `amounts` is asked when the load has ended.
    void measure(
        const std::string& name, const std::function<Amounts()>& amounts = [] { return Amounts(); }) {
        const double sync = syncMillis(daemon_.directory());
        const double pruned = daemon_.metric(kPruned);
        WalWatch watch(daemon_.database());
        std::vector<Sample> samples;
        Load load = events(daemon_, "bench.w1", kConnections);
        load.rate = options_.rate;
        load.window = options_.window;
        load.answered = [&](Instant began, Duration took) { samples.push_back({began, took}); };
        const Instant begin = theClock.instant();
        LoadResult result = drive(load, sent_);
        const double seconds = std::chrono::duration<double>(theClock.instant() - begin).count();
        const Amounts beside = amounts();
        watch.end();
        const double prunedNow = daemon_.metric(kPruned) - pruned;
        sent_ += result.sent;
        accepted_ += result.accepted;
        checkAnswers("disturb-" + name, result, report_);
        const double p99 = result.latencies.millis(0.99);
        if (alone_ == 0) alone_ = p99;
        report_.add({"disturb-" + name,
                     {{"per_s", result.perSecond()},
                      {"p50_ms", result.latencies.millis(0.5)},
                      {"p99_ms", p99},
                      {"p99_clear_ms", clearP99(samples, watch)},
                      {"max_ms", result.latencies.millis(1)},
                      {"p99_ratio", p99 / alone_},
                      {"pages_per_s", beside.pages / seconds},
                      {"backups", beside.backups},
                      {"backup_MiB", beside.backupBytes / kMiB},
                      {"pruned_runs", prunedNow},
                      {"pruned_per_s", prunedNow / seconds},
                      {"wal_restarts", static_cast<double>(watch.restarts().size())},
                      {"sync_ms", sync}}});
    }

    void besideDashboards() {
        Dashboards dashboards(daemon_, kDashboards);
        measure("readers", [&] { return Amounts{.pages = static_cast<double>(dashboards.pages())}; });
        dashboards.end();
        if (dashboards.wrong() > 0) report_.wrong("disturb-readers: a page is not the right one");
    }

    void besideBackups(const std::string& name, Backups::Fate fate) {
        Backups backups(daemon_, fate);
        measure(name, [&] {
            return Amounts{.backups = static_cast<double>(backups.made()),
                           .backupBytes = static_cast<double>(backups.bytes())};
        });
        backups.end();
        if (backups.wrong() > 0) report_.wrong("disturb-" + name + ": a backup failed");
        if (backups.made() == 0) report_.note("disturb-" + name + ": the first backup outlasted the window");
    }

    /// A reload makes all aged runs over at once.
    void besidePruning() {
        keepAged("1s");
        awaitPruned(1);
        measure("pruning");
        if (daemon_.metric(kPruned) >= static_cast<double>(aged_))
            report_.note("disturb-pruning: all was pruned before the window's end; take a larger --count");
        awaitPruned(aged_);
        keepAged("30d");
    }

    void awaitPruned(std::uint64_t runs) {
        const Instant limit = theClock.instant() + 300s;
        while (daemon_.metric(kPruned) < static_cast<double>(runs)) {
            if (theClock.instant() > limit) throw Error(ErrorCode::Unavailable, "pruning does not get on");
            std::this_thread::sleep_for(20ms);
        }
    }

    void keepAged(const std::string& retention) {
        writeAged(daemon_.directory(), retention);
        daemon_.operate("POST", "/api/v1/reload");
    }

    /// Every accepted event has its run, completed; and no aged run is left, as the daemon said.
    void verify() {
        if (!awaitEndOfRuns(daemon_.database())) report_.wrong("disturb: runs do not end");
        daemon_.stop();
        for (const Expected& expected : {Expected{.pipeline = "w1", .runs = accepted_, .steps = 1},
                                         Expected{.pipeline = "aged", .runs = 0, .steps = 1}}) {
            const Found found = examine(daemon_.database(), expected);
            if (!found.wrong.empty()) report_.wrong("disturb: " + expected.pipeline + ": " + found.wrong);
        }
    }

    const Options& options_;
    Report& report_;
    DaemonUnderTest daemon_;
    std::uint64_t aged_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t accepted_ = 0;
    double alone_ = 0;  // p99 of the first window
};

}  // namespace

void measureDisturb(const Options& options, Report& report) {
    Windows(options, report).all();
}

}  // namespace stepd::bench
