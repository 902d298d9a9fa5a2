#pragma once

#include <vector>

#include "pipeline/expression_reader.h"
#include "yaml/report.h"

namespace stepd::pipeline {

/// The types of the names that expressions may use in a place. Event data, outputs of steps, `vars` and items are JSON
/// documents: dyn. Whether a name may be used there is the business of `checkExpressions`.
const cel::TypeEnvironment& typesOfNames(Place place);

/// Reports calls and operators that do not take the types they are given, fields that there are not, and fields of the
/// file whose expression gives a value of the wrong type: an `if` that is no bool, `items` that are no list. Comes
/// after `checkExpressions`: where a name has a finding, its types have none.
void checkTypes(const std::vector<Site>& sites, yaml::Report& report);

}  // namespace stepd::pipeline
