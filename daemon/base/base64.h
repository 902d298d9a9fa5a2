#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stepd {

/// RFC 4648 section 4, with padding.
std::string toBase64(std::string_view octets);

/// Padding may be missing; absent if the text is no base64.
std::optional<std::string> fromBase64(std::string_view text);

}  // namespace stepd
