#pragma once

#include <cstddef>
#include <unordered_map>

#include "website_analyzer/html_document.h"

namespace stepd::website {

/// How much text stands below a node, and how much of it is links.
struct TextWeight {
    std::size_t characters = 0;  ///< white space collapsed, so it does not count
    std::size_t linkCharacters = 0;
    std::size_t commas = 0;

    double linkDensity() const {
        return characters == 0 ? 0 : static_cast<double>(linkCharacters) / static_cast<double>(characters);
    }
};

/// Weights of all elements below a root, counted in one walk. They do not follow later changes of the tree.
class TextWeights {
public:
    explicit TextWeights(HtmlNode root);
    /// Zero for text nodes, null and nodes elsewhere.
    const TextWeight& of(HtmlNode node) const;

private:
    std::unordered_map<const void*, TextWeight> weights_;
};

}  // namespace stepd::website
