#pragma once

#include <optional>

#include "pipeline/expression_reader.h"
#include "pipeline/pipeline.h"
#include "yaml/reader.h"

namespace stepd::pipeline {

/// Reads `foreach` of a step. Absent if the key is, or if it is no mapping (a finding).
std::optional<Foreach> readForeach(yaml::Reader& step, ExpressionReader& expressions);

}  // namespace stepd::pipeline
