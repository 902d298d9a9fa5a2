#pragma once

#include <string>

#include "pipeline/pipeline.h"

namespace stepd::pipeline {

/// The steps as a directed graph in Graphviz's language, for `stepctl pipelines graph`.
std::string toDot(const Pipeline& pipeline);

/// The same for a terminal: one line a step in topological order, with what it needs: `save  <- linkedin, website`. The
/// steps of a group stand indented below it, those of `on_failure` and `finally` below these words.
std::string toText(const Pipeline& pipeline);

}  // namespace stepd::pipeline
