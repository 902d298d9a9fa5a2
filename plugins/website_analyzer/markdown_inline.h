#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "website_analyzer/html_document.h"

namespace stepd::website {

/// Makes an address in a page absolute. Empty for what must not become a link: `javascript:`, `data:`, garbage.
using UrlResolver = std::function<std::string(std::string_view)>;

/// Turns runs of inline HTML into Markdown. White space is collapsed to single spaces, with at most one kept at either
/// end, so that pieces can be put together; `\n` stands for a `<br>` and for nothing else.
class InlineRenderer {
public:
    /// Both are borrowed. `budget` counts down the bytes of text that may still be read; at zero text is passed over.
    InlineRenderer(const UrlResolver& resolve, std::size_t& budget) : resolve_(resolve), budget_(budget) {}

    /// Appends `node`, a text or an element with all below it. Block elements inside are read as words between spaces.
    void append(std::string& out, HtmlNode node) { append(out, node, Style{}); }
    void appendChildren(std::string& out, HtmlNode node) { appendChildren(out, node, Style{}); }

    /// `![alt](url)`, or empty for an image that says nothing: no alt text, a pixel, inline data.
    std::string image(HtmlNode node) const;

private:
    struct Style {
        bool strong = false;
        bool emphasis = false;
        bool strike = false;
        bool link = false;
    };

    void append(std::string& out, HtmlNode node, Style style);
    void appendChildren(std::string& out, HtmlNode node, Style style);
    void appendText(std::string& out, std::string_view text);
    void appendMarked(std::string& out, HtmlNode node, std::string_view mark, Style inner);
    void appendLink(std::string& out, HtmlNode node, Style style);
    void appendCode(std::string& out, HtmlNode node);

    const UrlResolver& resolve_;
    std::size_t& budget_;
};

/// Elements whose content is never text for a reader.
bool isSilentElement(std::string_view name);

}  // namespace stepd::website
