// The five batches of a W4 run through the store, one run after the other and a hundred side by side; in memory and on
// the disk of the build tree.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <latch>

#include "base/error.h"
#include "store/sqlite/sqlite_store.h"
#include "w4_batches.h"

namespace {

using namespace stepd;
namespace fs = std::filesystem;

class Scratch {
public:
    explicit Scratch(const std::string& parent) : path_(parent + "/parts-XXXXXX") {
        fs::create_directories(parent);
        if (::mkdtemp(path_.data()) == nullptr) throwErrno(errno, "making " + path_);
    }
    ~Scratch() { fs::remove_all(path_); }
    std::string database() const { return path_ + "/stepd.db"; }

private:
    std::string path_;
};

void w4Batches(benchmark::State& state, const char* directory) {
    const Scratch scratch(directory);
    store::SqliteStore store({.path = scratch.database()});
    store.start();
    const auto revision = store.saveRevision({{}, "p", "1", "{}"});
    const std::int64_t together = state.range(0);
    std::int64_t first = 1;
    for (auto _ : state) {
        for (int stage = 0; stage <= 4; ++stage) {
            std::latch stored(together);
            for (std::int64_t id = first; id < first + together; ++id)
                store.commit(test::fourSteps(id, revision, stage), [&](const store::Committed& committed) {
                    if (committed.status != store::CommitStatus::Durable) std::abort();
                    stored.count_down();
                });
            stored.wait();
        }
        first += together;
    }
    state.SetItemsProcessed(first - 1);
}
BENCHMARK_CAPTURE(w4Batches, memory, "/dev/shm")->Arg(1)->Arg(100)->UseRealTime();
BENCHMARK_CAPTURE(w4Batches, disk, STEPD_BENCH_STATE)->Arg(1)->Arg(100)->UseRealTime();

}  // namespace
