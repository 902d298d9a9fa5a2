#pragma once

#include <vector>

#include "pipeline/pipeline.h"
#include "yaml/reader.h"

namespace stepd::pipeline {

/// Reads `needs`, `any` and `race` of `steps[index]`, once all steps have their ids, phases and groups. A step without
/// `needs` follows the one above it in its list. False after a finding: then what is upstream of the step is not known.
bool readNeeds(yaml::Reader& fields, std::vector<Step>& steps, std::size_t index);

}  // namespace stepd::pipeline
