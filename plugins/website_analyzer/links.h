#pragma once

#include <string>
#include <vector>

#include "website_analyzer/html_document.h"

namespace stepd::website {

struct Link {
    std::string url;            ///< absolute, http or https, not normalised
    std::string text;           ///< what it reads as, white space collapsed; may be empty
    bool inNavigation = false;  ///< inside `<nav>`, `<header>` or their ARIA roles
};

/// The address that relative links of a page resolve against: `<base href>` if there is one, else the page's own.
std::string baseOf(const HtmlDocument& page, const std::string& pageUrl);

/// `a`, `area` and `link rel=alternate hreflang` that lead to other pages, in document order, at most kMaxLinks. Left
/// out: other schemes, fragments of the page itself, `rel=nofollow`, `download`.
std::vector<Link> linksOf(const HtmlDocument& page, const std::string& pageUrl);
inline constexpr std::size_t kMaxLinks = 5000;

/// True if `word` is one of the words of a space-separated list such as `rel` or `class`, whatever its case.
bool hasWord(std::string_view list, std::string_view word);

}  // namespace stepd::website
