#include "website_analyzer/links.h"

#include "url/url.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

bool isNavigation(HtmlNode node) {
    const std::string_view role = node.attributeOr("role");
    return node.is("nav") || node.is("header") || role == "navigation" || role == "banner";
}

bool isLink(HtmlNode node) {
    if (!node.attribute("href") || node.attribute("download")) return false;
    const std::string_view rel = node.attributeOr("rel");
    if (node.is("a") || node.is("area")) return !hasWord(rel, "nofollow");
    return node.is("link") && hasWord(rel, "alternate") && node.attribute("hreflang").has_value();
}

std::string textOf(HtmlNode node) {
    std::string text = collapsed(node.text());
    if (text.empty()) text = collapsed(node.attributeOr("aria-label"));
    if (text.empty()) text = collapsed(node.attributeOr("title"));
    return std::string(prefixOf(text, 200));
}

}  // namespace

bool hasWord(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const std::size_t start = list.find_first_not_of(" \t\r\n\f");
        if (start == std::string_view::npos) return false;
        list.remove_prefix(start);
        const std::size_t end = std::min(list.find_first_of(" \t\r\n\f"), list.size());
        if (equalsIgnoringCase(list.substr(0, end), word)) return true;
        list.remove_prefix(end);
    }
    return false;
}

std::string baseOf(const HtmlDocument& page, const std::string& pageUrl) {
    const std::string_view href = trimmed(page.find("base").attributeOr("href"));
    const std::string base = href.empty() ? std::string{} : url::resolve(pageUrl, href);
    return base.empty() ? pageUrl : base;
}

std::vector<Link> linksOf(const HtmlDocument& page, const std::string& pageUrl) {
    std::vector<Link> links;
    const std::string base = baseOf(page, pageUrl);
    const HtmlNode root = page.root();
    const void* navigation = nullptr;  // the outermost one that we are in
    HtmlNode navigationEnd;
    for (HtmlNode node = root; node && links.size() < kMaxLinks; node = node.following(root)) {
        if (navigation != nullptr && node == navigationEnd) navigation = nullptr;
        if (navigation == nullptr && isNavigation(node)) {
            navigation = node.id();
            navigationEnd = node.followingSkippingChildren(root);
        }
        if (!isLink(node)) continue;
        const std::string_view href = trimmed(node.attributeOr("href"));
        if (href.empty() || href.starts_with('#') || href.size() > 4096) continue;
        std::string target = url::resolve(base, href);
        if (!target.empty()) links.push_back({std::move(target), textOf(node), navigation != nullptr});
    }
    return links;
}

}  // namespace stepd::website
