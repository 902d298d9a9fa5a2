#include "engine/lane.h"

#include <algorithm>

namespace stepd::engine {
namespace {

/// Loading a page of a group that then waits again costs memory, so few are loaded at once.
constexpr std::size_t kMostLoads = 8;

}  // namespace

std::optional<Timestamp> Lane::opensAt(Timestamp now) const {
    Timestamp opens = closed.value_or(now);
    if (rule.rate && used) opens = std::max(opens, Gcra::opens(*rule.rate, *used));
    if (opens <= now) return std::nullopt;
    return opens;
}

std::size_t Lane::loadsAtOnce(Timestamp now) const {
    if (!open(now)) return 0;
    if (rule.rate) return 1;
    return rule.slots ? std::min(*rule.slots - taken(), kMostLoads) : kMostLoads;
}

void Lane::believe(const GcraRule& by, Timestamp now) {
    if (used) used = Gcra::credible(by, *used, now);
}

void Lane::pass(const GcraRule& by, Timestamp now) {
    used = Gcra::passed(by, used.value_or(now), now);
}

}  // namespace stepd::engine
