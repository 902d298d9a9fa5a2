// How fast the store commits on the disk of a directory: stepd_commit_rate [DIRECTORY]. Prints the disk's own sync time
// beside it, for figures of two machines compare only that way.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <latch>
#include <memory>

#include "base/file_descriptor.h"
#include "base/system_clock.h"
#include "store/sqlite/sqlite_store.h"
#include "w4_batches.h"

namespace {

using namespace stepd;
using namespace stepd::store;
using namespace stepd::test;

const SystemClock theClock;

double secondsSince(Instant start) {
    return std::chrono::duration<double>(theClock.instant() - start).count();
}

double cpuSeconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void measureSync(const std::string& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const std::string page(4096, 'x');
    constexpr int kTimes = 500;
    const auto start = theClock.instant();
    for (int i = 0; i < kTimes; ++i)
        if (::write(file.get(), page.data(), page.size()) < 0 || ::fdatasync(file.get()) != 0) std::perror("sync");
    std::printf("append 4 KiB + fdatasync: %.3f ms\n", secondsSince(start) * 1e3 / kTimes);
}

/// What a run writes, batch after batch.
using Script = std::function<Batch(std::int64_t run, int stage)>;

/// Keeps `inFlight` runs going until `total` have ended, each with `stages` commits one after the other.
class Load {
public:
    Load(SqliteStore& store, Script script, int stages, std::int64_t total)
        : store_(store), script_(std::move(script)), stages_(stages), total_(total), left_(total) {}

    void run(std::int64_t inFlight) {
        for (std::int64_t i = 0; i < inFlight; ++i) start();
        left_.wait();
    }

private:
    void start() {
        const auto id = ++last_;
        if (id <= total_) go(id, 0);
    }
    void go(std::int64_t id, int stage) {
        store_.commit(script_(id, stage), [this, id, stage](const Committed& committed) {
            if (committed.status != CommitStatus::Durable) std::puts(committed.message.c_str());
            if (stage + 1 < stages_) return go(id, stage + 1);
            start();
            left_.count_down();
        });
    }

    SqliteStore& store_;
    Script script_;
    int stages_;
    std::int64_t total_;
    std::atomic<std::int64_t> last_ = 0;
    std::latch left_;
};

void measure(const char* what, const std::string& directory, int stages, std::int64_t inFlight, std::int64_t total) {
    const std::string path = directory + "/stepd.db";
    double elapsed = 0;
    double cpu = 0;
    {
        SqliteStore store({.path = path});
        store.start();
        const auto revision = store.saveRevision({{}, "p", "1", "{}"});
        Load load(
            store,
            [&](std::int64_t id, int stage) { return stages == 1 ? ingest(id) : fourSteps(id, revision, stage); },
            stages, total);
        cpu = cpuSeconds();
        const auto start = theClock.instant();
        load.run(inFlight);
        elapsed = secondsSince(start);
        cpu = cpuSeconds() - cpu;
    }
    const auto bytes = std::filesystem::file_size(path);
    const auto count = static_cast<double>(total);
    std::printf("%-7s %5ld in flight: %8.0f /s  %8.0f commits/s  %6.1f us CPU  %6.0f bytes each\n", what,
                static_cast<long>(inFlight), count / elapsed, count * stages / elapsed, cpu * 1e6 / count,
                static_cast<double>(bytes) / count);
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
}

/// A start with many unfinished runs (performance.md: 100,000 within 2 s).
void measureLoad(const std::string& directory, std::int64_t total) {
    SqliteStore store({.path = directory + "/stepd.db"});
    store.start();
    const auto revision = store.saveRevision({{}, "p", "1", "{}"});
    for (std::int64_t id = 1; id <= total; ++id) store.commit(fourSteps(id, revision, 0), [](const Committed&) {});
    store.lastRunId();
    const auto start = theClock.instant();
    RunId after;
    std::size_t loaded = 0;
    for (bool more = true; more;) {
        store.load(LoadBacklog{.after = after}, [&](const LoadedRuns& page) {
            loaded += page.runs.size();
            more = !page.runs.empty();
            if (more) after = page.runs.back().run.id;
        });
        store.lastRunId();
    }
    std::printf("load %zu unfinished runs: %.3f s\n", loaded, secondsSince(start));
}

}  // namespace

int main(int argc, char** argv) {
    std::string directory = (std::filesystem::path(argc > 1 ? argv[1] : ".") / "commit-rate-XXXXXX").string();
    if (::mkdtemp(directory.data()) == nullptr) return std::perror("mkdtemp"), 1;
    measureSync(directory + "/probe");
    for (const std::int64_t inFlight : {1, 8, 64, 256})
        measure("events", directory, 1, inFlight, inFlight == 1 ? 5'000 : 20'000 * (inFlight > 8 ? 10 : 1));
    for (const std::int64_t inFlight : {1, 10, 100, 500, 2000})
        measure("W4 runs", directory, 5, inFlight, inFlight == 1 ? 1'000 : inFlight == 10 ? 10'000 : 50'000);
    measureLoad(directory, 100'000);
    std::filesystem::remove_all(directory);
}
