#pragma once

#include <string_view>

#include "pipeline/expression_reader.h"
#include "pipeline/loader.h"
#include "pipeline/pipeline.h"
#include "yaml/reader.h"

namespace stepd::pipeline {

/// Reads `concurrency`, `limiter` and `cache` of a step of `pipeline`: what holds its attempts back or saves them.
void readStepFlow(yaml::Reader& fields, std::string_view pipeline, const LoadContext& context,
                  ExpressionReader& expressions, Step& step);

}  // namespace stepd::pipeline
