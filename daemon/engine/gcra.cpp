#include "engine/gcra.h"

#include <algorithm>

namespace stepd::engine {
namespace {

using std::chrono::microseconds;

/// No rule remembers more than this; it keeps the products below from overflowing.
constexpr microseconds kLongest = std::chrono::hours(24 * 365 * 100);

/// `count` intervals. An interval is rounded up to whole microseconds, so a rule is never exceeded.
microseconds intervals(const GcraRule& rule, std::uint32_t count) {
    const auto one = std::chrono::ceil<microseconds>(std::max(rule.interval, Duration::zero()));
    if (count != 0 && one > kLongest / count) return kLongest;
    return one * count;
}

}  // namespace

GcraRule rateLimitRule(std::uint32_t limit, Duration period, std::uint32_t burst) {
    limit = std::max(limit, 1U);
    return {.interval = period / limit, .capacity = burst + 1};
}

GcraRule throttleRule(std::uint32_t limit, Duration period, std::uint32_t burst) {
    limit = std::max(limit, 1U);
    const std::uint64_t capacity = std::uint64_t{limit} + burst;
    return {.interval = period / limit,
            .capacity = static_cast<std::uint32_t>(std::min<std::uint64_t>(capacity, UINT32_MAX))};
}

Timestamp Gcra::opens(const GcraRule& rule, Timestamp theoretical) {
    return theoretical - intervals(rule, std::max(rule.capacity, 1U) - 1);
}

Timestamp Gcra::passed(const GcraRule& rule, Timestamp theoretical, Timestamp now) {
    return credible(rule, std::max(theoretical, now) + intervals(rule, 1), now);
}

Timestamp Gcra::credible(const GcraRule& rule, Timestamp theoretical, Timestamp now) {
    return std::min(theoretical, now + intervals(rule, std::max(rule.capacity, 1U)));
}

}  // namespace stepd::engine
