#pragma once

#include <string>

#include "rehearsal/test_file.h"
#include "yaml/reader.h"

namespace stepd::rehearsal {

/// Reads the value of `expect`.
Expectation readExpectation(const yaml::Node& node, const std::string& path, yaml::Report& report);

}  // namespace stepd::rehearsal
