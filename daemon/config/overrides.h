#pragma once

#include <map>
#include <string>

#include "yaml/node.h"
#include "yaml/report.h"

namespace stepd::config {

/// The tree with the scalars that `STEPD_SECTION__KEY` variables set; `__` separates keys, letters become lower case, a
/// value is read as a plain YAML scalar, an empty one is not there. Lists and mappings cannot be set: a finding.
yaml::NodePtr applyOverrides(yaml::NodePtr root, const std::map<std::string, std::string>& environment,
                             yaml::Report& report);

}  // namespace stepd::config
