#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cel/value.h"

namespace stepd::cel {

/// The range of CEL's timestamps: 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.
bool inRange(const TimePoint& time);

/// RFC 3339 in UTC, with as many decimals as it takes and no more: `2026-01-02T03:04:05.5Z`.
std::string toText(const TimePoint& time);
/// RFC 3339 section 5.6, nanoseconds, any offset. Absent if it is anything else or out of range.
std::optional<TimePoint> timestampFromText(std::string_view text);

/// Seconds with as many decimals as it takes: `1.5s`.
std::string toText(Duration length);
/// Go's form: `1h30m`, `-1.5s`, `100ms`, `0`; units h m s ms us ns. Absent if it is anything else or beyond 64 bits of
/// nanoseconds.
std::optional<Duration> durationFromText(std::string_view text);

}  // namespace stepd::cel
