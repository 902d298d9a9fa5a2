#pragma once

#include <vector>

#include "cel/type.h"
#include "pipeline/expression_reader.h"
#include "pipeline/pipeline.h"
#include "pipeline/plugin_contract.h"
#include "pipeline/step_reader.h"
#include "yaml/report.h"

namespace stepd::pipeline {

/// Holds steps to what their plugins say (reference: plugin-abi rule 13): the step type exists, `with`, merged over the
/// plugin's options, may be its configuration, and `input` its input, whatever the expressions give. `types` are those
/// of the sites' values, in their order. Says nothing of plugins that are not known or have no schemas.
void checkContracts(const Pipeline& pipeline, const std::vector<StepPlace>& places, const std::vector<Site>& sites,
                    const std::vector<cel::Type>& types, const PluginContracts& contracts, yaml::Report& report);

}  // namespace stepd::pipeline
