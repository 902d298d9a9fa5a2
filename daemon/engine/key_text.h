#pragma once

#include <optional>
#include <string>

#include "cel/value.h"

namespace stepd::engine {

/// The text of a key that an expression gave: text as it is, anything else as its JSON. Absent if there is no JSON for
/// it.
inline std::optional<std::string> keyText(const cel::Value& value) {
    if (const std::string* text = value.text()) return *text;
    return cel::toJson(value);
}

}  // namespace stepd::engine
