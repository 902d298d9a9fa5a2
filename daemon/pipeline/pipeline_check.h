#pragma once

#include <string>
#include <vector>

#include "pipeline/expression_reader.h"
#include "pipeline/pipeline.h"
#include "pipeline/step_reader.h"
#include "yaml/report.h"

namespace stepd::pipeline {

/// Reports steps that wait for each other, each cycle once, as `a -> b -> a`.
void checkGraph(const std::vector<Step>& steps, const std::vector<StepPlace>& places, yaml::Report& report);

/// The names of the secrets that expressions use, sorted.
std::vector<std::string> secretsOf(const std::vector<Site>& sites);

}  // namespace stepd::pipeline
