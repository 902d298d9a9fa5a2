#pragma once

#include <string>
#include <string_view>

namespace stepd {

/// The longest prefix of `text` that is valid UTF-8 (RFC 3629: no surrogates, no overlong forms); all of it if all is.
std::size_t validUtf8Prefix(std::string_view text);
inline bool isUtf8(std::string_view text) {
    return validUtf8Prefix(text) == text.size();
}

/// Appends `text` to `out` as a JSON string with its quotes (RFC 8259 section 7). Invalid UTF-8 becomes U+FFFD.
void appendJsonString(std::string& out, std::string_view text);
std::string jsonString(std::string_view text);

/// True for UTF-8 without control characters (C0, DEL, C1) and without marks that turn the direction of text: what may
/// stand on a line for people.
bool isPlainText(std::string_view text);

/// `text` with a visible escape such as \u001b for whatever is not plain (isPlainText), but for newlines and tabs, and
/// \xff for a byte that is not UTF-8. Within a JSON string the escapes mean what they replace.
std::string plainText(std::string_view text);

/// For logs (hardening R33): controls, ESC, bidi marks and invalid UTF-8 become visible escapes; cut at 2 KiB with
/// `...`. The result is printable, on one line.
std::string quotedForLog(std::string_view text);

}  // namespace stepd
