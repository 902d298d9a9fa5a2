// A plugin that uses much of what is limited.
#include <time.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include <stepd/step.h>

namespace {

using stepd::Context;
using stepd::Json;
using stepd::Outcome;

/// Burns processor time of the calling thread.
void burn(std::chrono::nanoseconds time) {
    const auto used = [] {
        timespec now{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
    };
    const auto end = used() + time;
    while (used() < end) {
    }
}

#define HUNGRY_STEP(Class, type, threading)                                               \
    class Class final : public stepd::Step {                                              \
    public:                                                                               \
        static constexpr stepd::Manifest manifest{type, "1.0.0", "is hungry", threading}; \
        explicit Class(const Json&) {}                                                    \
        Outcome run(Context& ctx) override;                                               \
    };

constexpr auto kPerThread = stepd::Threading::InstancePerThread;

/// Burns `millis`, on a thread of its own if `elsewhere`; else until it is told to stop, or for ever if `deaf`.
HUNGRY_STEP(Spin, "spin", kPerThread)
Outcome Spin::run(Context& ctx) {
    const Json& input = ctx.input();
    if (const int millis = input.value("millis", 0); millis > 0) {
        if (input.value("elsewhere", false))
            std::thread([=] { burn(std::chrono::milliseconds(millis)); }).join();
        else
            burn(std::chrono::milliseconds(millis));
        return stepd::done({});
    }
    while (!ctx.cancelled() || input.value("deaf", false)) {
    }
    return stepd::cancelled(std::to_string(static_cast<int>(ctx.cancelReason()))).resumeToken("at 7");
}

/// Waits until it is told to stop, and uses nothing.
HUNGRY_STEP(Idle, "idle", kPerThread)
Outcome Idle::run(Context& ctx) {
    ctx.waitCancelled(std::chrono::hours(1));
    return stepd::cancelled("");
}

/// Touches `mib` of memory.
HUNGRY_STEP(Touch, "touch", kPerThread)
Outcome Touch::run(Context& ctx) {
    std::vector<char> memory(ctx.input().value("mib", 1UL) << 20);
    std::size_t sum = 0;
    for (std::size_t at = 0; at < memory.size(); at += 4096) sum += static_cast<std::size_t>(memory[at] = 1);
    return stepd::done({{"pages", sum}});
}

/// Asks the host for something again and again, until it is told to stop, or for ever if `deaf`.
HUNGRY_STEP(Nag, "nag", kPerThread)
Outcome Nag::run(Context& ctx) {
    const std::string what = ctx.input().value("what", "log");
    while (!ctx.cancelled() || ctx.input().value("deaf", false)) {
        if (what == "log") ctx.info("again");
        if (what == "progress") ctx.progress(0.5, "again");
        if (what == "secret") ctx.secret("api_key");
        if (what == "http") ctx.http().get("http://again.example/");
    }
    return stepd::cancelled("").resumeToken("asked enough");
}

/// Says so and dies.
HUNGRY_STEP(Burst, "burst", kPerThread)
Outcome Burst::run(Context& ctx) {
    ctx.info("one");
    ctx.info("two");
    ctx.secret("api_key");
    ::_exit(3);
}

/// Returns its input.
HUNGRY_STEP(Echo, "echo", kPerThread)
Outcome Echo::run(Context& ctx) {
    return stepd::done(ctx.input());
}

}  // namespace

STEPD_EXPORT_PLUGIN("hungry", "1.0.0", Spin, Idle, Touch, Nag, Burst, Echo)
