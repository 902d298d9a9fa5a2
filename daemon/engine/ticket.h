#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "model/ids.h"

namespace stepd::engine {

/// Something that stands in line: a run that wants to start, or a step of one that wants an attempt. Smaller ranks go
/// first; of one rank the older run. What is held is known by run and step alone.
struct Ticket {
    static constexpr std::int32_t kRun = -1;

    std::int64_t rank = 0;  ///< microseconds: when its run was created, less its head start
    RunId run;
    std::int32_t step = kRun;  ///< StepRecord::number
    friend auto operator<=>(const Ticket&, const Ticket&) = default;
};

/// All that a ticket needs at once. It gets everything or nothing, so nobody holds one slot while waiting for another.
struct Demand {
    std::string pipeline;            ///< must not be paused
    std::vector<std::string> lanes;  ///< of flow control, see lanes.h; those without a rule are open
    std::string plugin;              ///< a slot of its workers as well; empty: none
    std::string group;               ///< in each line the groups take turns; see LimiterUse::key
    friend auto operator<=>(const Demand&, const Demand&) = default;
};

}  // namespace stepd::engine
