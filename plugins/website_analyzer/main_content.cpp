#include "website_analyzer/main_content.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "website_analyzer/text.h"
#include "website_analyzer/text_weight.h"

namespace stepd::website {

namespace {

constexpr std::size_t kMinRootText = 200;  // characters a <main> or <article> must hold to be believed

template <std::size_t N>
bool isOneOf(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// The words of class and id: letters and digits between anything else, in lower case.
std::vector<std::string> wordsOf(HtmlNode node) {
    std::vector<std::string> words;
    for (const char* attribute : {"class", "id"}) {
        std::string word;
        for (const char c : node.attributeOr(attribute)) {
            if (isAsciiAlnum(c)) {
                word += c;
            } else if (!word.empty()) {
                words.push_back(asciiLower(word));
                word.clear();
            }
        }
        if (!word.empty()) words.push_back(asciiLower(word));
    }
    return words;
}

bool isHidden(HtmlNode node) {
    if (node.attribute("hidden") || node.attributeOr("aria-hidden") == "true") return true;
    std::string style = asciiLower(node.attributeOr("style"));
    std::erase_if(style, [](char c) { return c == ' ' || c == '\t' || c == '\n'; });
    return style.find("display:none") != std::string::npos;
}

bool isInsideContent(HtmlNode node) {
    for (HtmlNode above = node.parent(); above; above = above.parent())
        if (above.is("main") || above.is("article") || above.attributeOr("role") == "main") return true;
    return false;
}

bool isAround(HtmlNode node) {
    constexpr std::array<std::string_view, 6> kRoles{"navigation", "banner",        "contentinfo",
                                                     "search",     "complementary", "dialog"};
    constexpr std::array<std::string_view, 4> kElements{"nav", "footer", "aside", "dialog"};
    if (isOneOf(node.name(), kElements) || isOneOf(node.attributeOr("role"), kRoles)) return true;
    return node.is("header") && !isInsideContent(node);
}

/// Consent, newsletter, share, breadcrumb and skip-link blocks by their class or id.
bool isBoilerplateByWord(HtmlNode node) {
    constexpr std::array<std::string_view, 13> kWords{"cookie",     "cookies",     "consent", "gdpr",      "newsletter",
                                                      "share",      "sharing",     "social",  "subscribe", "popup",
                                                      "breadcrumb", "breadcrumbs", "skiplink"};
    const std::vector<std::string> words = wordsOf(node);
    const auto has = [&](std::string_view word) { return std::find(words.begin(), words.end(), word) != words.end(); };
    return std::any_of(kWords.begin(), kWords.end(), has) || (has("skip") && (has("link") || has("to")));
}

bool isNeverContent(std::string_view name, Noscript noscript) {
    constexpr std::array<std::string_view, 13> kNames{"script",   "style",  "template", "svg",    "canvas",
                                                      "iframe",   "object", "input",    "select", "button",
                                                      "textarea", "audio",  "video"};
    return isOneOf(name, kNames) || (noscript == Noscript::Drop && name == "noscript");
}

/// Step 2 and 3 of the extraction. A box whose class only sounds like boilerplate stays if it holds most of the page.
void prune(HtmlNode body, Noscript noscript) {
    const TextWeights weights(body);
    const std::size_t all = weights.of(body).characters;
    for (HtmlNode node = body.firstChild(); node;) {
        HtmlNode next = node.following(body);
        if (node.isElement()) {
            const bool skeleton = node.is("main") || node.is("article") || node.attributeOr("role") == "main";
            const bool sounds = !skeleton && isBoilerplateByWord(node) && weights.of(node).characters * 2 < all;
            if (isNeverContent(node.name(), noscript) || isHidden(node) || isAround(node) || sounds) {
                next = node.followingSkippingChildren(body);
                node.remove();
            }
        }
        node = next;
    }
}

/// The only element that matches, if it holds enough of the page to be what it claims.
template <class Matches>
HtmlNode onlyWithText(HtmlNode body, const TextWeights& weights, Matches matches) {
    HtmlNode found;
    for (HtmlNode node = body.firstChild(); node; node = node.following(body)) {
        if (!matches(node)) continue;
        if (found) return {};
        found = node;
    }
    const std::size_t characters = weights.of(found).characters;
    return characters >= kMinRootText && characters * 4 >= weights.of(body).characters ? found : HtmlNode{};
}

int nameWeight(HtmlNode node) {
    constexpr std::array<std::string_view, 8> kGood{"article", "body", "content", "entry",
                                                    "main",    "page", "post",    "text"};
    constexpr std::array<std::string_view, 10> kBad{"sidebar", "comment", "comments", "footer", "menu",
                                                    "nav",     "promo",   "related",  "widget", "banner"};
    int weight = 0;
    for (const std::string& word : wordsOf(node)) weight += isOneOf(word, kGood) ? 5 : isOneOf(word, kBad) ? -5 : 0;
    return std::clamp(weight, -5, 5);
}

bool isTextBlock(HtmlNode node) {
    constexpr std::array<std::string_view, 6> kBlocks{"p", "pre", "td", "blockquote", "li", "dd"};
    constexpr std::array<std::string_view, 4> kBoxes{"div", "section", "article", "main"};
    if (isOneOf(node.name(), kBlocks)) return true;
    if (!isOneOf(node.name(), kBoxes)) return false;
    for (HtmlNode child = node.firstChild(); child; child = child.next())
        if (child.isText() && trimmed(child.characters()).size() >= 25) return true;
    return false;
}

/// Step 4 where no element claims to be the content: each block of text speaks for its parent and half for the one
/// above.
HtmlNode bestByScore(HtmlNode body, const TextWeights& weights) {
    std::unordered_map<const void*, double> scores;
    for (HtmlNode node = body.firstChild(); node; node = node.following(body)) {
        if (!isTextBlock(node)) continue;
        const TextWeight& weight = weights.of(node);
        if (weight.characters < 25) continue;
        const double length = static_cast<double>(weight.characters) / 100;
        double score = 1 + static_cast<double>(weight.commas) + std::min(length, 3.0) + nameWeight(node);
        score *= 1 - weight.linkDensity();
        scores[node.parent().id()] += score;
    }

    // What each element holds in all, children before parents: the reverse of document order.
    std::vector<HtmlNode> order{body};
    for (HtmlNode node = body.firstChild(); node; node = node.following(body))
        if (node.isElement()) order.push_back(node);
    std::unordered_map<const void*, double> held;
    for (auto node = order.rbegin(); node != order.rend(); ++node) {
        const auto own = scores.find(node->id());
        const double total = held[node->id()] += own == scores.end() ? 0 : std::max(0.0, own->second);
        if (*node != body) held[node->parent().id()] += total;
    }

    HtmlNode best = body;
    const double enough = held[body.id()] * 0.8;
    if (enough <= 0) return body;
    for (HtmlNode child = best.firstChild(); child;) {
        const bool descends = child.isElement() && held[child.id()] >= enough;
        if (descends) best = child;
        child = descends ? child.firstChild() : child.next();
    }
    return best;
}

/// Step 5: short blocks that are mostly links.
void dropLinkLists(HtmlNode root) {
    constexpr std::array<std::string_view, 7> kBlocks{"div", "ul", "ol", "section", "p", "table", "dl"};
    const TextWeights weights(root);
    for (HtmlNode node = root.firstChild(); node;) {
        HtmlNode next = node.following(root);
        const TextWeight& weight = weights.of(node);
        if (isOneOf(node.name(), kBlocks) && weight.characters < 200 && weight.linkDensity() > 0.6) {
            next = node.followingSkippingChildren(root);
            node.remove();
        }
        node = next;
    }
}

}  // namespace

HtmlNode mainContent(HtmlDocument& page, Noscript noscript) {
    const HtmlNode body = page.find("body");
    if (!body) return {};
    prune(body, noscript);

    const TextWeights weights(body);
    HtmlNode root = onlyWithText(body, weights,
                                 [](HtmlNode node) { return node.is("main") || node.attributeOr("role") == "main"; });
    if (!root) root = onlyWithText(body, weights, [](HtmlNode node) { return node.is("article"); });
    if (!root) root = bestByScore(body, weights);
    dropLinkLists(root);
    return root;
}

ScriptDependence scriptDependence(const HtmlDocument& page) {
    constexpr std::array<std::string_view, 7> kRoots{"root",      "app",    "__next",     "__nuxt",
                                                     "___gatsby", "svelte", "application"};
    ScriptDependence out;
    const HtmlNode body = page.find("body");
    bool appRoot = false;
    bool scripts = page.find("script") ? true : false;
    for (HtmlNode node = body; node;) {
        const bool silent = node.is("script") || node.is("style") || node.is("noscript") || node.is("template");
        appRoot = appRoot || isOneOf(node.attributeOr("id"), kRoots) || node.is("app-root") ||
                  node.attribute("data-reactroot") || node.attribute("ng-app") ||
                  node.attribute("data-server-rendered");
        if (node.isText()) out.characters += countCharacters(collapsed(node.characters()));
        node = silent ? node.followingSkippingChildren(body) : node.following(body);
    }
    out.required = out.characters < 200 && appRoot && scripts;
    return out;
}

}  // namespace stepd::website
