#include "website_analyzer/page_content.h"

#include <algorithm>
#include <array>

#include "url/host.h"
#include "url/url.h"
#include "website_analyzer/charset.h"
#include "website_analyzer/html_document.h"
#include "website_analyzer/html_guard.h"
#include "website_analyzer/main_content.h"
#include "website_analyzer/markdown_escape.h"
#include "website_analyzer/site.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

constexpr std::size_t kMaxVisibleText = 64U << 10;

template <std::size_t N>
bool holdsOneOf(std::string_view text, const std::array<std::string_view, N>& phrases) {
    return std::any_of(phrases.begin(), phrases.end(),
                       [&](std::string_view phrase) { return text.find(phrase) != std::string_view::npos; });
}

/// What can be had from a page that is too hostile for a tree: its text, line by line.
void readDegraded(std::string_view html, PageContent& out) {
    out.warnings.push_back("html_degraded");
    const std::string text = strippedText(html.substr(0, kMaxHtmlBytes));
    out.visibleText = prefixOf(collapsed(prefixOf(text, 2 * kMaxVisibleText)), kMaxVisibleText);
    for (std::string_view rest = prefixOf(text, kMaxMarkdownSource); !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        if (end > 0) out.blocks.push_back(escapedLineStart(escapedInline(rest.substr(0, end))));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

std::string visibleTextOf(const HtmlDocument& page) {
    std::string text;
    const HtmlNode body = page.find("body");
    for (HtmlNode node = body; node && text.size() < 2 * kMaxVisibleText;) {
        if (node.isText()) text += ' ' + std::string(prefixOf(node.characters(), kMaxVisibleText));
        const bool silent = node.is("script") || node.is("style") || node.is("template") || node.is("noscript");
        node = silent ? node.followingSkippingChildren(body) : node.following(body);
    }
    return std::string(prefixOf(collapsed(text), kMaxVisibleText));
}

/// Links in Markdown are normalised like all others, but keep their fragment and what else a reader may need.
UrlResolver resolverFor(const std::string& base) {
    return [base](std::string_view reference) -> std::string {
        if (startsWithIgnoringCase(reference, "mailto:") || startsWithIgnoringCase(reference, "tel:"))
            return std::string(reference.substr(0, 500));
        if (reference.size() > 2083) return {};
        const std::string absolute = url::resolve(base, reference);
        const auto url = absolute.empty() ? std::nullopt : parseLink(absolute);
        return url ? url->text() : std::string{};
    };
}

}  // namespace

std::size_t PageContent::words() const {
    std::size_t count = 0;
    for (const std::string& block : blocks) count += countWords(block);
    return count;
}

PageContent readPage(std::string_view bytes, std::string_view contentType, const std::string& url,
                     std::string_view productToken) {
    PageContent out;
    const DecodedText decoded = decodeHtml(bytes, contentType);
    out.charset = decoded.charset;
    if (decoded.replacements > 0) out.warnings.push_back("invalid_characters");

    std::optional<HtmlDocument> page = HtmlDocument::parse(decoded.text);
    if (!page) {
        readDegraded(decoded.text, out);
        return out;
    }
    out.metadata = metadataOf(*page, url, productToken);
    out.jsonLd = readJsonLd(out.metadata.jsonLd);
    if (out.jsonLd.broken > 0) out.warnings.push_back("broken_json_ld");
    out.links = linksOf(*page, url);
    out.contacts = contactsOf(*page, url);
    out.visibleText = visibleTextOf(*page);
    out.jsRequired = scriptDependence(*page).required;

    const std::string base = baseOf(*page, url);
    const HtmlNode root = mainContent(*page, out.jsRequired ? Noscript::Keep : Noscript::Drop);
    if (root) out.blocks = toMarkdown(root, resolverFor(base));
    return out;
}

bool isSoft404(const PageContent& page) {
    constexpr std::array<std::string_view, 6> kPhrases{"not found",   "404",           "nicht gefunden",
                                                       "introuvable", "no encontrada", "non trovata"};
    const std::string said = folded(page.metadata.documentTitle) + '\n' + folded(page.metadata.heading);
    return holdsOneOf(said, kPhrases) && page.words() < 100;
}

bool isParked(const PageContent& page) {
    constexpr std::array<std::string_view, 8> kPhrases{
        "domain is for sale",     "domain for sale",          "buy this domain",         "this domain is parked",
        "domain may be for sale", "domain steht zum verkauf", "domain ist zu verkaufen", "parked free, courtesy of"};
    return countWords(page.visibleText) < 80 &&
           holdsOneOf(folded(page.metadata.documentTitle + ' ' + page.visibleText), kPhrases);
}

bool isParkingHost(std::string_view host) {
    constexpr std::array<std::string_view, 12> kHosts{
        "sedoparking.com", "sedo.com",  "bodis.com",     "parkingcrew.net", "hugedomains.com",  "dan.com",
        "afternic.com",    "above.com", "parklogic.com", "undeveloped.com", "domainmarket.com", "cashparking.com"};
    const std::string domain = url::registrableDomain(host);
    return std::find(kHosts.begin(), kHosts.end(), domain) != kHosts.end();
}

bool isChallengeTitle(std::string_view title) {
    constexpr std::array<std::string_view, 5> kTitles{"just a moment...", "attention required! | cloudflare",
                                                      "verifying you are human", "ddos-guard", "access denied | "};
    return holdsOneOf(folded(title), kTitles);
}

}  // namespace stepd::website
