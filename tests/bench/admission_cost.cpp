// What admission costs each request that brings an event: nanoseconds of CPU time a call.
#include <ctime>
#include <functional>
#include <iostream>

#include "api/admission_gate.h"
#include "api/load_monitor.h"
#include "app/resources.h"
#include "base/system_clock.h"
#include "engine/engine_thread.h"
#include "rehearsal/scripted_invoker.h"
#include "rehearsal/sim_store.h"

using namespace stepd;

namespace {

double cpuSeconds() {
    ::timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void measure(const char* what, const std::function<void()>& call) {
    constexpr int kCalls = 1'000'000;
    const double start = cpuSeconds();
    for (int i = 0; i < kCalls; ++i) call();
    std::cout << what << ": " << (cpuSeconds() - start) * 1e9 / kCalls << " ns\n";
}

}  // namespace

int main() {
    SystemClock clock;
    SeededRandom random(1);
    rehearsal::SimStore store;
    rehearsal::ScriptedInvoker invoker(clock);
    engine::EngineThread engine(
        {.store = store, .invoker = invoker, .clock = clock, .random = random, .revisions = {}, .fatal = {}}, {});
    Metrics metrics;
    api::LoadMonitor monitor(engine, clock,
                             {.memory = &app::residentBytes, .freeDisk = [] { return app::freeBytes("."); }});
    const api::AdmissionGate::Parts parts{.load = [&] { return monitor.read(); }, .clock = clock, .metrics = metrics};
    api::AdmissionGate open({}, {{"fast", {.interval = Duration(1), .ahead = 1h}}}, parts);
    api::AdmissionLimits narrow;
    narrow.maxMemory = 1;
    api::AdmissionGate closed(narrow, {}, parts);
    http::Request request;
    request.route = "/register";
    http::Request keyed = request;
    keyed.principal = "fast";

    measure("admit", [&] { (void)open.admit(request); });
    measure("admit, the key has a rate", [&] { (void)open.admit(keyed); });
    measure("refuse", [&] { (void)closed.admit(request); });
    measure("look at the system, five times a second at most", [] {
        (void)app::residentBytes();
        (void)app::freeBytes(".");
    });
    engine::OpenEvents events(100'000, 64U << 20);
    const std::vector<engine::NewEvent> one(1);
    measure("count in and out", [&] {
        engine::Engine::SubmitCallback done = [&events](const std::vector<engine::Submitted>&) { (void)events; };
        (void)events.enter(one, done);
        done({});
    });
}
