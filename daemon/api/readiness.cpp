#include "api/readiness.h"

#include "base/units.h"

namespace stepd::api {
namespace {

/// The engine wakes at least every few seconds for its watchdog; four missed turns mean that it hangs.
constexpr Duration kLoopPatience = 20s;
/// A commit takes milliseconds, a second on a bad day.
constexpr Duration kCommitPatience = 10s;

}  // namespace

bool isAlive(const engine::EngineStats& stats, Instant now) {
    return !stats.storeFailed && now - stats.lastRound < kLoopPatience;
}

std::optional<std::string> unreadiness(const engine::EngineStats& stats, Instant now) {
    if (stats.storeFailed) return "The store has failed.";
    if (now - stats.lastRound >= kLoopPatience) return "The engine's loop does not turn.";
    if (stats.storeFull) return "The store takes no writes now; it is tried again.";
    if (!stats.commitOpenSince || now - *stats.commitOpenSince < kCommitPatience) return std::nullopt;
    return "The store has been at one commit for " +
           toText(std::chrono::floor<std::chrono::seconds>(now - *stats.commitOpenSince)) + ".";
}

}  // namespace stepd::api
