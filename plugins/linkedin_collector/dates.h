#pragma once

#include <stepd/step.h>

#include <optional>
#include <set>
#include <string>
#include <utility>

namespace stepd::linkedin {

/// A month of a year, counted: year * 12 + month - 1.
using MonthNumber = int;

/// `2022-01`
std::string monthText(MonthNumber month);

/// Which end of an interval a date stands for: a bare year is January at its start, December at its end.
enum class DateRole { Start, End };

/// `Jan 2020`, `January 2020`, `2020-01`, `2020`, `01/2020`, an ISO date, or `{"year", "month"?}`. Absent for anything
/// else and for years outside 1950 to the year after `now`.
std::optional<MonthNumber> parseDate(const Json& date, DateRole role, MonthNumber now);

/// Both ends of `2010 - 2014`, `2010 – Present`; one date gives an empty end.
std::pair<std::string, std::string> splitPeriod(const std::string& period);

/// Distinct months of overlapping intervals.
class MonthSet {
public:
    /// First and last month included.
    void add(MonthNumber first, MonthNumber last) {
        for (MonthNumber month = first; month <= last; ++month) months_.insert(month);
    }
    int size() const { return static_cast<int>(months_.size()); }

private:
    std::set<MonthNumber> months_;
};

}  // namespace stepd::linkedin
