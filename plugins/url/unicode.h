#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stepd::url {

/// The code points of `text`; each invalid UTF-8 sequence becomes U+FFFD.
std::u32string codePoints(std::string_view text);
std::string utf8(std::u32string_view codePoints);

/// Strict: RFC 3629, no surrogates, no overlong forms.
bool isUtf8(std::string_view text);
/// `text` with each invalid UTF-8 sequence replaced by U+FFFD.
std::string cleanUtf8(std::string_view text);
/// How many code points `text` has.
std::size_t length(std::string_view text);
/// The first `most` code points of `text`; all of it if it has no more.
std::string_view firstCodePoints(std::string_view text, std::size_t most);

/// Any space of Unicode, TAB, CR, LF and NEL among them.
bool isSpace(char32_t c);
/// C0, DEL and C1.
bool isControl(char32_t c);
/// Not assigned to a character by Unicode (ICU 72: Unicode 15).
bool isUnassigned(char32_t c);
/// Zero-width and bidi control characters, ZWNJ and ZWJ excepted: scripts and emoji need those two.
bool isInvisible(char32_t c);

std::string_view trimSpaces(std::string_view text);
/// Trims spaces, NUL, zero-width and bidi controls.
std::string_view trim(std::string_view text);
/// Trims, and makes one space of each run of spaces.
std::string collapseSpaces(std::string_view text);

/// Unicode Normalization Form C.
std::string toNfc(std::string_view text);
/// Lower case by Unicode's rules without a locale.
std::string toLower(std::string_view text);
/// Lower case of ASCII letters alone.
std::string asciiLower(std::string_view text);
/// Case and accents removed, for comparing: `José` and `JOSE` give `jose`, `Straße` gives `strasse`.
std::string folded(std::string_view text);
/// The runs of letters and digits of `folded(text)`.
std::vector<std::string> foldedWords(std::string_view text);

}  // namespace stepd::url
