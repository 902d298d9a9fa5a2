#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rehearsal/case_player.h"

namespace stepd::rehearsal {

/// Plays a case from its beginning, with a crash.
using PlayWith = std::function<Observation(Crash)>;

struct MatrixResult {
    std::uint64_t crashes = 0;             ///< how many were survived
    std::vector<std::string> differences;  ///< of the first crash that led to another end; each names the commit
};

/// Stops the process before and after every commit of the case and expects the end that it had without a crash:
/// the same runs with the same states, outputs and errors, the same steps, the same events sent; no attempt left open,
/// no step with two results. How often a step was tried, and when, may differ: an attempt that a crash cuts off is made
/// again.
MatrixResult playCrashMatrix(const Observation& undisturbed, const PlayWith& play);

/// One line for each thing that the crash has changed.
std::vector<std::string> changesByCrash(const Observation& undisturbed, const Observation& seen);

}  // namespace stepd::rehearsal
