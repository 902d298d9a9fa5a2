#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace stepd {

using namespace std::chrono_literals;

/// A length of time; nanoseconds, so that nothing is lost at the plugin border (`int64_t` nanoseconds there).
using Duration = std::chrono::nanoseconds;

/// Wall-clock time, microseconds since the Unix epoch, UTC. For display, for persisted timers and for cron: it may
/// jump.
using Timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

/// Monotonic time of this boot of this machine. For deadlines and timers in memory; never stored.
using Instant = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

/// `2026-01-02T03:04:05.678901Z` (RFC 3339, always six decimals and `Z`).
std::string toRfc3339(Timestamp time);

/// RFC 3339 section 5.6, with or without a fraction, any offset. Absent if the text is anything else.
std::optional<Timestamp> parseRfc3339(std::string_view text);

constexpr std::int64_t toMicros(Timestamp time) {
    return time.time_since_epoch().count();
}
constexpr Timestamp fromMicros(std::int64_t micros) {
    return Timestamp(std::chrono::microseconds(micros));
}
constexpr std::int64_t toMillis(Timestamp time) {
    return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

/// From `from` to `to`, at most a hundred years either way: what people write as "never" (the year 9999) is further
/// away than a Duration reaches.
constexpr Duration timeBetween(Timestamp from, Timestamp to) {
    constexpr auto kMost = std::chrono::microseconds(24h * 36'500);
    return std::clamp(to - from, -kMost, kMost);
}

}  // namespace stepd
