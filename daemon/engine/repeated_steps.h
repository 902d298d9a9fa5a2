#pragma once

#include <vector>

#include "engine/engine.h"

namespace stepd::engine {

/// The records that a repeated run begins with: what it keeps of the run before, and the step whose input a person has
/// given. Numbered from 0.
std::vector<StepRecord> repeatedSteps(Rerun& rerun);

}  // namespace stepd::engine
