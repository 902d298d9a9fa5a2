#include "base/time.h"

#include <array>
#include <cstdio>

namespace stepd {
namespace {

/// Reads exactly `digits` decimal digits at `at` and steps over them; absent if there are fewer.
std::optional<int> readNumber(std::string_view text, std::size_t& at, std::size_t digits) {
    if (at + digits > text.size()) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(at, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    at += digits;
    return value;
}

bool readChar(std::string_view text, std::size_t& at, char upper, char lower) {
    if (at >= text.size() || (text[at] != upper && text[at] != lower)) return false;
    ++at;
    return true;
}

/// The fraction behind the seconds, cut to microseconds; absent if a point has no digits.
std::optional<std::chrono::microseconds> readFraction(std::string_view text, std::size_t& at) {
    if (at >= text.size() || text[at] != '.') return std::chrono::microseconds(0);
    ++at;
    int micros = 0;
    int digits = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits)
        if (digits < 6) micros = micros * 10 + (text[at] - '0');
    if (digits == 0) return std::nullopt;
    for (; digits < 6; ++digits) micros *= 10;
    return std::chrono::microseconds(micros);
}

std::optional<std::chrono::minutes> readOffset(std::string_view text, std::size_t& at) {
    if (readChar(text, at, 'Z', 'z')) return std::chrono::minutes(0);
    if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return std::nullopt;
    const int sign = text[at++] == '+' ? 1 : -1;
    const auto hours = readNumber(text, at, 2);
    if (!hours || !readChar(text, at, ':', ':')) return std::nullopt;
    const auto minutes = readNumber(text, at, 2);
    if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return std::chrono::minutes(sign * (*hours * 60 + *minutes));
}

}  // namespace

std::string toRfc3339(Timestamp time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 48> out{};
    const int length =
        std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return {out.data(), static_cast<std::size_t>(length)};
}

std::optional<Timestamp> parseRfc3339(std::string_view text) {
    std::size_t at = 0;
    const auto year = readNumber(text, at, 4);
    if (!year || !readChar(text, at, '-', '-')) return std::nullopt;
    const auto month = readNumber(text, at, 2);
    if (!month || !readChar(text, at, '-', '-')) return std::nullopt;
    const auto day = readNumber(text, at, 2);
    if (!day || !readChar(text, at, 'T', 't')) return std::nullopt;
    const auto hour = readNumber(text, at, 2);
    if (!hour || !readChar(text, at, ':', ':')) return std::nullopt;
    const auto minute = readNumber(text, at, 2);
    if (!minute || !readChar(text, at, ':', ':')) return std::nullopt;
    const auto second = readNumber(text, at, 2);
    if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    const auto fraction = readFraction(text, at);
    if (!fraction) return std::nullopt;
    const auto offset = readOffset(text, at);
    if (!offset || at != text.size()) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) return std::nullopt;
    return Timestamp(std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
                     std::chrono::minutes(*minute) + std::chrono::seconds(*second) + *fraction - *offset);
}

}  // namespace stepd
