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

constexpr unsigned kLongestLife = 30;  // seconds

std::optional<std::uint64_t> number(const char* variable) {
    const char* text = std::getenv(variable);
    return text == nullptr ? std::nullopt : std::optional<std::uint64_t>(std::strtoull(text, nullptr, 10));
}

}  // namespace

std::map<std::string, int> playEverySecond(std::uint64_t first) {
    std::signal(SIGABRT, sayWhoDied);
    std::signal(SIGSEGV, sayWhoDied);
    std::signal(SIGALRM, sayWhoDied);
    if (const auto only = number("STEPD_SEED")) return World(*only).live(), std::map<std::string, int>{};
    const auto last = number("STEPD_SEEDS");
    std::map<std::string, int> seen;
    for (alive = first; alive <= last.value_or(kLives); alive += 2) {
        alarm(kLongestLife);
        World world(alive);
        world.live();
        for (const auto& [what, times] : world.seen()) seen[what] += times;
    }
    return last ? std::map<std::string, int>{} : seen;
}

}  // namespace stepd::test
