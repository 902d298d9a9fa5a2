#include "url/percent.h"

namespace stepd::url {
namespace {

int hexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The byte of the escape at `at`, negative if there is none.
int escapeAt(std::string_view text, std::size_t at) {
    if (text[at] != '%' || at + 2 >= text.size()) return -1;
    const int high = hexValue(text[at + 1]);
    const int low = hexValue(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void appendEscape(std::string& out, unsigned char byte) {
    constexpr char kHex[] = "0123456789ABCDEF";
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
}

bool mayStand(char c, Part part) {
    constexpr std::string_view kPath = "/!$&'()*+,;=:@";
    return isUnreserved(c) || kPath.find(c) != std::string_view::npos || (c == '?' && part != Part::Path);
}

}  // namespace

bool isUnreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

std::string percentEncode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (isUnreserved(c))
            out += c;
        else
            appendEscape(out, static_cast<unsigned char>(c));
    }
    return out;
}

std::string percentDecode(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const int byte = escapeAt(text, at);
        out += byte < 0 ? text[at] : static_cast<char>(byte);
        if (byte >= 0) at += 2;
    }
    return out;
}

std::string canonicalEscapes(std::string_view text, Part part) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const int byte = escapeAt(text, at);
        if (byte >= 0) {
            const char c = static_cast<char>(byte);
            if (isUnreserved(c))
                out += c;
            else
                appendEscape(out, static_cast<unsigned char>(c));
            at += 2;
        } else if (text[at] == '%' || mayStand(text[at], part)) {
            out += text[at];
        } else {
            appendEscape(out, static_cast<unsigned char>(text[at]));
        }
    }
    return out;
}

}  // namespace stepd::url
