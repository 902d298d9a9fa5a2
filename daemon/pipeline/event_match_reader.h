#pragma once

#include "pipeline/expression_reader.h"
#include "pipeline/pipeline.h"
#include "yaml/reader.h"

namespace stepd::pipeline {

/// What a pipeline may tell a run to wait: far more than anyone means, far less than a Duration holds.
inline constexpr Duration kLongestWait = 24h * 3650;

/// Reads `event`, `if` and `timeout` of an event that is waited for or that cancels; `if` stands in `place`. The caller
/// finishes the reader.
EventMatch readEventMatch(yaml::Reader& fields, ExpressionReader& expressions, Place place);

}  // namespace stepd::pipeline
