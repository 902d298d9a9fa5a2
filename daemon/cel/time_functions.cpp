#include <date/tz.h>

#include <chrono>

#include "base/text.h"
#include "cel/functions.h"

namespace stepd::cel {
namespace {

using std::chrono::seconds;
using LocalSeconds = std::chrono::time_point<std::chrono::system_clock, seconds>;  // as a clock on the wall shows

/// `+11:00`, `-02:30`, `02:00`; absent if the text is anything else.
std::optional<seconds> fixedOffset(std::string_view zone) {
    const int sign = zone.starts_with('-') ? -1 : 1;
    if (zone.starts_with('-') || zone.starts_with('+')) zone.remove_prefix(1);
    const auto digit = [&](std::size_t at) { return zone[at] >= '0' && zone[at] <= '9'; };
    if (zone.size() != 5 || zone[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
    const int hours = (zone[0] - '0') * 10 + zone[1] - '0';
    const int minutes = (zone[3] - '0') * 10 + zone[4] - '0';
    if (hours > 23 || minutes > 59) return std::nullopt;
    return seconds(sign * (hours * 3600 + minutes * 60));
}

/// How far a zone of the system's database is ahead of UTC at `time`; absent if there is no such zone.
std::optional<seconds> namedOffset(const std::string& zone, const TimePoint& time) {
    try {
        const auto* found = date::locate_zone(zone);
        return found->get_info(date::sys_seconds(seconds(time.seconds))).offset;
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

/// A timestamp taken apart in a time zone.
struct Civil {
    explicit Civil(LocalSeconds time, std::int32_t fraction)
        : day(std::chrono::floor<std::chrono::days>(time)), date(day), clock(time - day), nanos(fraction) {}

    std::chrono::sys_days day;
    std::chrono::year_month_day date;
    std::chrono::hh_mm_ss<seconds> clock;
    std::int32_t nanos;
};

std::int64_t fullYear(const Civil& at) {
    return static_cast<int>(at.date.year());
}
std::int64_t month(const Civil& at) {
    return static_cast<unsigned>(at.date.month()) - 1;
}
std::int64_t date(const Civil& at) {
    return static_cast<unsigned>(at.date.day());
}
std::int64_t dayOfMonth(const Civil& at) {
    return date(at) - 1;
}
std::int64_t dayOfWeek(const Civil& at) {
    return std::chrono::weekday(at.day).c_encoding();
}
std::int64_t dayOfYear(const Civil& at) {
    return (at.day - std::chrono::sys_days(at.date.year() / std::chrono::January / 1)).count();
}
std::int64_t hours(const Civil& at) {
    return at.clock.hours().count();
}
std::int64_t minutes(const Civil& at) {
    return at.clock.minutes().count();
}
std::int64_t secondOf(const Civil& at) {
    return at.clock.seconds().count();
}
std::int64_t milliseconds(const Civil& at) {
    return at.nanos / 1'000'000;
}

Outcome part(const char* name, std::int64_t (*of)(const Civil&), const Arguments& arguments) {
    const auto time = arguments[0].asTimestamp();
    if (!time || (arguments.count() == 2 && !arguments[1].isString())) return noOverload(name, arguments.values);
    auto offset = std::optional<seconds>(0);
    if (arguments.count() == 2) {
        const std::string& zone = *arguments[1].text();
        if (!arguments.budget.scan(zone.size())) return failUsedUp();
        offset = fixedOffset(zone);
        if (!offset) offset = namedOffset(zone, *time);
        if (!offset) return fail("unknown time zone: " + quotedForLog(zone.substr(0, 80)));
    }
    return Value::integer(of(Civil(LocalSeconds(seconds(time->seconds)) + *offset, time->nanos)));
}

template <typename Unit>
Outcome whole(const Arguments& arguments) {
    return Value::integer(std::chrono::duration_cast<Unit>(*arguments[0].asDuration()).count());
}

bool isDuration(const Arguments& arguments) {
    return arguments[0].is(Kind::Duration) && arguments.count() == 1;
}

Outcome getFullYear(const Arguments& arguments) {
    return part("getFullYear", fullYear, arguments);
}
Outcome getMonth(const Arguments& arguments) {
    return part("getMonth", month, arguments);
}
Outcome getDate(const Arguments& arguments) {
    return part("getDate", date, arguments);
}
Outcome getDayOfMonth(const Arguments& arguments) {
    return part("getDayOfMonth", dayOfMonth, arguments);
}
Outcome getDayOfWeek(const Arguments& arguments) {
    return part("getDayOfWeek", dayOfWeek, arguments);
}
Outcome getDayOfYear(const Arguments& arguments) {
    return part("getDayOfYear", dayOfYear, arguments);
}

// Of a duration these count the whole of it, of a timestamp they take a part.
Outcome getHours(const Arguments& arguments) {
    return isDuration(arguments) ? whole<std::chrono::hours>(arguments) : part("getHours", hours, arguments);
}
Outcome getMinutes(const Arguments& arguments) {
    return isDuration(arguments) ? whole<std::chrono::minutes>(arguments) : part("getMinutes", minutes, arguments);
}
Outcome getSeconds(const Arguments& arguments) {
    return isDuration(arguments) ? whole<seconds>(arguments) : part("getSeconds", secondOf, arguments);
}
// The exception: the milliseconds behind the second, of both.
Outcome getMilliseconds(const Arguments& arguments) {
    if (!isDuration(arguments)) return part("getMilliseconds", milliseconds, arguments);
    return Value::integer(arguments[0].asDuration()->count() / 1'000'000 % 1000);
}

// With a time zone or in UTC.
constexpr const char* kPart = "(timestamp) -> int; (timestamp, string) -> int";
constexpr const char* kPartOrWhole = "(timestamp) -> int; (timestamp, string) -> int; (duration) -> int";

constexpr FunctionRow kFunctions[] = {
    {"getFullYear", CallStyle::Member, getFullYear, kPart},
    {"getMonth", CallStyle::Member, getMonth, kPart},
    {"getDate", CallStyle::Member, getDate, kPart},
    {"getDayOfMonth", CallStyle::Member, getDayOfMonth, kPart},
    {"getDayOfWeek", CallStyle::Member, getDayOfWeek, kPart},
    {"getDayOfYear", CallStyle::Member, getDayOfYear, kPart},
    {"getHours", CallStyle::Member, getHours, kPartOrWhole},
    {"getMinutes", CallStyle::Member, getMinutes, kPartOrWhole},
    {"getSeconds", CallStyle::Member, getSeconds, kPartOrWhole},
    {"getMilliseconds", CallStyle::Member, getMilliseconds, kPartOrWhole},
};

}  // namespace

std::span<const FunctionRow> timeFunctions() {
    return kFunctions;
}

}  // namespace stepd::cel
