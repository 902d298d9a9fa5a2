#pragma once

#include <string>
#include <vector>

#include "pipeline/expression_reader.h"
#include "pipeline/loader.h"
#include "pipeline/pipeline.h"
#include "pipeline/step_reader.h"
#include "yaml/report.h"

namespace stepd::pipeline {

/// Reports steps that wait for each other, each cycle once, as `a -> b -> a`.
void checkGraph(const std::vector<Step>& steps, const std::vector<StepPlace>& places, yaml::Report& report);

/// Reports names that may not be used where they stand, fields that a root does not have, steps that are unknown or not
/// upstream, and secrets that the configuration does not have.
void checkExpressions(const std::vector<Site>& sites, const Pipeline& pipeline, const std::vector<StepPlace>& places,
                      const LoadContext& context, yaml::Report& report);

/// The names of the secrets that expressions use, sorted.
std::vector<std::string> secretsOf(const std::vector<Site>& sites);

}  // namespace stepd::pipeline
