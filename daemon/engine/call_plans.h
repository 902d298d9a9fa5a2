#pragma once

#include <cstddef>

#include "engine/graph.h"

namespace stepd::engine {

// What an attempt of the step at `place` needs and what it is called with. Failures as Driver says.

/// The lanes of its own concurrency entries, those of the pipeline's entries `of: steps` as the run recorded them, and
/// its limiter's.
Result<StepDemand, StepError> demandOf(const Graph& graph, const ActiveRun& run, std::size_t place);

/// The input that a person gave wins over the step's own.
Result<CallPlan, StepError> callOf(const Graph& graph, const ActiveRun& run, std::size_t place);

/// Of a step that no plugin does. The texts of durations and times are read here.
Result<BuiltInPlan, StepError> builtInOf(const Graph& graph, const ActiveRun& run, std::size_t place);

}  // namespace stepd::engine
