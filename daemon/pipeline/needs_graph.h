#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pipeline/pipeline.h"

namespace stepd::pipeline {

/// For each vertex those that it comes after.
using Needs = std::vector<std::vector<std::size_t>>;
Needs needsOf(const std::vector<Step>& steps);

/// The vertices so that each stands behind its needs; those of a cycle are missing. Else in their order.
std::vector<std::size_t> topologicalOrder(const Needs& needs);

/// For each vertex whether another is upstream of it, directly or not: `[vertex][other]`.
std::vector<std::vector<bool>> upstreamOf(const Needs& needs);

/// A cycle of vertices that need each other, from a vertex back to itself: `{a, b, a}`. One for each group of such.
std::vector<std::vector<std::size_t>> findCycles(const Needs& needs);

}  // namespace stepd::pipeline
