#pragma once

#include <vector>

#include "pipeline/expression_reader.h"
#include "pipeline/loader.h"
#include "pipeline/pipeline.h"
#include "pipeline/step_reader.h"
#include "yaml/report.h"

namespace stepd::pipeline {

/// Reports names that may not be used where they stand, fields that a root does not have, steps that are unknown or
/// whose result cannot be seen there, and secrets that the configuration does not have.
void checkExpressions(const std::vector<Site>& sites, const Pipeline& pipeline, const std::vector<StepPlace>& places,
                      const LoadContext& context, yaml::Report& report);

}  // namespace stepd::pipeline
