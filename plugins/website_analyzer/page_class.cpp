#include "website_analyzer/page_class.h"

#include <algorithm>
#include <array>
#include <optional>

#include "url/percent.h"
#include "website_analyzer/segment_words.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

struct ClassTraits {
    PageClass pageClass;
    int score;
    std::string_view name;
    std::string_view category;
};

// clang-format off
constexpr std::array<ClassTraits, 19> kClasses{{
    {PageClass::Home,      100, "home",      "other"},
    {PageClass::About,      95, "about",     "leadership"},
    {PageClass::Team,       90, "team",      "leadership"},
    {PageClass::Product,    85, "product",   "products"},
    {PageClass::Strategy,   80, "strategy",  "strategy"},
    {PageClass::Pricing,    78, "pricing",   "products"},
    {PageClass::Culture,    75, "culture",   "culture"},
    {PageClass::Imprint,    72, "imprint",   "other"},
    {PageClass::Customers,  70, "customers", "customers"},
    {PageClass::Investors,  65, "investors", "financials"},
    {PageClass::News,       65, "news",      "financials"},
    {PageClass::Careers,    60, "careers",   "culture"},
    {PageClass::Contact,    55, "contact",   "other"},
    {PageClass::Unknown,    40, "unknown",   "other"},
    {PageClass::Blog,       50, "blog",      "culture"},
    {PageClass::Support,    25, "support",   "other"},
    {PageClass::Legal,      10, "legal",     "other"},
    {PageClass::Listing,     5, "listing",   "other"},
    {PageClass::Excluded,    0, "excluded",  "other"},
}};
// clang-format on

constexpr int kBlogPost = 30;

const ClassTraits& traitsOf(PageClass pageClass) {
    return kClasses[static_cast<std::size_t>(pageClass)];
}

/// A first segment of these decides alone: what lies below is one of many.
bool isContainer(PageClass pageClass) {
    return pageClass == PageClass::Blog || pageClass == PageClass::News || pageClass == PageClass::Support ||
           pageClass == PageClass::Careers || pageClass == PageClass::Legal;
}

bool isDigits(std::string_view text, std::size_t size) {
    return text.size() == size && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool isYear(std::string_view segment) {
    return isDigits(segment, 4) && segment.starts_with("20");
}

std::vector<std::string> segmentsOf(std::string_view path) {
    std::vector<std::string> segments;
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        const std::string_view part = path.substr(0, slash);
        path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
        if (!part.empty()) segments.push_back(url::percentDecode(part));
    }
    if (!segments.empty()) {
        std::string& last = segments.back();
        const std::size_t dot = last.rfind('.');
        if (dot != std::string::npos && dot > 0) last.resize(dot);
    }
    return segments;
}

struct Match {
    PageClass pageClass;
    std::size_t segment;
    bool bySubdomain = false;
};

/// The class that the segments give, if any does.
std::optional<Match> classify(const std::vector<std::string>& segments, std::string_view subdomain,
                              std::string_view label) {
    // A subdomain's name counts as a segment before the first.
    const std::string host(subdomain.substr(0, subdomain.find('.')));
    const auto byHost = host.empty() || host == "www" ? std::nullopt : classOfSegment(host, label);
    std::optional<Match> found;
    if (byHost && *byHost != PageClass::Excluded) found = Match{*byHost, 0, true};
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (folded(segments[i]) == "events" && i == 0) return std::nullopt;
        const bool numbered = folded(segments[i]) == "page" && i + 1 < segments.size() &&
                              segments[i + 1].find_first_not_of("0123456789") == std::string::npos;
        const auto pageClass = numbered ? PageClass::Listing : classOfSegment(segments[i], label);
        if (!pageClass) continue;
        if (*pageClass == PageClass::Excluded) return Match{PageClass::Excluded, i};
        if (found && (isContainer(found->pageClass) && found->segment == 0) && *pageClass != PageClass::Listing)
            continue;
        found = Match{*pageClass, i};
    }
    return found;
}

/// Adds up a score and the words that explain it.
class Score {
public:
    Score(int start, std::string reason) : value_(start), reason_(std::move(reason)) {}
    void change(int by, std::string_view why) {
        if (by == 0) return;
        value_ += by;
        reason_ += ", " + std::string(why);
    }
    int value() const { return std::clamp(value_, 0, 100); }
    std::string reason() const { return reason_; }

private:
    int value_;
    std::string reason_;
};

Score baseScore(const std::optional<Match>& match, const std::vector<std::string>& segments, const PageAddress& page,
                std::string_view label, PageClass& pageClass) {
    pageClass = PageClass::Unknown;
    if (segments.empty() && !match) {
        pageClass = PageClass::Home;
        return {traitsOf(pageClass).score, "the home page"};
    }
    if (match) {
        pageClass = match->pageClass;
        const std::string where = match->bySubdomain ? "subdomain names " : "path names ";
        const bool child = match->bySubdomain ? !segments.empty() : match->segment + 1 < segments.size();
        if (pageClass == PageClass::Blog && child) return {kBlogPost, "a post of the blog"};
        Score score(traitsOf(pageClass).score, where + std::string(traitsOf(pageClass).name));
        const bool collection = pageClass == PageClass::News || pageClass == PageClass::Careers;
        score.change(collection && child ? -20 : 0, "one of many entries");
        return score;
    }
    if (const auto byAnchor = page.anchorText.empty() ? std::nullopt : classOfSegment(page.anchorText, label)) {
        const bool useful = *byAnchor != PageClass::Excluded && *byAnchor != PageClass::Listing;
        if (useful) {
            pageClass = *byAnchor;
            return {traitsOf(pageClass).score - 5, "link text names " + std::string(traitsOf(pageClass).name)};
        }
    }
    return {traitsOf(pageClass).score, "no known segment"};
}

bool isPreferred(std::string_view locale, const SiteTraits& site) {
    const std::string_view language = locale.substr(0, locale.find('-'));
    return std::any_of(
        site.preferredLanguages.begin(), site.preferredLanguages.end(), [&](const std::string& preferred) {
            return equalsIgnoringCase(language, std::string_view(preferred).substr(0, preferred.find('-')));
        });
}

}  // namespace

std::string_view toString(PageClass pageClass) {
    return traitsOf(pageClass).name;
}
std::string_view categoryOf(PageClass pageClass) {
    return traitsOf(pageClass).category;
}

bool isDocumentPath(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    const std::string_view file = slash == std::string_view::npos ? path : path.substr(slash + 1);
    const std::size_t dot = file.rfind('.');
    if (dot == std::string_view::npos) return false;
    const std::string extension = asciiLower(file.substr(dot + 1));
    constexpr std::array<std::string_view, 47> kExtensions{
        "7z",   "apk", "avi", "avif", "bmp", "bz2",  "css",  "csv",  "dmg",  "doc", "docx", "eot",
        "epub", "exe", "gif", "gz",   "ico", "ics",  "iso",  "jar",  "jpeg", "jpg", "js",   "json",
        "mov",  "mp3", "mp4", "ods",  "odt", "pdf",  "png",  "ppt",  "pptx", "rar", "rss",  "svg",
        "tar",  "tgz", "ttf", "txt",  "wav", "webm", "webp", "woff", "xls",  "xml", "zip"};
    return std::binary_search(kExtensions.begin(), kExtensions.end(), std::string_view(extension)) ||
           extension == "xlsx" || extension == "woff2";
}

PageScore scorePage(const PageAddress& page, const SiteTraits& site) {
    PageScore result;
    if (isDocumentPath(page.path)) {
        result.pageClass = PageClass::Excluded;
        result.reason = "not an HTML page by its extension";
        return result;
    }
    std::vector<std::string> segments = segmentsOf(page.path);
    if (!segments.empty()) result.locale = localeOf(segments.front());
    if (!result.locale.empty()) segments.erase(segments.begin());

    const std::optional<Match> match = classify(segments, page.subdomain, site.label);
    if (match && match->pageClass == PageClass::Excluded) {
        result.pageClass = PageClass::Excluded;
        result.reason = "a page for sessions, searches or machines";
        return result;
    }
    Score score = baseScore(match, segments, page, site.label, result.pageClass);
    const int deep = std::max(0, static_cast<int>(segments.size()) - 2);
    score.change(-5 * deep, "deep in the site");
    score.change(page.query.empty() ? 0 : -10, "with a query");
    score.change(page.urlBytes > 120 ? -5 : 0, "a long address");
    score.change(std::any_of(segments.begin(), segments.end(), isYear) ? -15 : 0, "dated");
    const bool otherHost = !page.subdomain.empty() && page.subdomain != "www";
    score.change(otherHost && !(match && match->bySubdomain) ? -10 : 0, "on another subdomain");
    result.foreign =
        !result.locale.empty() && !isPreferred(result.locale, site) && result.pageClass != PageClass::Imprint;
    score.change(result.foreign ? -30 : 0, "in another language");
    score.change(page.inNavigation ? 5 : 0, "in the main navigation");
    result.score = score.value();
    result.reason = score.reason();
    return result;
}

}  // namespace stepd::website
