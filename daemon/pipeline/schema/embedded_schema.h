#pragma once

#include <string_view>

namespace stepd::pipeline {

/// The files of this folder; CMake puts them into the program.
std::string_view embeddedPipelineSchema();
std::string_view embeddedStepSchema();

}  // namespace stepd::pipeline
