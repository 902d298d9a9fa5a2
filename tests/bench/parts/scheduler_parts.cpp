// Taking and giving back a plugin's slot; and picking the next of a long line.
#include <benchmark/benchmark.h>

#include "engine/scheduler.h"
#include "flow/slots_invoker.h"

namespace {

using namespace stepd;
using namespace stepd::engine;

const Timestamp kStart = fromMicros(1'767'323'045'000'000);

Ticket ticketOf(std::int64_t run) {
    return {.rank = run, .run = RunId{run}, .step = 0};
}

void takeAndRelease(benchmark::State& state) {
    SlotsInvoker invoker;
    Scheduler scheduler(invoker);
    scheduler.refresh(kStart);
    const Demand demand{.pipeline = "p", .lanes = {}, .plugin = "trivial", .group = "p"};
    for (auto _ : state) {
        if (!scheduler.take(ticketOf(1), demand)) state.SkipWithError("there is a slot");
        scheduler.release(ticketOf(1));
    }
}
BENCHMARK(takeAndRelease);

/// One of the line goes, another joins it.
void nextOfALine(benchmark::State& state) {
    SlotsInvoker invoker;
    Scheduler scheduler(invoker);
    scheduler.refresh(kStart);
    const Demand demand{.pipeline = "p", .lanes = {}, .plugin = "trivial", .group = "p"};
    std::int64_t last = 0;
    std::int64_t running = ++last;
    scheduler.take(ticketOf(running), demand);
    while (last < state.range(0)) scheduler.take(ticketOf(++last), demand);
    for (auto _ : state) {
        scheduler.release(ticketOf(running));
        const auto next = scheduler.next();
        if (!next) return state.SkipWithError("nobody is next");
        running = next->run.value;
        scheduler.take(ticketOf(++last), demand);
    }
}
BENCHMARK(nextOfALine)->Arg(10)->Arg(10'000);

}  // namespace
