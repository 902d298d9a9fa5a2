#include "cel/unicode.h"

#include <array>
#include <cstring>

namespace stepd::cel {
namespace {

constexpr std::array<std::string_view, 25> kWhiteSpace = {
    "\t",     "\n",     "\v",     "\f",     "\r",     " ",      "\u0085", "\u00a0", "\u1680",
    "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
    "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

bool isContinuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::size_t leadingSpace(std::string_view text) {
    for (const auto space : kWhiteSpace)
        if (text.starts_with(space)) return space.size();
    return 0;
}

std::size_t trailingSpace(std::string_view text) {
    for (const auto space : kWhiteSpace)
        if (text.ends_with(space)) return space.size();
    return 0;
}

}  // namespace

bool appendUtf8(std::string& out, std::uint32_t codePoint) {
    const auto add = [&](std::uint32_t octet) { out += static_cast<char>(static_cast<unsigned char>(octet)); };
    if (codePoint > 0x10FFFF || (codePoint >= 0xD800 && codePoint <= 0xDFFF)) return false;
    if (codePoint < 0x80) {
        add(codePoint);
        return true;
    }
    if (codePoint < 0x800) {
        add(0xC0U | codePoint >> 6U);
    } else if (codePoint < 0x10000) {
        add(0xE0U | codePoint >> 12U);
        add(0x80U | (codePoint >> 6U & 0x3FU));
    } else {
        add(0xF0U | codePoint >> 18U);
        add(0x80U | (codePoint >> 12U & 0x3FU));
        add(0x80U | (codePoint >> 6U & 0x3FU));
    }
    add(0x80U | (codePoint & 0x3FU));
    return true;
}

std::size_t codePointSize(std::string_view text) {
    std::size_t size = 1;
    while (size < text.size() && isContinuation(text[size])) ++size;
    return size;
}

std::size_t findText(std::string_view text, std::string_view part, std::size_t from) {
    if (from > text.size()) return std::string_view::npos;
    const auto* at = ::memmem(text.data() + from, text.size() - from, part.data(), part.size());
    return at ? static_cast<std::size_t>(static_cast<const char*>(at) - text.data()) : std::string_view::npos;
}

std::size_t codePoints(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += isContinuation(c) ? 0 : 1;
    return count;
}

std::size_t byteOffset(std::string_view text, std::size_t index) {
    std::size_t at = 0;
    for (; index > 0 && at < text.size(); --index) at += codePointSize(text.substr(at));
    return index == 0 ? at : std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
    while (const auto size = leadingSpace(text)) text.remove_prefix(size);
    while (const auto size = trailingSpace(text)) text.remove_suffix(size);
    return text;
}

}  // namespace stepd::cel
