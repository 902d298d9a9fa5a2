#include "website_analyzer/text_weight.h"

#include <algorithm>
#include <vector>

#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

TextWeight weigh(std::string_view text, bool insideLink) {
    TextWeight weight;
    weight.characters = countCharacters(collapsed(text));
    weight.linkCharacters = insideLink ? weight.characters : 0;
    weight.commas = static_cast<std::size_t>(std::count(text.begin(), text.end(), ','));
    return weight;
}

}  // namespace

TextWeights::TextWeights(HtmlNode root) {
    std::vector<HtmlNode> order;
    for (HtmlNode node = root; node; node = node.following(root)) order.push_back(node);
    // Links are rarely nested, so the walk carries the one it is in.
    HtmlNode link;
    HtmlNode afterLink;
    for (const HtmlNode node : order) {
        if (link && node == afterLink) link = {};
        if (!link && node.is("a")) {
            link = node;
            afterLink = node.followingSkippingChildren(root);
        }
        if (!node.isText()) continue;
        const HtmlNode parent = node.parent();
        if (parent.is("script") || parent.is("style") || parent.is("template")) continue;
        const TextWeight weight = weigh(node.characters(), static_cast<bool>(link));
        TextWeight& sum = weights_[parent.id()];
        sum.characters += weight.characters;
        sum.linkCharacters += weight.linkCharacters;
        sum.commas += weight.commas;
    }
    for (auto node = order.rbegin(); node != order.rend(); ++node) {
        if (!node->isElement() || *node == root) continue;
        const TextWeight weight = weights_[node->id()];
        TextWeight& sum = weights_[node->parent().id()];
        sum.characters += weight.characters;
        sum.linkCharacters += weight.linkCharacters;
        sum.commas += weight.commas;
    }
}

const TextWeight& TextWeights::of(HtmlNode node) const {
    static const TextWeight kNone;
    const auto found = node.isElement() ? weights_.find(node.id()) : weights_.end();
    return found == weights_.end() ? kNone : found->second;
}

}  // namespace stepd::website
