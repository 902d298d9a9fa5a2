// A call of the trivial step in a real worker process and back, one at a time and many under way.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>

#include "base/mailbox.h"
#include "base/system_clock.h"
#include "bench_event.h"
#include "host/supervisor.h"
#include "no_services.h"

namespace {

using namespace stepd;

host::StepCall callOf(std::int64_t id) {
    host::StepCall call;
    call.id = host::CallId{id};
    call.plugin = "trivial";
    bench::writeEventData(call.input, 42);
    call.timeout = 30s;
    call.stepId = "a";
    call.idempotencyKey = "01JD0000000000000000000001/a/0";
    return call;
}

void workerCall(benchmark::State& state) {
    const SystemClock clock;
    bench::NoServices services;
    host::HostOptions options;
    options.workerProgram = STEPD_WORKER_PROGRAM;
    options.checkLibraryOwner = false;
    host::PluginSpec spec;
    spec.name = "trivial";
    spec.library = STEPD_BENCH_PLUGINS "/bench_step.so";
    spec.threads = static_cast<std::uint32_t>(state.range(0));
    Mailbox<OutcomeClass> ended;
    host::Supervisor supervisor(options, services, clock);
    supervisor.listen({.finished =
                           [&](const std::vector<host::CallEnd>& calls) {
                               for (const auto& end : calls) ended.post(OutcomeClass(end.result.outcome));
                           },
                       .progressed = {}});
    supervisor.usePlugins({spec});
    supervisor.start();
    std::int64_t calls = 0;
    std::int64_t wrong = 0;
    const auto take = [&] {
        auto all = ended.takeUntil({});
        for (const auto outcome : all) wrong += outcome == OutcomeClass::Ok ? 0 : 1;
        return static_cast<std::int64_t>(all.size());
    };
    std::int64_t free = state.range(0);
    for (auto _ : state) {
        while (free == 0) free += take();
        supervisor.invoke(callOf(++calls));
        --free;
        if (state.range(0) == 1) free += take();
    }
    while (free < state.range(0)) free += take();
    supervisor.stop();
    if (wrong > 0) state.SkipWithError("calls failed");
    state.SetItemsProcessed(calls);
}
BENCHMARK(workerCall)->Arg(1)->Arg(64)->UseRealTime();

}  // namespace
