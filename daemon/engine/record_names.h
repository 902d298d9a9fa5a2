#pragma once

#include <optional>

#include "engine/graph.h"

namespace stepd::engine {

/// The plan behind the name of a record: a step's id, an item `FOREACH[KEY]`, or a group's step `ITEM.ID`. A key may
/// hold any character, so names are taken apart by the ids of the graph and the keys of the records that `run` has
/// already. Absent if there is no such step or item.
std::optional<StepPlan> findRecord(const Graph& graph, const ActiveRun& run, const StepRecord& record);

}  // namespace stepd::engine
