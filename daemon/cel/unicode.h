#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stepd::cel {

/// Appends the UTF-8 form of a code point; false if it is a surrogate or beyond U+10FFFF.
bool appendUtf8(std::string& out, std::uint32_t codePoint);

/// Bytes that the code point at the start of `text` takes. `text` is valid UTF-8 and not empty.
std::size_t codePointSize(std::string_view text);

/// Where `part` begins in `text` at or behind `from`, else npos. Linear in the text, as no `std::string::find` is.
std::size_t findText(std::string_view text, std::string_view part, std::size_t from = 0);

/// Code points of valid UTF-8; CEL counts and indexes strings by them.
std::size_t codePoints(std::string_view text);

/// The byte where code point `index` begins; the size of the text for the one behind the last; npos beyond.
std::size_t byteOffset(std::string_view text, std::size_t index);

/// Without white space (Unicode's White_Space) at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace stepd::cel
