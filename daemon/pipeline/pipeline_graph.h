#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pipeline/pipeline.h"

namespace stepd::pipeline {

/// Indices of `steps` so that each stands behind its needs; those of a cycle are missing. Else in the order of the
/// file.
std::vector<std::size_t> topologicalOrder(const std::vector<Step>& steps);

/// For each step whether another is upstream of it, directly or not: `[step][other]`.
std::vector<std::vector<bool>> upstreamOf(const std::vector<Step>& steps);

/// A cycle of steps that need each other, from a step back to itself: `{a, b, a}`. One for each group of such steps.
std::vector<std::vector<std::size_t>> findCycles(const std::vector<Step>& steps);

/// The steps as a directed graph in Graphviz's language, for `stepctl pipelines graph`.
std::string toDot(const Pipeline& pipeline);

/// The same for a terminal: one line a step in topological order, with what it needs: `save  <- linkedin, website`.
std::string toText(const Pipeline& pipeline);

}  // namespace stepd::pipeline
