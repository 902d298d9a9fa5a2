#pragma once

#include <string>
#include <vector>

#include "rehearsal/test_file.h"
#include "yaml/reader.h"

namespace stepd::rehearsal {

/// What the pipelines of a test define. Without any step, names are not checked.
struct CaseNames {
    std::vector<std::string> pipelines;
    std::vector<std::string> steps;
    std::vector<std::string> plugins;
};

/// Reads one item of `cases`.
TestCase readCase(const yaml::Node& node, const std::string& path, const CaseNames& names, yaml::Report& report);

}  // namespace stepd::rehearsal
