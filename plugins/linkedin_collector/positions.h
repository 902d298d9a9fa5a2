#pragma once

#include <optional>
#include <string>
#include <vector>

#include "linkedin_collector/analysis.h"
#include "linkedin_collector/dates.h"

namespace stepd::linkedin {

/// One job of a profile.
struct Position {
    std::string title, company, companyUrl, location, summary;
    std::string startsAt, endsAt;  ///< as the provider writes them
    std::optional<MonthNumber> start = {}, end = {};
    bool isCurrent = false;

    Json json() const;
};

/// The jobs of a person, in the provider's order.
class Positions {
public:
    /// `experience` is the mapped list.
    Positions(const Json& experience, const AnalysisOptions& options);

    const std::vector<Position>& all() const { return all_; }
    /// The first that has not ended, else the first; null if there is none.
    const Position* current() const;
    /// Distinct months of all intervals that can be read, up to now; absent if there is none. An interval that ends
    /// before it starts is left out with a warning.
    std::optional<int> months(Json& warnings) const;

private:
    MonthNumber now_;
    std::vector<Position> all_;
};

/// The text at `key`; numbers as their digits, dates as `2020-01`, anything else `""`.
std::string fieldText(const Json& fields, const char* key);

}  // namespace stepd::linkedin
