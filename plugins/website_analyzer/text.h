#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// UTF-8 text as the analyzer handles it. All functions are pure and take any bytes.
namespace website {

/// Decodes the code point at `pos` and moves past it. A malformed sequence gives U+FFFD and moves past its longest
/// valid beginning (Unicode 15, section 3.9, "maximal subparts"). `pos` must be inside `text`.
char32_t decodeUtf8(std::string_view text, std::size_t& pos);
void appendUtf8(std::string& out, char32_t codePoint);
bool isUtf8(std::string_view text);

/// `text` with each malformed sequence and each NUL replaced by U+FFFD; `replaced`, if given, receives their number.
std::string toValidUtf8(std::string_view text, std::size_t* replaced = nullptr);

/// White space in the sense of HTML plus U+00A0 and the other Unicode spaces.
bool isSpace(char32_t codePoint);
bool isAsciiAlnum(char c);

/// Runs of white space become one space; none at either end.
std::string collapsed(std::string_view text);
std::string_view trimmed(std::string_view text);

std::string asciiLower(std::string_view text);
bool equalsIgnoringCase(std::string_view a, std::string_view b);
bool startsWithIgnoringCase(std::string_view text, std::string_view prefix);

/// For comparing words: compatibility decomposition, no accents, folded case. "Über" gives "uber".
std::string folded(std::string_view text);

/// Code points, not bytes.
std::size_t countCharacters(std::string_view text);
/// Runs between white space that hold a letter or a digit; a Han or Kana character counts as a word of its own.
std::size_t countWords(std::string_view text);

/// The longest prefix of at most `maxBytes` that ends between two code points.
std::string_view prefixOf(std::string_view text, std::size_t maxBytes);

}  // namespace website
