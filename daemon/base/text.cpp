#include "base/text.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace stepd {
namespace {

/// The length of the valid UTF-8 sequence at the front of `text`, and its code point; 0 if there is none.
std::size_t sequenceAt(std::string_view text, std::uint32_t& codePoint) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0U) == 0x80U; };
    const unsigned char first = byte(0);
    if (first < 0x80) return codePoint = first, 1;
    if (first >= 0xC2 && first <= 0xDF && follows(1)) {
        codePoint = ((first & 0x1FU) << 6) | (byte(1) & 0x3FU);
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF && follows(1) && follows(2)) {
        codePoint = ((first & 0x0FU) << 12) | ((byte(1) & 0x3FU) << 6) | (byte(2) & 0x3FU);
        const bool surrogate = codePoint >= 0xD800 && codePoint <= 0xDFFF;
        return codePoint >= 0x800 && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4 && follows(1) && follows(2) && follows(3)) {
        codePoint = ((first & 0x07U) << 18) | ((byte(1) & 0x3FU) << 12) | ((byte(2) & 0x3FU) << 6) | (byte(3) & 0x3FU);
        return codePoint >= 0x10000 && codePoint <= 0x10FFFF ? 4 : 0;
    }
    return 0;
}

/// How many bytes at the start are ASCII, in steps of eight: the rest is looked at one by one. Nearly all that comes in
/// is ASCII.
std::size_t asciiPrefix(std::string_view text) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080U;
    std::size_t at = 0;
    for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
        std::memcpy(&word, text.data() + at, sizeof word);
        if ((word & kHighBits) != 0) break;
    }
    return at;
}

bool isBidiMark(std::uint32_t c) {
    return c == 0x61C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

void appendEscape(std::string& out, const char* format, unsigned value) {
    std::array<char, 16> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, value);
    out += buffer.data();
}

bool isPlain(std::uint32_t c) {
    return c >= 0x20 && !(c >= 0x7F && c < 0xA0) && !isBidiMark(c);
}

/// Appends the character at `at`, or the escape for it, and goes on to the next one.
void appendVisible(std::string& out, std::string_view text, std::size_t& at) {
    std::uint32_t codePoint = 0;
    const std::size_t length = sequenceAt(text.substr(at), codePoint);
    if (length == 0)
        appendEscape(out, "\\x%02x", static_cast<unsigned char>(text[at]));
    else if (!isPlain(codePoint))
        appendEscape(out, "\\u%04x", codePoint);
    else
        out += text.substr(at, length);
    at += length == 0 ? 1 : length;
}

}  // namespace

std::size_t validUtf8Prefix(std::string_view text) {
    std::size_t at = 0;
    std::uint32_t codePoint = 0;
    while (at < text.size()) {
        at += asciiPrefix(text.substr(at));
        if (at == text.size()) break;
        const std::size_t length = sequenceAt(text.substr(at), codePoint);
        if (length == 0) return at;
        at += length;
    }
    return at;
}

void appendJsonString(std::string& out, std::string_view text) {
    out += '"';
    std::uint32_t codePoint = 0;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        const std::size_t length = sequenceAt(text.substr(at), codePoint);
        if (length == 0)
            out += "\xEF\xBF\xBD";
        else if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += "\\t";
        else if (codePoint < 0x20)
            appendEscape(out, "\\u%04x", codePoint);
        else
            out += text.substr(at, length);
        at += length == 0 ? 1 : length;
    }
    out += '"';
}

std::string jsonString(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    appendJsonString(out, text);
    return out;
}

bool isPlainText(std::string_view text) {
    std::uint32_t codePoint = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = sequenceAt(text.substr(at), codePoint);
        if (length == 0 || !isPlain(codePoint)) return false;
        at += length;
    }
    return true;
}

std::string plainText(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();)
        if (text[at] == '\n' || text[at] == '\t')
            out += text[at++];
        else
            appendVisible(out, text, at);
    return out;
}

std::string quotedForLog(std::string_view text) {
    constexpr std::size_t kMost = 2048;
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (out.size() + 8 > kMost) return out + "...";
        appendVisible(out, text, at);
    }
    return out;
}

}  // namespace stepd
