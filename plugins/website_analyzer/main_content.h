#pragma once

#include <cstddef>

#include "website_analyzer/html_document.h"

namespace stepd::website {

/// Whether `<noscript>` is part of the page: it is where scripts would have written the text.
enum class Noscript { Drop, Keep };

/// Removes from the page what no reader would call its content (scripts, hidden parts, navigation, footers, consent and
/// newsletter boxes, lists of links), and returns the node that holds the rest: the only `<main>`, the only
/// `<article>`, or the block that has the text. Null for a page without a body. Read links and metadata before.
HtmlNode mainContent(HtmlDocument& page, Noscript noscript);

/// Visible characters of the page, and whether scripts would fill it: an application's root element stands nearly
/// empty.
struct ScriptDependence {
    std::size_t characters = 0;
    bool required = false;
};
ScriptDependence scriptDependence(const HtmlDocument& page);

}  // namespace stepd::website
