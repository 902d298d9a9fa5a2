#include "website_analyzer/html_guard.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

constexpr auto npos = std::string_view::npos;

std::size_t findIgnoringCase(std::string_view text, std::string_view word, std::size_t from) {
    for (std::size_t at = text.find(word.front(), from); at != npos; at = text.find(word.front(), at + 1))
        if (startsWithIgnoringCase(text.substr(at), word)) return at;
    return npos;
}

bool isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/// One piece of markup at a `<`: where it ends, how many attributes it has, what it is called.
struct Tag {
    std::string name;  ///< lower case, with a leading `/` for an end tag; `!` for a comment or declaration
    std::size_t end = 0;
    std::size_t attributes = 0;
};

std::size_t endOfDeclaration(std::string_view html, std::size_t at) {
    const bool comment = html.substr(at).starts_with("<!--");
    const std::size_t end = comment ? html.find("-->", at + 4) : html.find('>', at);
    return end == npos ? html.size() : end + (comment ? 3 : 1);
}

/// Skips white space, then a name, then `=` and a value, quoted or not.
std::size_t skipAttribute(std::string_view html, std::size_t at) {
    while (at < html.size() && !isBlank(html[at]) && html[at] != '>' && html[at] != '=') ++at;
    std::size_t next = at;
    while (next < html.size() && isBlank(html[next])) ++next;
    if (next >= html.size() || html[next] != '=') return at;
    ++next;
    while (next < html.size() && isBlank(html[next])) ++next;
    if (next < html.size() && (html[next] == '"' || html[next] == '\'')) {
        const std::size_t quote = html.find(html[next], next + 1);
        return quote == npos ? html.size() : quote + 1;
    }
    while (next < html.size() && !isBlank(html[next]) && html[next] != '>') ++next;
    return next;
}

Tag readTag(std::string_view html, std::size_t at) {
    if (at + 1 < html.size() && (html[at + 1] == '!' || html[at + 1] == '?'))
        return {"!", endOfDeclaration(html, at), 0};
    std::size_t end = at + 1;
    if (end < html.size() && html[end] == '/') ++end;
    const std::size_t nameStart = end;
    while (end < html.size() && (isAsciiAlnum(html[end]) || html[end] == '-' || html[end] == ':')) ++end;
    if (end == nameStart) return {"", at + 1, 0};  // a lone `<` is text

    Tag tag{asciiLower(html.substr(at + 1, std::min<std::size_t>(end - at - 1, 32))), 0, 0};
    for (;;) {
        while (end < html.size() && (isBlank(html[end]) || html[end] == '/')) ++end;
        if (end >= html.size() || html[end] == '>') break;
        ++tag.attributes;
        end = std::max(skipAttribute(html, end), end + 1);
    }
    tag.end = std::min(end + 1, html.size());
    return tag;
}

bool isRawText(std::string_view name) {
    return name == "script" || name == "style" || name == "textarea" || name == "template";
}

/// Where the element that opened with `tag` ends, if its content is no markup; else where the tag ends.
std::size_t afterElement(std::string_view html, const Tag& tag) {
    if (!isRawText(tag.name)) return tag.end;
    const std::size_t close = findIgnoringCase(html, "</" + tag.name, tag.end);
    return close == npos ? html.size() : close;
}

bool breaksLine(std::string_view name) {
    constexpr std::array<std::string_view, 22> kInline{
        "a",     "abbr", "b", "bdi", "bdo",   "cite", "code",   "em",  "font", "i", "kbd",
        "label", "mark", "q", "s",   "small", "span", "strong", "sub", "sup",  "u", "var"};
    if (name.starts_with('/')) name.remove_prefix(1);
    return std::find(kInline.begin(), kInline.end(), name) == kInline.end();
}

/// Decodes the entity at `at` and returns its length, or appends `&` and returns 1.
std::size_t appendEntity(std::string& out, std::string_view html, std::size_t at) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNamed{
        {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}}};
    const std::size_t end = html.substr(at, 12).find(';');
    const std::string_view name = end == npos ? std::string_view{} : html.substr(at + 1, end - 1);
    for (const auto& [known, text] : kNamed)
        if (name == known) {
            out += text;
            return end + 1;
        }
    if (name.starts_with('#') && name.size() > 1) {
        const bool hex = name[1] == 'x' || name[1] == 'X';
        const std::string_view digits = name.substr(hex ? 2 : 1);
        std::uint32_t value = 0;
        const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
        const bool valid = error == std::errc{} && stop == digits.data() + digits.size() && value >= 0x20 &&
                           value < 0x110000 && (value < 0xD800 || value > 0xDFFF);
        if (valid) {
            appendUtf8(out, value);
            return end + 1;
        }
    }
    out += '&';
    return 1;
}

}  // namespace

bool attributesWithinLimit(std::string_view html) {
    for (std::size_t at = html.find('<'); at != npos && at < html.size(); at = html.find('<', at)) {
        const Tag tag = readTag(html, at);
        if (tag.attributes > kMaxAttributes) return false;
        at = afterElement(html, tag);
    }
    return true;
}

std::string strippedText(std::string_view html) {
    std::string text;
    for (std::size_t at = 0; at < html.size();) {
        if (html[at] == '&') {
            at += appendEntity(text, html, at);
        } else if (html[at] == '<') {
            const Tag tag = readTag(html, at);
            if (tag.name.empty()) text += '<';
            if (!tag.name.empty() && tag.name != "!" && breaksLine(tag.name)) text += '\n';
            at = std::max(afterElement(html, tag), at + 1);
        } else {
            // A line break in the source is a space like any other.
            text += html[at] == '\n' ? ' ' : html[at];
            ++at;
        }
    }

    std::string lines;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t end = rest.find('\n');
        const std::string line = collapsed(rest.substr(0, end));
        rest.remove_prefix(end == npos ? rest.size() : end + 1);
        if (!line.empty()) lines += line + '\n';
    }
    return lines;
}

}  // namespace stepd::website
