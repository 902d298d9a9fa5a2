#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "website_analyzer/html_document.h"
#include "website_analyzer/markdown.h"
#include "website_analyzer/markdown_inline.h"

namespace stepd::website {

/// Turns a tree into Markdown blocks. One object a conversion.
class BlockRenderer {
public:
    BlockRenderer(HtmlNode root, const UrlResolver& resolve);

    /// The blocks that `node`'s children make.
    MarkdownBlocks renderChildren(HtmlNode node);

private:
    void appendBlock(MarkdownBlocks& out, HtmlNode node);
    void flushParagraph(MarkdownBlocks& out, std::string& run);
    void appendHeading(MarkdownBlocks& out, HtmlNode node);
    void appendList(MarkdownBlocks& out, HtmlNode node);
    void appendDefinitions(MarkdownBlocks& out, HtmlNode node);
    void appendQuote(MarkdownBlocks& out, HtmlNode node);
    void appendCode(MarkdownBlocks& out, HtmlNode node);
    void appendMarkedLine(MarkdownBlocks& out, HtmlNode node, std::string_view mark);
    void appendTable(MarkdownBlocks& out, HtmlNode node);  // markdown_table.cpp
    std::optional<std::string> pipeTable(HtmlNode node);   // markdown_table.cpp
    std::string oneLine(HtmlNode node);
    bool isBlock(HtmlNode node) const;
    void append(MarkdownBlocks& out, MarkdownBlocks more);

    std::size_t budget_ = kMaxMarkdownSource;
    std::size_t indents_ = 0;  // lists and quotes that we are inside of
    InlineRenderer inline_;
    std::unordered_set<const void*> containers_;  // elements with a block element somewhere below
};

}  // namespace stepd::website
