#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace stepd::website {

/// Where the charset was taken from, in the order in which they are asked.
enum class CharsetSource { ByteOrderMark, Header, Meta, XmlDeclaration, ValidUtf8, Detector, Default };

struct DecodedText {
    std::string text;     ///< valid UTF-8, without a byte order mark and without NUL
    std::string charset;  ///< lower case, as WHATWG names it: `utf-8`, `windows-1252`
    CharsetSource source = CharsetSource::Default;
    std::size_t replacements = 0;  ///< U+FFFD put in place of what did not decode
};

/// Decodes a page. `contentType` is the header's value, possibly empty. Labels mean what browsers take them for:
/// `iso-8859-1`, `latin1` and `ascii` are windows-1252. A page that declares a single-byte charset but is valid UTF-8
/// with at least one multi-byte sequence is UTF-8. Never fails: what cannot be decoded becomes U+FFFD.
DecodedText decodeHtml(std::string_view bytes, std::string_view contentType);

/// The `charset` parameter of a Content-Type value, or empty.
std::string_view charsetParameter(std::string_view contentType);

}  // namespace stepd::website
