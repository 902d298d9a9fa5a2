#include "website_analyzer/markdown_inline.h"

#include <algorithm>
#include <array>

#include "website_analyzer/markdown_escape.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

/// Elements that flow with the text around them; any other is a border between words.
bool flowsWithText(std::string_view name) {
    constexpr std::array<std::string_view, 29> kInline{
        "wbr",  "a",    "abbr",  "acronym", "b",      "bdi", "bdo", "big", "cite", "code",
        "data", "del",  "dfn",   "em",      "font",   "i",   "ins", "kbd", "mark", "q",
        "s",    "samp", "small", "span",    "strong", "sub", "sup", "u",   "var"};
    return std::find(kInline.begin(), kInline.end(), name) != kInline.end();
}

/// Joins two pieces: never two spaces, none beside a line break.
void join(std::string& out, std::string_view piece) {
    const bool afterGap = out.empty() ? false : out.back() == ' ' || out.back() == '\n';
    if (afterGap && piece.starts_with(' ')) piece.remove_prefix(1);
    if (piece.starts_with('\n') && out.ends_with(' ')) out.pop_back();
    out += piece;
}

std::string withoutRepeatedBreaks(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != '\n' || !out.ends_with('\n')) out += c;
    return out;
}

std::string_view strippedOfGaps(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \n");
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(" \n") - start + 1);
}

bool isPixel(HtmlNode node) {
    const auto tiny = [&](const char* name) {
        return node.attributeOr(name) == "1" || node.attributeOr(name) == "1px";
    };
    return tiny("width") && tiny("height");
}

std::string_view sourceOf(HtmlNode image) {
    // Lazy loaders keep the address aside and put a placeholder into `src`.
    for (const char* name : {"data-src", "data-lazy-src", "data-original"})
        if (const std::string_view source = trimmed(image.attributeOr(name)); !source.empty()) return source;
    return trimmed(image.attributeOr("src"));
}

}  // namespace

// `wbr`, `embed` and `source` are not here: libxml2 does not know that they are empty, so what follows them hangs
// below.
bool isSilentElement(std::string_view name) {
    constexpr std::array<std::string_view, 18> kSilent{
        "script", "style", "template", "svg",      "canvas", "iframe", "object", "button",   "select",
        "input",  "head",  "textarea", "noscript", "audio",  "video",  "map",    "datalist", "title"};
    return std::find(kSilent.begin(), kSilent.end(), name) != kSilent.end();
}

void InlineRenderer::appendText(std::string& out, std::string_view text) {
    text = prefixOf(text, budget_);
    budget_ -= text.size();
    std::string plain;
    for (std::size_t pos = 0; pos < text.size();) {
        const std::size_t start = pos;
        if (isSpace(decodeUtf8(text, pos))) {
            if (!plain.ends_with(' ')) plain += ' ';
        } else {
            plain += text.substr(start, pos - start);
        }
    }
    join(out, escapedInline(plain));
}

void InlineRenderer::appendChildren(std::string& out, HtmlNode node, Style style) {
    for (HtmlNode child = node.firstChild(); child; child = child.next()) append(out, child, style);
}

void InlineRenderer::append(std::string& out, HtmlNode node, Style style) {
    if (node.isText()) return appendText(out, node.characters());
    const std::string_view name = node.name();
    if (isSilentElement(name)) return;
    if (name == "br") {
        if (budget_ > 0) --budget_;
        return join(out, budget_ > 0 ? "\n" : "");
    }
    if (name == "img") return join(out, image(node));
    if (name == "a") return appendLink(out, node, style);
    if (name == "code" || name == "kbd" || name == "samp") return appendCode(out, node);

    Style inner = style;
    if (name == "strong" || name == "b") {
        inner.strong = true;
        return style.strong ? appendChildren(out, node, style) : appendMarked(out, node, "**", inner);
    }
    if (name == "em" || name == "i") {
        inner.emphasis = true;
        return style.emphasis ? appendChildren(out, node, style) : appendMarked(out, node, "*", inner);
    }
    if (name == "del" || name == "s" || name == "strike") {
        inner.strike = true;
        return style.strike ? appendChildren(out, node, style) : appendMarked(out, node, "~~", inner);
    }
    if (flowsWithText(name)) return appendChildren(out, node, style);
    join(out, " ");
    appendChildren(out, node, style);
    join(out, " ");
}

void InlineRenderer::appendMarked(std::string& out, HtmlNode node, std::string_view mark, Style inner) {
    std::string content;
    appendChildren(content, node, inner);
    const std::string_view core = strippedOfGaps(content);
    if (core.empty()) return join(out, content);

    if (content.starts_with(' ')) join(out, " ");
    // `<b>a</b><b>b</b>` is one bold word: two marks back to back would be read as text. One that follows an escaped or
    // longer run of the same character is left alone.
    const std::size_t before = out.size() < mark.size() + 1 ? 0 : out.size() - mark.size() - 1;
    const bool closesSame = out.ends_with(mark) && out[before] != mark.front() && out[before] != '\\' && before > 0;
    if (closesSame) {
        out.resize(out.size() - mark.size());
    } else {
        out += mark;
    }
    out += withoutRepeatedBreaks(core);
    out += mark;
    if (content.ends_with(' ')) join(out, " ");
}

void InlineRenderer::appendLink(std::string& out, HtmlNode node, Style style) {
    Style inner = style;
    inner.link = true;
    std::string content;
    appendChildren(content, node, inner);
    std::replace(content.begin(), content.end(), '\n', ' ');

    std::string text(strippedOfGaps(content));
    if (text.empty()) text = escapedInline(collapsed(node.attributeOr("title")));
    if (text.empty()) return join(out, content);
    const std::string_view href = trimmed(node.attributeOr("href"));
    const std::string target = style.link || href.empty() || href.starts_with('#') ? std::string{} : resolve_(href);
    if (target.empty()) return join(out, content.empty() ? text : content);

    if (content.starts_with(' ')) join(out, " ");
    out += '[' + text + "](" + escapedDestination(target) + ')';
    if (content.ends_with(' ')) join(out, " ");
}

void InlineRenderer::appendCode(std::string& out, HtmlNode node) {
    std::string code = node.text();
    std::replace_if(
        code.begin(), code.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    const std::string_view kept = prefixOf(code, budget_);
    budget_ -= kept.size();
    if (!trimmed(kept).empty()) out += codeSpan(kept);
}

std::string InlineRenderer::image(HtmlNode node) const {
    const std::string alt = collapsed(node.attributeOr("alt"));
    const std::string_view source = sourceOf(node);
    if (alt.empty() || source.empty() || isPixel(node) || startsWithIgnoringCase(source, "data:")) return {};
    const std::string target = resolve_(source);
    return target.empty() ? std::string{} : "![" + escapedInline(alt) + "](" + escapedDestination(target) + ')';
}

}  // namespace stepd::website
