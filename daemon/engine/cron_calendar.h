#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/cron.h"
#include "base/time.h"

namespace date {
class time_zone;
}

namespace stepd::engine {

/// When a cron expression ticks in a time zone of the system's database (IANA). Where the clocks change it does as
/// Vixie's cron and cronie (cron(8), "Daylight Saving Time and other time changes"):
/// - An expression that names its minutes and hours means a time of day, so it ticks once each day. If the clock skips
///   that time, it ticks at the moment the clock jumps, once even if several of its times are skipped; if the time
///   comes twice, it ticks at the first.
/// - An expression whose minute or hour begins with `*` means a rhythm, so it ticks whenever the clock shows a time
/// that
///   it names: not at times that are skipped, and again at those that come twice.
/// The library reads changes of the clocks up to 2037; later years have the offset of the last. Immutable, thread-safe.
class CronCalendar {
public:
    /// Absent if the system has no zone of that name.
    static std::optional<CronCalendar> make(const CronExpression& cron, std::string_view zone);

    /// The first tick strictly after; absent: never (30 February), or not within a hundred years.
    std::optional<Timestamp> next(Timestamp after) const;
    /// The ticks in (after, until] in their order; where they are more than `most`, the newest.
    std::vector<Timestamp> ticksBetween(Timestamp after, Timestamp until, std::size_t most) const;

private:
    CronCalendar(const CronExpression& cron, const date::time_zone& zone) : cron_(cron), zone_(&zone) {}
    std::optional<Timestamp> nextTimeOfDay(Timestamp after) const;
    std::optional<Timestamp> nextInRhythm(Timestamp after) const;

    CronExpression cron_;
    const date::time_zone* zone_;  ///< of the database, which lives as long as the process
};

/// How late a tick is: in [1 s, jitter), from a hash of the three, so it is the same each time it is asked
/// (inngest-protocol.md section 7, "Cron jitter"). Zero without jitter; 1 s where there is no more of it.
Duration jitterOf(std::string_view pipeline, std::string_view expression, Timestamp tick, Duration jitter);

}  // namespace stepd::engine
