#include "simulation/lives.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "simulation/world.h"

namespace stepd::test {
namespace {

std::uint64_t alive = 0;

/// An assertion of the engine ends the process, and so does a life that goes round in circles: the seed is said first.
void sayWhoDied(int signal) {
    std::fprintf(stderr, "STEPD_SEED=%llu\n", static_cast<unsigned long long>(alive));
    if (signal != SIGABRT) std::_Exit(1);
}

constexpr const char* kMustBeSeen[] = {"run completed",
                                       "run failed",
                                       "run cancelled",
                                       "run quarantined",
                                       "run waiting",
                                       "run parked",
                                       "run invoked",
                                       "rerun",
                                       "released",
                                       "paused",
                                       "swapped",
                                       "old build called",
                                       "duplicate event",
                                       "duplicate run",
                                       "store full",
                                       "skipped",
                                       "end told",
                                       "collect",
                                       "delivery",
                                       "wake",
                                       "cached",
                                       "held",
                                       "sleep completed",
                                       "invoke completed",
                                       "send_event completed",
                                       "wait_for_event completed",
                                       "wait timed out",
                                       "foreach completed",
                                       "foreach failed",
                                       "group completed",
                                       "fail failed",
                                       "plugin cancelled"};

constexpr unsigned kLongestLife = 30;  // seconds

std::optional<std::uint64_t> number(const char* variable) {
    const char* text = std::getenv(variable);
    return text == nullptr ? std::nullopt : std::optional<std::uint64_t>(std::strtoull(text, nullptr, 10));
}

}  // namespace

void playEverySecond(std::uint64_t first) {
    std::signal(SIGABRT, sayWhoDied);
    std::signal(SIGSEGV, sayWhoDied);
    std::signal(SIGALRM, sayWhoDied);
    if (const auto only = number("STEPD_SEED")) {
        World(*only).live();
        return;
    }
    const auto last = number("STEPD_SEEDS");
    std::map<std::string, int> seen;
    for (alive = first; alive <= last.value_or(kLives); alive += 2) {
        alarm(kLongestLife);
        World world(alive);
        world.live();
        for (const auto& [what, times] : world.seen()) seen[what] += times;
    }
    alarm(0);
    if (last) return;  // a few lives need not show everything
    for (const char* what : kMustBeSeen) CPPUNIT_ASSERT_MESSAGE(std::string("never seen: ") + what, seen[what] > 0);
}

}  // namespace stepd::test
