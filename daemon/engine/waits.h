#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace stepd::engine {

struct ActiveRun;

/// Why a run does not go on at this moment (design rule 9).
struct Wait {
    enum class For {
        Room,    ///< the run is in the store until there is room in memory
        Commit,  ///< something of it is on its way to the disk
        Slot,    ///< `step` is ready and `plugin` has no free slot
        Call,    ///< an attempt of `step` runs in `plugin`
        Timer,   ///< the next attempt of `step` is due at `until`
    };
    For what = For::Commit;
    std::string step{};
    std::string plugin{};
    std::optional<Timestamp> until{};
};

/// One for each thing that a run in memory waits for.
std::vector<Wait> waitsOf(const ActiveRun& run);

}  // namespace stepd::engine
