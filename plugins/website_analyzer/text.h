#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "url/unicode.h"

/// UTF-8 text as the analyzer handles it, beside what url/unicode.h offers. All functions are pure and take any bytes.
namespace stepd::website {

using url::asciiLower;
using url::folded;
using url::isSpace;
using url::isUtf8;

/// Decodes the code point at `pos` and moves past it. A malformed sequence gives U+FFFD and moves past its longest
/// valid beginning (Unicode 15, section 3.9, "maximal subparts"). `pos` must be inside `text`.
char32_t decodeUtf8(std::string_view text, std::size_t& pos);
void appendUtf8(std::string& out, char32_t codePoint);

/// `text` with each malformed sequence and each NUL replaced by U+FFFD; `replaced`, if given, receives their number.
std::string toValidUtf8(std::string_view text, std::size_t* replaced = nullptr);

/// Runs of white space become one space; none at either end.
inline std::string collapsed(std::string_view text) {
    return url::collapseSpaces(text);
}
inline std::string_view trimmed(std::string_view text) {
    return url::trimSpaces(text);
}

bool isAsciiAlnum(char c);
bool equalsIgnoringCase(std::string_view a, std::string_view b);
bool startsWithIgnoringCase(std::string_view text, std::string_view prefix);

/// Code points, not bytes.
inline std::size_t countCharacters(std::string_view text) {
    return url::length(text);
}
/// Runs between white space that hold a letter or a digit; a Han or Kana character counts as a word of its own.
std::size_t countWords(std::string_view text);

/// The longest prefix of at most `maxBytes` that ends between two code points.
std::string_view prefixOf(std::string_view text, std::size_t maxBytes);

}  // namespace stepd::website
