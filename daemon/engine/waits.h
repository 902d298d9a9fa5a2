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
        Line,    ///< it, or `step`, stands in line for a slot, a rate or a paused pipeline
        Call,    ///< an attempt of `step` runs in `plugin`
        Timer,   ///< the next attempt of `step`, or the start of the run, is due at `until`
        Sleep,   ///< `step` sleeps until `until`
        Event,   ///< `step` waits for an event, at most until `until`
        Run,     ///< `step` waits for the run that it invoked
        Person,  ///< `step` waits for somebody to release it
    };
    For what = For::Commit;
    std::string step{};
    std::string plugin{};
    std::optional<Timestamp> until{};
    std::string sentence{};  ///< for people: what, who holds it, which place, until when
};

class FlowControl;
struct EngineState;

/// One for each thing that a run in memory waits for. `visiting` runs count as what they are in the store.
std::vector<Wait> waitsOf(const EngineState& state, const FlowControl& flow, const ActiveRun& run);

}  // namespace stepd::engine
