#include "website_analyzer/markdown.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "website_analyzer/markdown_blocks.h"
#include "website_analyzer/markdown_escape.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

/// Deeper lists and quotes are kept as plain blocks: each level indents all lines below it, so hostile nesting would
/// multiply.
constexpr std::size_t kMaxIndents = 12;

bool isBlockName(std::string_view name) {
    constexpr std::array<std::string_view, 46> kBlocks{
        "address", "article", "aside", "blockquote", "body",     "caption",    "center",  "dd",     "details", "dialog",
        "dir",     "div",     "dl",    "dt",         "fieldset", "figcaption", "figure",  "footer", "form",    "h1",
        "h2",      "h3",      "h4",    "h5",         "h6",       "header",     "hgroup",  "hr",     "li",      "main",
        "menu",    "nav",     "ol",    "p",          "pre",      "section",    "summary", "table",  "tbody",   "td",
        "tfoot",   "th",      "thead", "tr",         "ul",       "html"};
    return std::find(kBlocks.begin(), kBlocks.end(), name) != kBlocks.end();
}

int headingLevel(std::string_view name) {
    return name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6' ? name[1] - '0' : 0;
}

/// `text` with `first` before its first line and `rest` before each other line that is not empty.
std::string indented(std::string_view text, std::string_view first, std::string_view rest) {
    std::string out(first);
    for (std::size_t at = 0;;) {
        const std::size_t end = text.find('\n', at);
        const std::string_view line = text.substr(at, end == std::string_view::npos ? end : end - at);
        if (at > 0 && !line.empty()) out += rest;
        out += line;
        if (end == std::string_view::npos) return out;
        out += '\n';
        at = end + 1;
    }
}

bool isListItem(std::string_view block) {
    const std::size_t digits = std::min(block.find_first_not_of("0123456789"), block.size());
    return block.starts_with("- ") || (digits > 0 && block.substr(digits).starts_with(". "));
}

int startOf(HtmlNode list) {
    int start = 1;
    const std::string_view text = list.attributeOr("start");
    std::from_chars(text.data(), text.data() + text.size(), start);
    return std::clamp(start, 0, 9999);
}

std::string_view languageOf(std::string_view classes) {
    for (const std::string_view prefix : {"language-", "lang-"}) {
        const std::size_t at = classes.find(prefix);
        if (at == std::string_view::npos) continue;
        const std::string_view rest = classes.substr(at + prefix.size());
        return rest.substr(
            0, std::min(rest.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+#-_"),
                        rest.size()));
    }
    return {};
}

}  // namespace

BlockRenderer::BlockRenderer(HtmlNode root, const UrlResolver& resolve) : inline_(resolve, budget_) {
    for (HtmlNode node = root; node; node = node.following(root)) {
        if (!isBlockName(node.name())) continue;
        for (HtmlNode above = node.parent(); above && containers_.insert(above.id()).second; above = above.parent()) {
        }
    }
}

/// A link stays one even around blocks; any other inline element with a block inside is only a wrapper.
bool BlockRenderer::isBlock(HtmlNode node) const {
    if (!node.isElement() || node.is("a")) return false;
    return isBlockName(node.name()) || containers_.contains(node.id());
}

void BlockRenderer::append(MarkdownBlocks& out, MarkdownBlocks more) {
    std::move(more.begin(), more.end(), std::back_inserter(out));
}

MarkdownBlocks BlockRenderer::renderChildren(HtmlNode node) {
    MarkdownBlocks out;
    std::string run;
    for (HtmlNode child = node.firstChild(); child; child = child.next()) {
        if (isSilentElement(child.name())) continue;
        if (!isBlock(child)) {
            inline_.append(run, child);
            continue;
        }
        flushParagraph(out, run);
        appendBlock(out, child);
    }
    flushParagraph(out, run);
    return out;
}

/// Two breaks in a row end a paragraph, one is a line break.
void BlockRenderer::flushParagraph(MarkdownBlocks& out, std::string& run) {
    std::string paragraph;
    const auto finish = [&] {
        if (!paragraph.empty()) out.push_back(std::move(paragraph));
        paragraph.clear();
    };
    std::string_view rest = run;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        const std::string_view line = trimmed(rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (line.empty()) {
            finish();
            continue;
        }
        if (!paragraph.empty()) paragraph += "  \n";
        paragraph += escapedLineStart(line);
    }
    finish();
    run.clear();
}

void BlockRenderer::appendBlock(MarkdownBlocks& out, HtmlNode node) {
    const std::string_view name = node.name();
    if (headingLevel(name) > 0) return appendHeading(out, node);
    if (name == "hr") return out.push_back("---");
    if (name == "ul" || name == "ol" || name == "menu" || name == "dir") return appendList(out, node);
    if (name == "dl") return appendDefinitions(out, node);
    if (name == "blockquote") return appendQuote(out, node);
    if (name == "pre") return appendCode(out, node);
    if (name == "table") return appendTable(out, node);
    if (name == "figcaption") return appendMarkedLine(out, node, "*");
    if (name == "summary") return appendMarkedLine(out, node, "**");
    append(out, renderChildren(node));
}

std::string BlockRenderer::oneLine(HtmlNode node) {
    std::string text;
    inline_.appendChildren(text, node);
    std::replace(text.begin(), text.end(), '\n', ' ');
    return collapsed(text);
}

void BlockRenderer::appendHeading(MarkdownBlocks& out, HtmlNode node) {
    std::string text = oneLine(node);
    // Closing hashes would be taken for the heading's own.
    if (text.ends_with('#')) text.insert(text.size() - 1, "\\");
    if (!text.empty())
        out.push_back(std::string(static_cast<std::size_t>(headingLevel(node.name())), '#') + ' ' + text);
}

void BlockRenderer::appendMarkedLine(MarkdownBlocks& out, HtmlNode node, std::string_view mark) {
    const std::string text = oneLine(node);
    if (!text.empty()) out.push_back(std::string(mark) + text + std::string(mark));
}

void BlockRenderer::appendList(MarkdownBlocks& out, HtmlNode node) {
    if (indents_ >= kMaxIndents) return append(out, renderChildren(node));
    ++indents_;
    const bool numbered = node.is("ol");
    int number = startOf(node);
    std::string list;
    std::string indent = "  ";
    for (HtmlNode child = node.firstChild(); child; child = child.next()) {
        MarkdownBlocks blocks;
        // A list right inside a list, which HTML forbids and people write, belongs to the item before it.
        const bool nested = child.is("ul") || child.is("ol");
        if (nested)
            appendList(blocks, child);
        else if (child.isElement() && !isSilentElement(child.name()))
            blocks = renderChildren(child);
        if (blocks.empty()) continue;

        const std::string marker = numbered ? std::to_string(number) + ". " : "- ";
        const bool continues = nested && !list.empty();
        if (!continues) {
            indent.assign(marker.size(), ' ');
            ++number;
        }
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            if (!list.empty()) list += i == 0 || isListItem(blocks[i]) ? "\n" : "\n\n";
            list += indented(blocks[i], i == 0 && !continues ? marker : indent, indent);
        }
    }
    --indents_;
    if (!list.empty()) out.push_back(std::move(list));
}

void BlockRenderer::appendDefinitions(MarkdownBlocks& out, HtmlNode node) {
    std::string group;
    const auto finish = [&] {
        if (!group.empty()) out.push_back(std::move(group));
        group.clear();
    };
    bool described = false;
    for (HtmlNode child = node.firstChild(); child;) {
        const bool wrapper = child.is("div");
        if (child.is("dt")) {
            if (described) finish();
            described = false;
            const std::string term = oneLine(child);
            if (!term.empty()) group += (group.empty() ? "**" : "\n**") + term + "**";
        } else if (child.is("dd")) {
            described = true;
            const std::string text = oneLine(child);
            if (!text.empty()) group += (group.empty() ? ": " : "\n: ") + text;
        }
        child = wrapper ? child.following(node) : child.followingSkippingChildren(node);
    }
    finish();
}

void BlockRenderer::appendQuote(MarkdownBlocks& out, HtmlNode node) {
    if (indents_ >= kMaxIndents) return append(out, renderChildren(node));
    ++indents_;
    const MarkdownBlocks blocks = renderChildren(node);
    --indents_;
    std::string quote;
    for (const std::string& block : blocks) {
        if (!quote.empty()) quote += "\n>\n";
        quote += indented(block, "> ", "> ");
    }
    // Blank lines inside a block must carry the mark too, or the quote ends there.
    for (std::size_t at = quote.find("\n\n"); at != std::string::npos; at = quote.find("\n\n", at))
        quote.insert(at + 1, ">");
    if (!quote.empty()) out.push_back(std::move(quote));
}

void BlockRenderer::appendCode(MarkdownBlocks& out, HtmlNode node) {
    std::string code;
    for (HtmlNode part = node.firstChild(); part; part = part.following(node)) {
        code += part.is("br") ? std::string_view("\n") : part.characters();
        if (code.size() > budget_) break;
    }
    code.resize(prefixOf(code, budget_).size());
    budget_ -= code.size();
    std::erase_if(code, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t'; });
    if (code.starts_with('\n')) code.erase(0, 1);
    while (!code.empty() && (code.back() == '\n' || code.back() == ' ')) code.pop_back();
    if (trimmed(code).empty()) return;

    std::string_view language = languageOf(node.attributeOr("class"));
    if (const HtmlNode inner = node.firstChild(); language.empty() && inner.is("code"))
        language = languageOf(inner.attributeOr("class"));
    const std::string fence = fenceFor(code);
    out.push_back(fence + std::string(language) + '\n' + code + '\n' + fence);
}

MarkdownBlocks toMarkdown(HtmlNode root, const UrlResolver& resolve) {
    return BlockRenderer(root, resolve).renderChildren(root);
}

MarkdownText joined(const MarkdownBlocks& blocks, std::size_t maxChars) {
    MarkdownText out;
    std::size_t used = 0;
    for (const std::string& block : blocks) {
        const std::size_t size = countCharacters(block) + (used == 0 ? 1 : 2);
        if (used + size > maxChars) {
            out.truncated = true;
            break;
        }
        if (used > 0) out.text += '\n';
        out.text += block + '\n';
        used += size;
    }
    if (!out.truncated || used > 0 || maxChars == 0) return out;

    const std::string& block = blocks.front();
    std::size_t end = 0;
    for (std::size_t taken = 0; taken + 1 < maxChars && end < block.size(); ++taken) decodeUtf8(block, end);
    const std::size_t line = block.rfind('\n', end);
    out.text = block.substr(0, line == std::string::npos || line == 0 ? end : line) + '\n';
    return out;
}

}  // namespace stepd::website
