#pragma once

#include <string>

#include "cel/type.h"
#include "pipeline/json_schema_view.h"

namespace stepd::pipeline {

/// What is known in expressions of a value that fulfils `schema`; dyn where it may be of several types. Always wider
/// than the schema, never narrower: `allOf`, `if`, `not` and the like only take away, so they are not looked at, and
/// any value may be null, as the output of a step that was skipped is. `name` is what findings call the object. Stops
/// after a thousand schemas or twelve levels; what is beyond is dyn.
cel::Type typeOfSchema(const SchemaView& schema, std::string name);

}  // namespace stepd::pipeline
