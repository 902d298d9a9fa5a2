#pragma once

#include <string>

namespace stepd::cel {

/// The shortest decimal that reads back as `value`, without an exponent up to 1e21; `NaN`, `Infinity`, `-Infinity`.
std::string toText(double value);

}  // namespace stepd::cel
