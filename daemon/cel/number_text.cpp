#include "cel/number_text.h"

#include <charconv>
#include <cmath>

namespace stepd::cel {

std::string toText(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    const double size = std::fabs(value);
    const bool plain = size == 0 || (size >= 1e-6 && size < 1e21);
    char digits[64];
    const auto end = std::to_chars(digits, digits + sizeof digits, value,
                                   plain ? std::chars_format::fixed : std::chars_format::scientific);
    return {digits, end.ptr};
}

}  // namespace stepd::cel
