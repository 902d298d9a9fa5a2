#include "website_analyzer/markdown_escape.h"

#include <algorithm>

#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

bool isPunctuation(char c) {
    return kPunctuation.find(c) != std::string_view::npos;
}
bool isWordByte(char c) {
    return isAsciiAlnum(c) || static_cast<unsigned char>(c) >= 0x80;
}

bool startsEntity(std::string_view rest) {
    std::size_t end = 1;
    while (end < rest.size() && end < 34 && (isAsciiAlnum(rest[end]) || (end == 1 && rest[end] == '#'))) ++end;
    return end > 1 && end < rest.size() && rest[end] == ';';
}

bool startsTag(std::string_view rest) {
    if (rest.size() < 2) return true;
    const char c = rest[1];
    return (isAsciiAlnum(c) && !(c >= '0' && c <= '9')) || c == '/' || c == '!' || c == '?';
}

/// `before` and `after` are '\0' at the ends of the text, where a neighbour is not known: then escaping is the safe
/// side.
bool needsEscape(std::string_view rest, char before, char after) {
    switch (rest.front()) {
        case '`':
        case '[':
        case ']': return true;
        case '*': return !(before == ' ' && after == ' ');
        case '_': return !(isWordByte(before) && isWordByte(after)) && !(before == ' ' && after == ' ');
        case '\\': return after == '\0' || isPunctuation(after);
        case '<': return startsTag(rest);
        case '&': return startsEntity(rest);
        case '~': return after == '~';
        default: return false;
    }
}

bool isDropped(char32_t c) {
    return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x200B ||
           c == 0xFEFF || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

std::size_t longestBacktickRun(std::string_view text) {
    std::size_t longest = 0;
    std::size_t run = 0;
    for (const char c : text) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return longest;
}

}  // namespace

std::string escapedInline(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 16);
    for (std::size_t pos = 0; pos < text.size();) {
        const std::size_t start = pos;
        const char32_t c = decodeUtf8(text, pos);
        if (isDropped(c)) continue;
        if (c < 0x80) {
            const char before = start == 0 ? '\0' : text[start - 1];
            const char after = pos < text.size() ? text[pos] : '\0';
            if (needsEscape(text.substr(start), before, after)) out += '\\';
        }
        out += text.substr(start, pos - start);
    }
    return out;
}

std::string escapedLineStart(std::string_view line) {
    const auto endsWord = [&](std::size_t at) { return at >= line.size() || line[at] == ' '; };
    const auto backslashAt = [&](std::size_t at) {
        return std::string(line.substr(0, at)) + '\\' + std::string(line.substr(at));
    };
    if (line.empty()) return {};
    const char first = line.front();
    if (first == '>') return backslashAt(0);
    if (first == '#' && endsWord(std::min(line.find_first_not_of('#'), line.size()))) return backslashAt(0);
    if ((first == '-' || first == '+') && endsWord(1)) return backslashAt(0);
    // A line of dashes or equals signs is a rule, or makes a heading of the line above.
    if ((first == '-' || first == '=') && line.find_first_not_of(std::string{first, ' '}) == std::string_view::npos)
        return backslashAt(0);

    const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
    const bool numbered =
        digits > 0 && digits <= 9 && digits < line.size() && (line[digits] == '.' || line[digits] == ')');
    return numbered && endsWord(digits + 1) ? backslashAt(digits) : std::string(line);
}

std::string escapedDestination(std::string_view url) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : url) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7F || c == '(' || c == ')' || c == '<' || c == '>' || c == '\\') {
            out += '%';
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        } else {
            out += c;
        }
    }
    return out;
}

std::string codeSpan(std::string_view code) {
    const std::string ticks(longestBacktickRun(code) + 1, '`');
    const bool pad = code.starts_with('`') || code.ends_with('`');
    return ticks + (pad ? " " : "") + std::string(code) + (pad ? " " : "") + ticks;
}

std::string fenceFor(std::string_view code) {
    return std::string(std::max<std::size_t>(3, longestBacktickRun(code) + 1), '`');
}

}  // namespace stepd::website
