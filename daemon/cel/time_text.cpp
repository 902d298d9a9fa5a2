#include "cel/time_text.h"

#include <limits>

namespace stepd::cel {
namespace {

constexpr std::int64_t kFirstSecond = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kLastSecond = 253'402'300'799;   // 9999-12-31T23:59:59Z
constexpr std::uint32_t kNanosPerSecond = 1'000'000'000;

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

std::string fractionText(std::uint32_t nanos) {
    if (nanos == 0) return {};
    const std::string digits = std::to_string(kNanosPerSecond + nanos).replace(0, 1, ".");
    return digits.substr(0, digits.find_last_not_of('0') + 1);
}

/// Nanoseconds of the fraction in an RFC 3339 text; digits beyond the ninth are dropped.
std::int32_t nanosIn(std::string_view text) {
    const auto point = text.find('.');
    if (point == std::string_view::npos) return 0;
    std::int32_t nanos = 0;
    std::size_t at = point + 1;
    for (int place = 0; place < 9; ++place) {
        nanos *= 10;
        if (at < text.size() && isDigit(text[at])) nanos += text[at++] - '0';
    }
    return nanos;
}

struct Unit {
    std::string_view name;
    std::int64_t nanos;
};
// Longer names first: `ms` is not `m`.
constexpr Unit kUnits[] = {{"ms", 1'000'000},        {"us", 1'000},         {"\u00b5s", 1'000},  {"ns", 1},
                           {"h", 3'600'000'000'000}, {"m", 60'000'000'000}, {"s", 1'000'000'000}};

std::optional<std::int64_t> takeUnit(std::string_view& text) {
    for (const auto& unit : kUnits) {
        if (!text.starts_with(unit.name)) continue;
        text.remove_prefix(unit.name.size());
        return unit.nanos;
    }
    return std::nullopt;
}

/// Takes one `12.5m` off `text`, in nanoseconds. A negative result of the whole is built from negative parts, so that
/// the least 64-bit number can be reached.
std::optional<std::int64_t> takePart(std::string_view& text, int sign) {
    std::int64_t whole = 0;
    std::string_view fraction;
    std::size_t at = 0;
    for (; at < text.size() && isDigit(text[at]); ++at)
        if (__builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, sign * (text[at] - '0'), &whole))
            return std::nullopt;
    std::size_t digits = at;
    if (at < text.size() && text[at] == '.') {
        const std::size_t start = ++at;
        while (at < text.size() && isDigit(text[at])) ++at;
        fraction = text.substr(start, at - start);
        digits += fraction.size();
    }
    if (digits == 0) return std::nullopt;
    text.remove_prefix(at);
    const auto unit = takeUnit(text);
    if (!unit || __builtin_mul_overflow(whole, *unit, &whole)) return std::nullopt;
    std::int64_t place = *unit;
    for (const char c : fraction)
        if (__builtin_add_overflow(whole, sign * (c - '0') * (place /= 10), &whole)) return std::nullopt;
    return whole;
}

}  // namespace

bool inRange(const TimePoint& time) {
    return time.seconds >= kFirstSecond && time.seconds <= kLastSecond;
}

std::string toText(const TimePoint& time) {
    const std::string whole = toRfc3339(stepd::Timestamp(std::chrono::seconds(time.seconds)));
    return whole.substr(0, whole.find('.')) + fractionText(static_cast<std::uint32_t>(time.nanos)) + 'Z';
}

std::optional<TimePoint> timestampFromText(std::string_view text) {
    const auto micros = parseRfc3339(text);
    if (!micros) return std::nullopt;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(*micros).time_since_epoch().count();
    const TimePoint time{seconds, nanosIn(text)};
    return inRange(time) ? std::optional(time) : std::nullopt;
}

std::string toText(Duration length) {
    const std::int64_t nanos = length.count();
    const auto size = nanos < 0 ? -static_cast<std::uint64_t>(nanos) : static_cast<std::uint64_t>(nanos);
    return (nanos < 0 ? "-" : "") + std::to_string(size / kNanosPerSecond) +
           fractionText(static_cast<std::uint32_t>(size % kNanosPerSecond)) + 's';
}

std::optional<Duration> durationFromText(std::string_view text) {
    int sign = 1;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        sign = text[0] == '-' ? -1 : 1;
        text.remove_prefix(1);
    }
    if (text == "0") return Duration(0);
    if (text.empty()) return std::nullopt;
    std::int64_t sum = 0;
    while (!text.empty()) {
        const auto part = takePart(text, sign);
        if (!part || __builtin_add_overflow(sum, *part, &sum)) return std::nullopt;
    }
    return Duration(sum);
}

}  // namespace stepd::cel
