// What the sandbox costs the start of a worker: stepd_sandbox_cost [STARTS]. Workers with it and without take turns,
// from the spawn to the plugin's description, so that both have the same neighbours; medians.
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/system_clock.h"
#include "host/plugin_probe.h"
#include "no_services.h"

namespace {

using namespace stepd;

double childrenMicros() {
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

double median(std::vector<double>& values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

struct Starts {
    SandboxMode mode;
    std::vector<double> wall, cpu;  ///< microseconds
};

void start(Starts& starts) {
    const SystemClock clock;
    bench::NoServices services;
    host::HostOptions options;
    options.workerProgram = STEPD_BENCH_WORKER;
    options.checkLibraryOwner = false;
    host::PluginSpec spec;
    spec.library = std::string(STEPD_BENCH_PLUGINS) + "/serial.so";
    spec.sandbox = starts.mode;
    const double before = childrenMicros();
    const Instant begin = clock.instant();
    {
        host::PluginProbe probe(options, spec, services, clock);
        if (!probe.describe()) std::abort();
        starts.wall.push_back(std::chrono::duration<double, std::micro>(clock.instant() - begin).count());
    }
    starts.cpu.push_back(childrenMicros() - before);
}

}  // namespace

int main(int argc, char** argv) {
    const int count = argc > 1 ? std::atoi(argv[1]) : 300;
    std::array both{Starts{SandboxMode::Off, {}, {}}, Starts{SandboxMode::Required, {}, {}}};
    for (int i = 0; i < count; ++i)
        for (auto& starts : both) start(starts);
    for (auto& starts : both)
        std::printf("sandbox %-8s  to the plugin's description %6.0f us, processor time of the worker %6.0f us\n",
                    toString(starts.mode), median(starts.wall), median(starts.cpu));
}
