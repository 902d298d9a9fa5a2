// What upkeep costs those who commit meanwhile: stepd_upkeep_cost [DIRECTORY]. Commits of one event each, one at a
// time, alone, beside a backup, beside pruning and beside the giving back of pages; and beside VACUUM INTO on a reader,
// which is what the backup does not do. All in one run, turn by turn: figures of a busy machine compare only that way.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <future>
#include <thread>

#include "base/system_clock.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/statement.h"
#include "support/store_samples.h"

namespace {

using namespace stepd;
using namespace stepd::store;
using namespace stepd::test;

constexpr std::int64_t kRuns = 100'000;
constexpr int kRounds = 3;
const SystemClock theClock;

double millis(Duration took) {
    return std::chrono::duration<double, std::milli>(took).count();
}

class Bench {
public:
    explicit Bench(std::string directory) : directory_(std::move(directory)), store_({.path = path()}) {
        store_.start();
        revision_ = store_.saveRevision({{}, "p", "1", "{}"});
    }

    std::string path() const { return directory_ + "/stepd.db"; }
    std::string scratch() const { return directory_ + "/copy.db"; }

    /// Ended runs of four steps, a hundred a commit.
    void fill() {
        for (std::int64_t i = 0; i < kRuns; i += 100) {
            Batch batch;
            for (int n = 0; n < 100; ++n) {
                Admission admission = sampleAdmission(++last_, revision_);
                admission.event.data = "{\"text\":\"" + std::string(389, 'x') + "\"}";
                NewRun& fresh = admission.runs[0];
                fresh.run.state = RunState::Completed;
                fresh.run.finishedAt = fresh.run.createdAt;
                fresh.steps.clear();
                for (int step = 0; step < 4; ++step) {
                    fresh.steps.push_back(sampleStep(step, StepState::Completed));
                    fresh.steps.back().output = std::string(200, 'x');
                }
                batch.changes.emplace_back(std::move(admission));
            }
            store_.commit(std::move(batch), [](const Committed&) {});
        }
        store_.lastRunId();
    }

    /// Commits one at a time until `enough`; the time of each.
    std::vector<Duration> commitUntil(const std::function<bool()>& enough) {
        std::vector<Duration> took;
        while (!enough()) {
            const auto start = theClock.instant();
            std::promise<void> done;
            store_.commit({{Admission{sampleEvent(++last_), {}, {}}}}, [&](const Committed&) { done.set_value(); });
            done.get_future().wait();
            took.push_back(theClock.instant() - start);
        }
        return took;
    }

    std::vector<Duration> alone() {
        int left = 2'000;
        return commitUntil([&] { return left-- == 0; });
    }

    std::vector<Duration> besideBackup() {
        std::atomic<bool> over = false;
        store_.backUp(scratch(), [&](const std::optional<Error>&) { over = true; });
        auto took = commitUntil([&] { return over.load(); });
        removeCopy();
        return took;
    }

    std::vector<Duration> besideVacuumInto() {
        std::atomic<bool> over = false;
        std::thread copier([&] {
            Connection reader(path(), Role::Reader);
            Statement(reader.handle(), "VACUUM INTO ?").run(scratch());
            over = true;
        });
        auto took = commitUntil([&] { return over.load(); });
        copier.join();
        removeCopy();
        return took;
    }

    /// Slice after slice without a rest, which is more than the engine asks for.
    std::vector<Duration> besidePruning() {
        std::atomic<bool> over = false;
        const auto rules = std::make_shared<const RetentionRules>();
        std::function<void(std::int64_t)> next = [&](std::int64_t first) {
            store_.prune({.now = at(1'000'000'000), .rules = rules, .first = first, .most = 200},
                         [&](const Pruned& pruned) {
                             pruned_ += pruned.deleted;
                             if (!pruned.rest || pruned_ >= goal_) {
                                 over = true;
                             } else {
                                 next(pruned.reached + 1);
                             }
                         });
        };
        goal_ += kRuns / kRounds;
        next(1);
        return commitUntil([&] { return over.load(); });
    }

    std::vector<Duration> besideShrinking() {
        std::atomic<bool> over = false;
        std::function<void()> next = [&] {
            store_.shrink(64, [&](bool more) {
                if (more) return next();
                over = true;
            });
        };
        next();
        return commitUntil([&] { return over.load(); });
    }

private:
    void removeCopy() { std::filesystem::remove(scratch()); }

    const std::string directory_;
    SqliteStore store_;
    RevisionId revision_;
    std::int64_t last_ = 0;
    std::size_t pruned_ = 0;
    std::size_t goal_ = 0;
};

void print(const char* what, std::vector<Duration> took) {
    std::sort(took.begin(), took.end());
    if (took.empty()) return std::printf("%-22s was over at once\n", what), void();
    const auto share = [&](double part) {
        return millis(took[static_cast<std::size_t>(part * static_cast<double>(took.size() - 1))]);
    };
    std::printf("%-22s %6zu commits, ms: p50 %7.2f  p99 %7.2f  most %7.2f\n", what, took.size(), share(0.5),
                share(0.99), share(1));
}

}  // namespace

int main(int argc, char** argv) {
    std::string directory = (std::filesystem::path(argc > 1 ? argv[1] : ".") / "upkeep-cost-XXXXXX").string();
    if (::mkdtemp(directory.data()) == nullptr) return std::perror("mkdtemp"), 1;
    {
        Bench bench(directory);
        bench.fill();
        std::printf("%.0f MiB\n", static_cast<double>(std::filesystem::file_size(bench.path())) / (1U << 20));
        for (int round = 0; round < kRounds; ++round) {
            print("alone", bench.alone());
            print("beside a backup", bench.besideBackup());
            print("beside VACUUM INTO", bench.besideVacuumInto());
            print("beside pruning", bench.besidePruning());
            print("beside giving back", bench.besideShrinking());
        }
    }
    std::filesystem::remove_all(directory);
}
