#pragma once

#include <string>
#include <string_view>

namespace stepd::url {

/// RFC 3986 section 2.3: letters, digits, `-`, `.`, `_`, `~`.
bool isUnreserved(char c);

/// Everything outside the unreserved characters becomes `%XX`; safe as any part of a URL.
std::string percentEncode(std::string_view text);

/// Each `%XX` becomes its byte, once; a `%` that starts no escape stays.
std::string percentDecode(std::string_view text);

/// What may stand unescaped in a part of a URL besides letters and digits.
enum class Part { Path, Query, Fragment };

/// The one spelling of an already written part: escapes in upper case, unreserved characters decoded, what must not
/// stand there encoded, a `%` that starts no escape left alone (RFC 3986 section 6.2.2).
std::string canonicalEscapes(std::string_view text, Part part);

}  // namespace stepd::url
