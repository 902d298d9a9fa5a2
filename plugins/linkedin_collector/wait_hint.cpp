#include "linkedin_collector/wait_hint.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "url/unicode.h"

namespace stepd::linkedin {
namespace {

using namespace std::chrono_literals;
using kit::WallTime;

std::optional<WallTime> timeOf(int y, int mo, int d, int h, int mi, int s) {
    using namespace std::chrono;
    const year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
    if (!date.ok() || h > 23 || mi > 59 || s > 60) return {};
    return sys_days(date) + hours(h) + minutes(mi) + seconds(s);
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7; the obsolete forms are not read).
std::optional<WallTime> parseHttpDate(const std::string& text) {
    static const RE2 pattern(R"([A-Za-z]{3}, (\d{2}) ([A-Za-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT)");
    static constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
    int d = 0, y = 0, h = 0, mi = 0, s = 0;
    std::string month;
    if (!RE2::FullMatch(text, pattern, &d, &month, &y, &h, &mi, &s)) return {};
    const std::size_t at = kMonths.find(url::asciiLower(month));
    return at == std::string_view::npos || at % 3 != 0 ? std::nullopt
                                                       : timeOf(y, static_cast<int>(at / 3) + 1, d, h, mi, s);
}

std::optional<WallTime> parseIsoTime(const std::string& text) {
    static const RE2 pattern(R"((\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?)");
    int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
    std::string zone;
    if (!RE2::FullMatch(text, pattern, &y, &mo, &d, &h, &mi, &s, &zone)) return {};
    auto time = timeOf(y, mo, d, h, mi, s);
    if (!time || zone.size() < 5) return time;
    const int minutes = std::stoi(zone.substr(1, 2)) * 60 + std::stoi(zone.substr(zone.size() - 2));
    return *time - std::chrono::minutes(zone.front() == '-' ? -minutes : minutes);
}

std::optional<Duration> parseWait(const std::string& text, WallTime now) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        auto time = parseIsoTime(text);
        if (!time) time = parseHttpDate(text);
        return time ? std::optional<Duration>(*time - now) : std::nullopt;
    }
    if (!(number >= 0) || number > 1e14) return {};
    const auto millis = [](double count) { return std::chrono::milliseconds(static_cast<std::int64_t>(count)); };
    if (number > 1e12) return WallTime(millis(number)) - now;
    if (number > 1e9) return WallTime(millis(number * 1000)) - now;
    return millis(number * 1000);
}

}  // namespace

std::optional<Duration> askedWait(const HttpReply& reply, WallTime now) {
    for (const char* name : {"retry-after", "ratelimit-reset", "x-ratelimit-reset", "x-ratelimit-requests-reset"}) {
        const auto text = reply.header(name);
        if (!text || text->size() > 64) continue;
        if (const auto wait = parseWait(std::string(url::trimSpaces(*text)), now)) return std::max(*wait, Duration(0));
    }
    return {};
}

std::optional<Duration> waitHint(const HttpReply& reply, WallTime now) {
    const auto asked = askedWait(reply, now);
    return asked ? std::optional(std::clamp<Duration>(*asked, 1s, 15min)) : std::nullopt;
}

bool nothingRemains(const HttpReply& reply) {
    constexpr std::array kNames = {"ratelimit-remaining", "x-ratelimit-remaining", "x-ratelimit-requests-remaining"};
    return std::any_of(kNames.begin(), kNames.end(), [&](const char* name) {
        const auto text = reply.header(name);
        return text && url::trimSpaces(*text) == "0";
    });
}

}  // namespace stepd::linkedin
