#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/expression_reader.h"

namespace stepd::pipeline {

/// What may be named in a place, and how findings call the place.
struct PlaceRule {
    const char* where;
    std::vector<std::string> roots;
    /// The run's names: `events` in a pipeline with `batch`, the names of `foreach` and, outside the main steps,
    /// `error` belong to them too.
    bool runNames = false;
};

PlaceRule ruleOf(Place place);

/// The fields of a root; none: any.
const std::vector<std::string>& fieldsOf(std::string_view root);

/// Every name that means something somewhere.
const std::vector<std::string>& allRoots();

}  // namespace stepd::pipeline
