#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "yaml/node.h"

namespace stepd::yaml {

/// The kind of a plain scalar by the core schema (YAML 1.2.2 section 10.3.2).
Kind resolvePlain(std::string_view text);

/// The scalar as JSON text. Absent for `.inf` and `.nan`, and for octal or hexadecimal beyond 64 bits: JSON has none of
/// them. Decimal numbers keep their digits, however many.
std::optional<std::string> scalarJson(const Node& scalar);

}  // namespace stepd::yaml
