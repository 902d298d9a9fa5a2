#pragma once

#include <string>
#include <vector>

#include "pipeline/expression_reader.h"
#include "pipeline/pipeline.h"
#include "yaml/reader.h"

namespace stepd::pipeline {

/// `sleep`, `wait_for_event` ...: what may stand behind `core/`, `http` included.
const std::vector<std::string>& coreSteps();

/// Reads `with` of the built-in step `core/NAME`. monostate for one that is a plugin's (`http`), and where `with` is
/// missing or is no mapping (a finding).
BuiltIn readBuiltIn(const std::string& name, yaml::Reader& step, ExpressionReader& expressions);

}  // namespace stepd::pipeline
