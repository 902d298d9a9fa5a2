// What runs that wait cost: stepd_parked_runs [DIRECTORY [RUNS]]. RUNS wait for an event each and as many sleep, in the
// real store in a file of DIRECTORY. Printed: memory before and after, the time of an event that is none of theirs
// with so many waits, of an event for one of them, and of a restart. One thread turns the engine; the store has its
// own.
#include <malloc.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

#include "base/mailbox.h"
#include "base/system_clock.h"
#include "store/sqlite/sqlite_store.h"
#include "support/engine_fixture.h"

namespace {

using namespace stepd;

constexpr std::int64_t kBatch = 500;
constexpr std::int64_t kSamples = 2000;

const char* const kWaiter = R"(
version: 1
id: waiter
on: [{event: wait}]
steps:
  - {id: answer, uses: core/wait_for_event, with: {event: answer, if: async.data.id == event.data.id, timeout: 30d}}
  - {id: done, uses: p}
)";

const char* const kSleeper = R"(
version: 1
id: sleeper
on: [{event: sleep}]
steps: [{id: nap, uses: core/sleep, with: {for: 30d}}]
)";

double residentMegabytes() {
    ::malloc_trim(0);
    std::int64_t size = 0;
    std::int64_t resident = 0;
    std::ifstream("/proc/self/statm") >> size >> resident;
    return static_cast<double>(resident) * 4096 / 1e6;
}

/// A daemon's core over its store, from start to end.
class Process {
public:
    Process(const std::string& path, const std::vector<std::shared_ptr<pipeline::Pipeline>>& pipelines)
        : store_({.path = path}) {
        store_.start();
        std::vector<pipeline::PipelinePtr> current;
        for (const auto& one : pipelines) {
            one->revision =
                store_.saveRevision({.id = {}, .pipeline = one->id, .hash = one->hash, .source = one->source});
            current.push_back(one);
        }
        core_ = std::make_unique<engine::Core>(
            engine::EngineParts{.store = store_,
                                .invoker = invoker_,
                                .clock = clock_,
                                .random = random_,
                                .revisions = {},
                                .fatal = [](const std::string& sentence) { std::puts(sentence.c_str()); }},
            engine::EngineOptions{}, [this](engine::Message message) { inbox_.post(std::move(message)); });
        invoker_.listen({.finished =
                             [this](std::vector<host::CallEnd> ended) {
                                 for (auto& [call, result] : ended)
                                     inbox_.post(engine::CallFinished{call, std::move(result)});
                             },
                         .progressed = {}});
        inbox_.post(engine::UsePipelines{std::move(current)});
    }
    ~Process() {
        store_.stop();
        core_.reset();
    }

    void turnUntil(const std::function<bool()>& done) {
        while (!done()) {
            core_->round(inbox_.takeUntil(clock_.instant() + 1ms));
            while (invoker_.pumpOne()) {
            }
        }
    }
    /// Submits and waits for the answer.
    std::vector<engine::Submitted> submit(std::vector<engine::NewEvent> events) {
        std::vector<engine::Submitted> answers;
        inbox_.post(engine::Submit{std::move(events), [&](std::vector<engine::Submitted> given) { answers = given; }});
        turnUntil([&] { return !answers.empty(); });
        return answers;
    }
    void turnUntilEmpty() {
        turnUntil([this] { return core_->stats().activeRuns == 0; });
    }
    void awaitEnd(RunId run, const std::function<void()>& then) {
        bool ended = false;
        inbox_.post(engine::WatchEnd{run, [&](const Run*) { ended = true; }});
        core_->round(inbox_.takeUntil(clock_.instant()));
        then();
        turnUntil([&] { return ended; });
    }
    std::size_t waits() const { return core_->stats().parkedWaits; }

private:
    const SystemClock clock_;
    SeededRandom random_{1};
    store::SqliteStore store_;
    rehearsal::ScriptedInvoker invoker_{clock_};
    Mailbox<engine::Message> inbox_;
    std::unique_ptr<engine::Core> core_;
};

engine::NewEvent event(const char* name, std::int64_t id) {
    engine::NewEvent one;
    one.name = name;
    one.data = "{\"id\":" + std::to_string(id) + "}";
    return one;
}

double seconds(const std::function<void()>& work) {
    const SystemClock clock;
    const Instant start = clock.instant();
    work();
    return std::chrono::duration<double>(clock.instant() - start).count();
}

/// One submission of many, so that the disk's share of each is small.
double microsecondsAnEvent(Process& process, const char* name) {
    std::vector<engine::NewEvent> events;
    for (std::int64_t i = 0; i < kSamples; ++i) events.push_back(event(name, -1 - i));
    return seconds([&] { process.submit(std::move(events)); }) * 1e6 / static_cast<double>(kSamples);
}

void park(Process& process, const char* name, std::int64_t from, std::int64_t until) {
    for (std::int64_t id = from; id < until; id += kBatch) {
        std::vector<engine::NewEvent> events;
        for (std::int64_t i = id; i < std::min(id + kBatch, until); ++i) events.push_back(event(name, i));
        process.submit(std::move(events));
        process.turnUntilEmpty();
    }
}

void report(Process& process, std::int64_t parked) {
    std::printf("%8lld runs parked (%zu waits), %7.1f MB resident, %6.1f us an event of another name\n",
                static_cast<long long>(parked), process.waits(), residentMegabytes(),
                microsecondsAnEvent(process, "noise"));
}

}  // namespace

int main(int argc, char** argv) {
    const std::string path = std::string(argc > 1 ? argv[1] : ".") + "/parked_runs.db";
    const std::int64_t runs = argc > 2 ? std::strtoll(argv[2], nullptr, 10) : 100'000;
    const std::vector pipelines{test::loadPipeline(kWaiter), test::loadPipeline(kSleeper)};
    auto process = std::make_unique<Process>(path, pipelines);
    report(*process, 0);
    const double first = seconds([&] { park(*process, "wait", 0, runs / 10); });
    std::printf("%8.1f s to park the first tenth\n", first);
    report(*process, runs / 10);
    park(*process, "wait", runs / 10, runs);
    report(*process, runs);
    park(*process, "sleep", 0, runs);
    report(*process, 2 * runs);

    const auto wake = [&](std::int64_t id) {
        // The runs were submitted first and in order, so a waiter's key follows from its place.
        process->awaitEnd(RunId{id + 1}, [&] { process->submit({event("answer", id)}); });
    };
    wake(runs / 2);
    std::printf("%8.2f ms to wake one run by its correlation and end it\n", seconds([&] { wake(runs / 3); }) * 1e3);

    process.reset();
    const double restart = seconds([&] {
        process = std::make_unique<Process>(path, pipelines);
        process->submit({event("noise", 0)});
        process->turnUntilEmpty();
    });
    std::printf("%8.2f ms to restart and answer an event with %zu waits\n", restart * 1e3, process->waits());
    report(*process, 2 * runs - 2);
    std::printf("%8.2f ms to wake one run after the restart\n", seconds([&] { wake(runs / 4); }) * 1e3);
    process.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
}
