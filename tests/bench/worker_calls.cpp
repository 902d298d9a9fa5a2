// What a step call costs between the engine and a plugin that does nothing: stepd_worker_calls [CALLS]. A thread stands
// in for the engine: it takes what has ended, all at once, and calls again, so that so many calls are always under way.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/mailbox.h"
#include "base/system_clock.h"
#include "host/supervisor.h"
#include "no_services.h"

namespace {

using namespace stepd;

double cpuMicros(int who) {
    rusage usage{};
    ::getrusage(who, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

host::StepCall callOf(std::int64_t id) {
    host::StepCall call;
    call.id = host::CallId{id};
    call.plugin = "trivial";
    call.config = R"({"mode":"fast"})";
    call.input = R"({"text":")" + std::string(389, 'x') + "\"}";
    call.timeout = 30s;
    call.requestId = "01JD0000000000000000000000";
    call.runId = "01JD0000000000000000000001";
    call.eventId = "01JD0000000000000000000002";
    call.stepId = "step-1";
    call.idempotencyKey = "01JD0000000000000000000001/step-1/0";
    return call;
}

struct Setting {
    const char* library;
    host::Isolation isolation;
    std::uint32_t workers;
    std::uint32_t threads;
    std::int64_t inFlight;
    SandboxMode sandbox = SandboxMode::Required;
};

void measure(const Setting& setting, std::int64_t total) {
    const SystemClock clock;
    bench::NoServices services;
    host::HostOptions options;
    options.workerProgram = STEPD_BENCH_WORKER;
    options.checkLibraryOwner = false;
    host::PluginSpec spec;
    spec.name = "trivial";
    spec.library = std::string(STEPD_BENCH_PLUGINS) + "/" + setting.library + ".so";
    spec.isolation = setting.isolation;
    spec.workers = setting.workers;
    spec.threads = setting.threads;
    spec.sandbox = setting.sandbox;

    Mailbox<OutcomeClass> ended;
    host::Supervisor supervisor(options, services, clock);
    supervisor.listen({.finished =
                           [&](const std::vector<host::CallEnd>& calls) {
                               std::vector<OutcomeClass> classes;
                               for (const auto& end : calls) classes.push_back(end.result.outcome);
                               ended.postAll(std::move(classes));
                           },
                       .progressed = {}});
    supervisor.usePlugins({spec});
    supervisor.start();
    std::int64_t begun = 0, done = 0, failed = 0;
    const auto run = [&](std::int64_t until) {
        while (done < until) {
            std::vector<host::StepCall> calls;
            while (begun < until && begun - done < setting.inFlight) calls.push_back(callOf(++begun));
            supervisor.invokeAll(std::move(calls));
            for (const auto outcome : ended.takeUntil({})) {
                ++done;
                failed += outcome == OutcomeClass::Ok ? 0 : 1;
            }
        }
    };
    run(setting.inFlight * 10);  // all workers are there, all buffers have their size
    const double own = cpuMicros(RUSAGE_SELF), children = cpuMicros(RUSAGE_CHILDREN);
    const Instant start = clock.instant();
    run(begun + total);
    const double seconds = std::chrono::duration<double>(clock.instant() - start).count();
    const double hostCpu = cpuMicros(RUSAGE_SELF) - own;
    supervisor.stop();  // the workers' time is known once they have ended
    const double workerCpu = cpuMicros(RUSAGE_CHILDREN) - children;
    std::printf(
        "%-9s %-10s %u x %-3u %5lld in flight: %8.0f calls/s, CPU a call: %5.2f us daemon, %5.2f us workers%s\n",
        setting.library,
        setting.isolation == host::Isolation::Inproc ? "inproc"
        : setting.sandbox == SandboxMode::Off        ? "unconfined"
                                                     : "process",
        setting.workers, setting.threads, static_cast<long long>(setting.inFlight),
        static_cast<double>(total) / seconds, hostCpu / static_cast<double>(total),
        workerCpu / static_cast<double>(total), failed == 0 ? "" : " (SOME FAILED)");
}

}  // namespace

int main(int argc, char** argv) {
    const std::int64_t total = argc > 1 ? std::atoll(argv[1]) : 100'000;
    constexpr auto kProcess = host::Isolation::Process, kInproc = host::Isolation::Inproc;
    for (const Setting& setting : {Setting{"serial", kProcess, 1, 1, 1},
                                   {"serial", kProcess, 1, 1, 1, SandboxMode::Off},
                                   {"serial", kProcess, 1, 1, 64},
                                   {"serial", kProcess, 1, 1, 64, SandboxMode::Off},
                                   {"serial", kProcess, 2, 1, 64},
                                   {"reentrant", kProcess, 1, 1, 64},
                                   {"reentrant", kProcess, 1, 32, 64},
                                   {"reentrant", kProcess, 2, 32, 256},
                                   {"serial", kInproc, 1, 1, 64},
                                   {"reentrant", kInproc, 1, 32, 64},
                                   {"reentrant", kInproc, 1, 128, 256}})
        measure(setting, total);
}
