#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stepd {

/// The minutes that a cron expression names, without a time zone. The index into each set is the number itself.
struct CronExpression {
    std::bitset<60> minutes;
    std::bitset<24> hours;
    std::bitset<32> daysOfMonth;   ///< 1-31
    std::bitset<13> months;        ///< 1-12
    std::bitset<7> daysOfWeek;     ///< 0 is Sunday
    bool everyDayOfMonth = false;  ///< the field begins with `*`
    bool everyDayOfWeek = false;
    bool everyMinute = false;
    bool everyHour = false;

    /// The rule of crontab: where both fields of days say something, a day needs to fulfil one of them, else both.
    bool matchesDay(unsigned month, unsigned dayOfMonth, unsigned dayOfWeek) const;
};

/// Why a text is no cron expression. The column is from 1, in characters.
struct CronProblem {
    std::size_t column = 1;
    std::string message;
    std::string hint;
};

/// Five fields with blanks between: minute, hour, day of month, month, day of week (POSIX.1-2017, crontab), and what
/// Vixie's cron added: names `JAN`-`DEC` and `SUN`-`SAT` in any case, 7 for Sunday, steps: `*/15`, `8-18/2`, `5/15` (as
/// `5-59/15`). Refused, with what to write instead: descriptors such as `@hourly`, a time zone in front, a sixth field,
/// ranges that run backwards, steps wider than their field, and dates that no year has.
Result<CronExpression, CronProblem> parseCron(std::string_view text);

}  // namespace stepd
