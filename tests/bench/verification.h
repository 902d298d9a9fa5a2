#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "latencies.h"

namespace stepd::bench {

/// What a store must hold after a load.
struct Expected {
    std::string pipeline;
    std::uint64_t runs = 0;
    std::size_t steps = 0;
    /// Runs that ended in here are counted, and how long they took.
    Timestamp from{};
    Timestamp until{};
};

struct Found {
    std::string wrong;              ///< empty, or the first thing that is wrong
    std::uint64_t endedInTime = 0;  ///< in Expected::from .. until
    Latencies latencies;            ///< of those, from the event's reception to the run's end, by the daemon's clock
};

/// Looks at every run of the pipeline through a read-only session: as many as expected, each completed, each step of it
/// completed with a result for the run's event, no event twice.
Found examine(const std::string& database, const Expected& expected);

/// Waits until no run is open; false after two minutes.
bool awaitEndOfRuns(const std::string& database);

}  // namespace stepd::bench
