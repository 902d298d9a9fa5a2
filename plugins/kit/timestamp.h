#pragma once

#include <array>
#include <chrono>
#include <cstdio>
#include <string>

namespace stepd::kit {

using WallTime = std::chrono::system_clock::time_point;

/// Date and time of day in UTC.
struct Civil {
    int year = 0;
    unsigned month = 0, day = 0;
    int hour = 0, minute = 0, second = 0, micros = 0;

    explicit Civil(WallTime time) {
        using namespace std::chrono;
        const auto days = floor<std::chrono::days>(time);
        const year_month_day date{days};
        const hh_mm_ss clock{floor<microseconds>(time - days)};
        year = static_cast<int>(date.year());
        month = static_cast<unsigned>(date.month());
        day = static_cast<unsigned>(date.day());
        hour = static_cast<int>(clock.hours().count());
        minute = static_cast<int>(clock.minutes().count());
        second = static_cast<int>(clock.seconds().count());
        micros = static_cast<int>(clock.subseconds().count());
    }
};

/// `2026-01-02T03:04:05.678901Z` (RFC 3339).
inline std::string rfc3339(WallTime time) {
    const Civil t(time);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", t.year, t.month, t.day, t.hour,
                  t.minute, t.second, t.micros);
    return text.data();
}

/// `20260102_030405`, for file names.
inline std::string compactTime(WallTime time) {
    const Civil t(time);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d%02u%02u_%02d%02d%02d", t.year, t.month, t.day, t.hour, t.minute,
                  t.second);
    return text.data();
}

}  // namespace stepd::kit
