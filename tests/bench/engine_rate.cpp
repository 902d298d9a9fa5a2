// How many W4 runs (performance.md) the engine and its store carry on the disk of a directory: stepd_engine_rate
// [DIRECTORY]. The steps are answered by a thread of this process, so neither HTTP nor workers are in the figures.
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <latch>
#include <thread>

#include "base/mailbox.h"
#include "base/system_clock.h"
#include "engine/engine.h"
#include "store/sqlite/sqlite_store.h"
#include "support/engine_fixture.h"

namespace {

using namespace stepd;

class EchoInvoker final : public host::Invoker {
public:
    EchoInvoker() : thread_([this] { loop(); }) {}
    ~EchoInvoker() override {
        calls_.close();
        thread_.join();
    }
    void listen(host::CallListener listener) override { listener_ = std::move(listener); }
    std::size_t slots(std::string_view) const override { return 1000; }
    void invoke(host::StepCall call) override { calls_.post(std::move(call)); }
    void cancel(host::CallId, host::CancelReason) override {}

private:
    void loop() {
        const std::string output = "{\"text\":\"" + std::string(189, 'x') + "\"}";
        for (auto calls = calls_.takeUntil({}); !calls.empty(); calls = calls_.takeUntil({})) {
            std::vector<host::CallEnd> ended(calls.size());
            for (std::size_t i = 0; i < calls.size(); ++i) {
                ended[i].call = calls[i].id;
                ended[i].result.output = output;
            }
            listener_.finished(std::move(ended));
        }
    }
    host::CallListener listener_;
    Mailbox<host::StepCall> calls_;
    std::thread thread_;
};

double cpuSeconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void measure(const std::string& directory, std::int64_t inFlight, std::int64_t total) {
    const std::string path = directory + "/engine_rate.db";
    const SystemClock clock;
    SeededRandom random(1);
    store::SqliteStore store({.path = path});
    EchoInvoker invoker;
    store.start();
    auto pipeline = test::loadPipeline(
        "version: 1\nid: w4\non: [{event: go}]\nsteps: [{id: a, uses: p}, "
        "{id: b, uses: p}, {id: c, uses: p}, {id: d, uses: p}]\n");
    pipeline->revision =
        store.saveRevision({.id = {}, .pipeline = "w4", .hash = pipeline->hash, .source = pipeline->source});
    const auto engine = engine::makeEngine({.store = store,
                                            .invoker = invoker,
                                            .clock = clock,
                                            .random = random,
                                            .revisions = {},
                                            .observer = nullptr,
                                            .fatal = [](const std::string& sentence) { std::puts(sentence.c_str()); }},
                                           {});
    engine->usePipelines({pipeline});
    engine->start();

    std::atomic<std::int64_t> begun = 0;
    std::latch left(total);
    engine::NewEvent event;
    event.name = "go";
    event.data = "{\"text\":\"" + std::string(389, 'x') + "\"}";
    std::function<void()> begin = [&] {
        if (++begun > total) return;
        engine->submit({event}, [&](std::vector<engine::Submitted> answer) {
            engine->onEnd(answer.at(0).runs.at(0).id, [&](const Run*) {
                begin();
                left.count_down();
            });
        });
    };
    const double cpu = cpuSeconds();
    const Instant start = clock.instant();
    for (std::int64_t i = 0; i < inFlight; ++i) begin();
    left.wait();
    const double seconds = std::chrono::duration<double>(clock.instant() - start).count();
    std::printf("%5lld in flight: %8.0f runs/s, %6.3f ms a run in flight, %6.1f us CPU a run\n",
                static_cast<long long>(inFlight), static_cast<double>(total) / seconds,
                seconds * 1e3 * static_cast<double>(inFlight) / static_cast<double>(total),
                (cpuSeconds() - cpu) * 1e6 / static_cast<double>(total));
    engine->stop();
    store.stop();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string directory = argc > 1 ? argv[1] : ".";
    for (const auto& [inFlight, total] : {std::pair(1, 500), {10, 5000}, {100, 20'000}, {500, 40'000}, {2000, 40'000}})
        measure(directory, inFlight, total);
}
