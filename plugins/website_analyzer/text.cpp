#include "website_analyzer/text.h"

#include <unicode/uchar.h>

#include <algorithm>

namespace stepd::website {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

bool isTrail(unsigned char byte, unsigned char low = 0x80, unsigned char high = 0xBF) {
    return byte >= low && byte <= high;
}

char lowerChar(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool isIdeograph(char32_t c) {
    return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

}  // namespace

char32_t decodeUtf8(std::string_view text, std::size_t& pos) {
    const auto byteAt = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byteAt(pos++);
    if (lead < 0x80) return lead;
    if (lead < 0xC2 || lead > 0xF4) return kReplacement;

    const int trails = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    char32_t value = lead & (0x3F >> trails);
    // The second byte's range excludes overlong forms, surrogates and what lies beyond U+10FFFF.
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
    for (int i = 0; i < trails; ++i) {
        if (pos >= text.size() || !isTrail(byteAt(pos), low, high)) return kReplacement;
        value = (value << 6) | (byteAt(pos++) & 0x3F);
        low = 0x80;
        high = 0xBF;
    }
    return value;
}

void appendUtf8(std::string& out, char32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | (c >> 6));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | (c >> 12));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | (c >> 18));
        out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    }
}

std::string toValidUtf8(std::string_view text, std::size_t* replaced) {
    std::string out;
    out.reserve(text.size());
    std::size_t bad = 0;
    for (std::size_t pos = 0; pos < text.size();) {
        const std::size_t start = pos;
        const char32_t c = decodeUtf8(text, pos);
        const std::string_view bytes = text.substr(start, pos - start);
        if (c == 0 || (c == kReplacement && bytes != "\xEF\xBF\xBD")) {
            ++bad;
            out += "\xEF\xBF\xBD";
        } else {
            out += bytes;
        }
    }
    if (replaced != nullptr) *replaced = bad;
    return out;
}

bool isAsciiAlnum(char c) {
    return (c >= '0' && c <= '9') || (lowerChar(c) >= 'a' && lowerChar(c) <= 'z');
}

bool equalsIgnoringCase(std::string_view a, std::string_view b) {
    return a.size() == b.size() && startsWithIgnoringCase(a, b);
}

bool startsWithIgnoringCase(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                      [](char x, char y) { return lowerChar(x) == lowerChar(y); });
}

std::size_t countWords(std::string_view text) {
    std::size_t words = 0;
    bool inside = false;
    for (std::size_t pos = 0; pos < text.size();) {
        const char32_t c = decodeUtf8(text, pos);
        if (isIdeograph(c)) {
            ++words;
            inside = false;
        } else if (isSpace(c)) {
            inside = false;
        } else if (!inside && u_isalnum(static_cast<UChar32>(c))) {
            ++words;
            inside = true;
        }
    }
    return words;
}

std::string_view prefixOf(std::string_view text, std::size_t maxBytes) {
    if (text.size() <= maxBytes) return text;
    std::size_t end = maxBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
}

}  // namespace stepd::website
