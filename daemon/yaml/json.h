#pragma once

#include <string>

#include "yaml/node.h"
#include "yaml/report.h"

namespace stepd::yaml {

/// The node as JSON text: keys in the order of the file, numbers with their digits. What JSON has no word for (`.inf`,
/// `.nan`) is a finding and becomes `null`.
std::string toJson(const Node& node, const std::string& path, Report& report);

}  // namespace stepd::yaml
