#include "engine/cron_calendar.h"

#include <date/tz.h>

#include <charconv>
#include <deque>
#include <stdexcept>
#include <string>

#include "base/sha256.h"

namespace stepd::engine {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::minutes;
using std::chrono::seconds;

/// What a clock on the wall shows, as if it were UTC.
template <typename Unit>
using Wall = std::chrono::sys_time<Unit>;

constexpr days kFurthest(36'525);

bool matchesDay(const CronExpression& cron, Wall<days> day) {
    const std::chrono::year_month_day date(day);
    return cron.matchesDay(static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                           std::chrono::weekday(day).c_encoding());
}

/// The first time of the day at or after `from`.
std::optional<minutes> nextInDay(const CronExpression& cron, minutes from) {
    auto minute = static_cast<std::size_t>(from.count() % 60);
    for (auto hour = static_cast<std::size_t>(from.count() / 60); hour < 24; ++hour, minute = 0) {
        if (!cron.hours[hour]) continue;
        for (; minute < 60; ++minute)
            if (cron.minutes[minute]) return minutes(hour * 60 + minute);
    }
    return std::nullopt;
}

/// The first time strictly after that the expression names, whatever the clocks do there.
std::optional<Wall<minutes>> nextNamed(const CronExpression& cron, Wall<seconds> after) {
    const Wall<minutes> from = floor<minutes>(after) + minutes(1);
    const Wall<days> first = floor<days>(from);
    for (Wall<days> day = first; day < first + kFurthest; day += days(1)) {
        if (!matchesDay(cron, day)) continue;
        if (const auto time = nextInDay(cron, day == first ? from - day : minutes(0))) return day + *time;
    }
    return std::nullopt;
}

}  // namespace

std::optional<CronCalendar> CronCalendar::make(const CronExpression& cron, std::string_view zone) {
    try {
        return CronCalendar(cron, *date::locate_zone(zone));
    } catch (const std::runtime_error&) {  // all that the library says of an unknown name
        return std::nullopt;
    }
}

std::optional<Timestamp> CronCalendar::next(Timestamp after) const {
    return cron_.everyMinute || cron_.everyHour ? nextInRhythm(after) : nextTimeOfDay(after);
}

std::optional<Timestamp> CronCalendar::nextTimeOfDay(Timestamp after) const {
    const auto now = floor<seconds>(after);
    // Earlier times of the wall clock have ticked, even where it was set back.
    std::optional<Wall<minutes>> wall = nextNamed(cron_, now + zone_->get_info(now).offset);
    for (; wall; wall = nextNamed(cron_, *wall)) {
        const auto info = zone_->get_info(date::local_seconds(wall->time_since_epoch()));
        const Timestamp tick =
            info.result == date::local_info::nonexistent ? info.first.end : *wall - info.first.offset;
        if (tick > after) return tick;
    }
    return std::nullopt;
}

std::optional<Timestamp> CronCalendar::nextInRhythm(Timestamp after) const {
    const auto now = floor<seconds>(after);
    // From one change of the clocks to the next the wall clock only shifts.
    auto info = zone_->get_info(now);
    for (Wall<seconds> from = now + info.offset;; from = info.begin + info.offset - seconds(1)) {
        const auto wall = nextNamed(cron_, from);
        if (!wall) return std::nullopt;
        const auto tick = *wall - info.offset;
        if (tick < info.end) return tick;
        if (tick > now + kFurthest) return std::nullopt;
        info = zone_->get_info(info.end);
    }
}

std::vector<Timestamp> CronCalendar::ticksBetween(Timestamp after, Timestamp until, std::size_t most) const {
    // Back in ever larger steps: a schedule that ticked a million times since is not walked through.
    for (auto window = std::chrono::hours(1);; window *= 8) {
        const bool whole = window > kFurthest || until - window <= after;
        std::deque<Timestamp> ticks;
        for (auto tick = next(whole ? after : until - window); tick && *tick <= until; tick = next(*tick)) {
            ticks.push_back(*tick);
            if (ticks.size() > most) ticks.pop_front();
        }
        if (whole || ticks.size() == most) return {ticks.begin(), ticks.end()};
    }
}

Duration jitterOf(std::string_view pipeline, std::string_view expression, Timestamp tick, Duration jitter) {
    using std::chrono::milliseconds;
    if (jitter <= Duration::zero()) return Duration::zero();
    const auto range = std::chrono::duration_cast<milliseconds>(jitter - 1s);
    if (range <= milliseconds(0)) return 1s;
    std::string text;
    text.append(pipeline).append("\n").append(expression).append("\n").append(std::to_string(toMicros(tick)));
    const std::string hash = sha256Hex(text);
    std::uint64_t number = 0;
    std::from_chars(hash.data(), hash.data() + 16, number, 16);
    return 1s + milliseconds(number % static_cast<std::uint64_t>(range.count()));
}

}  // namespace stepd::engine
