#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/json_schema_view.h"
#include "pipeline/known_value.h"

namespace stepd::pipeline {

/// What a value should be and is not: `must be a text`.
struct Expectation {
    std::string message;
    std::string hint{};
};

/// The words of `type`; none: any.
std::vector<std::string> typesOf(const SchemaView& schema);
/// Whether a value of this kind may be of one of the types (none: any); a double may be a whole number.
bool hasType(KnownValue::Kind kind, const std::vector<std::string>& types);
/// `must be a text or a number`
std::string expectedTypes(const std::vector<std::string>& types);

/// Compares a scalar that stands in the file with `enum`, `const`, and the bounds of numbers and texts. Patterns are
/// run by RE2 in linear time; one that RE2 does not know, or that is longer than 1,000 bytes, takes nothing away.
std::optional<Expectation> scalarMisfit(const yaml::Node& scalar, const SchemaView& schema);

}  // namespace stepd::pipeline
