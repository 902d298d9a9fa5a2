#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace stepd::pipeline {

/// A `$ref` of the JSON Schema `document` that leads back to itself without a step into the value, so that validating
/// would never end; absent if there is none. Also one that is behind more than a thousand others.
std::optional<std::string> endlessReference(const nlohmann::json& document);

}  // namespace stepd::pipeline
