#pragma once

#include <vector>

#include "pipeline/expression_reader.h"
#include "pipeline/name_types.h"
#include "yaml/report.h"

namespace stepd::pipeline {

/// Reports calls and operators that do not take the types they are given, fields that there are not, and fields of the
/// file whose expression gives a value of the wrong type: an `if` that is no bool, `items` that are no list. Comes
/// after `checkExpressions`: where a name has a finding, its types have none. Returns the type of each site's values,
/// in their order.
std::vector<cel::Type> checkTypes(const std::vector<Site>& sites, const NameTypes& names, yaml::Report& report);

}  // namespace stepd::pipeline
