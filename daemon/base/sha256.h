#pragma once

#include <string>
#include <string_view>

namespace stepd {

/// FIPS 180-4, as 64 lower-case hexadecimal digits. Throws Error{System} if the library has no SHA-256.
std::string sha256Hex(std::string_view bytes);

}  // namespace stepd
