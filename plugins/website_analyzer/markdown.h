#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "website_analyzer/html_document.h"
#include "website_analyzer/markdown_inline.h"

namespace stepd::website {

/// Top-level blocks of a Markdown text (CommonMark with pipe tables): a paragraph, heading, list, table, fence each.
/// A block has no blank line at either end and no final newline.
using MarkdownBlocks = std::vector<std::string>;

/// `root`'s content as Markdown. Reads at most kMaxMarkdownSource bytes of text; scripts, forms and the like are left
/// out, everything else is taken: choosing what matters is main_content.h's work.
MarkdownBlocks toMarkdown(HtmlNode root, const UrlResolver& resolve);
inline constexpr std::size_t kMaxMarkdownSource = 2U << 20;

struct MarkdownText {
    std::string text;  ///< empty, or ends with one newline
    bool truncated = false;
};

/// Blocks with one blank line between them, cut before the block that would pass `maxChars` code points. A first block
/// that is longer than that on its own is cut inside, at the end of a line if it has any.
MarkdownText joined(const MarkdownBlocks& blocks, std::size_t maxChars);

}  // namespace stepd::website
