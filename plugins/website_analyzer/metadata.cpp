#include "website_analyzer/metadata.h"

#include <charconv>
#include <set>

#include "url/url.h"
#include "website_analyzer/links.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

constexpr std::size_t kMaxValue = 2000;  // bytes of one value: more is no metadata
constexpr std::size_t kMaxEntries = 50;

std::string valueOf(std::string_view text) {
    return std::string(prefixOf(collapsed(text.substr(0, 4 * kMaxValue)), kMaxValue));
}

void setOnce(std::string& field, std::string value) {
    if (field.empty()) field = std::move(value);
}

/// Reads one page in one walk.
class MetadataReader {
public:
    MetadataReader(const HtmlDocument& page, const std::string& pageUrl, std::string_view productToken)
        : page_(page), base_(baseOf(page, pageUrl)), productToken_(productToken) {}

    PageMetadata read();

private:
    void take(HtmlNode node);
    void takeMeta(HtmlNode node);
    void takeNamed(const std::string& name, const std::string& content);
    void takeLink(HtmlNode node);

    const HtmlDocument& page_;
    const std::string base_;
    const std::string_view productToken_;
    PageMetadata out_;
    std::set<std::string> canonicals_;
    std::string metaDescription_;
};

void MetadataReader::take(HtmlNode node) {
    if (node.is("html")) {
        setOnce(out_.language, valueOf(node.attributeOr("lang")));
        setOnce(out_.language, valueOf(node.attributeOr("xml:lang")));
    } else if (node.is("title") && !node.parent().is("svg")) {
        setOnce(out_.documentTitle, valueOf(node.text()));
    } else if (node.is("h1")) {
        setOnce(out_.heading, valueOf(node.text()));
    } else if (node.is("meta")) {
        takeMeta(node);
    } else if (node.is("link")) {
        takeLink(node);
    } else if (node.is("script") && startsWithIgnoringCase(trimmed(node.attributeOr("type")), "application/ld+json")) {
        const HtmlNode text = node.firstChild();
        if (text && out_.jsonLd.size() < kMaxEntries) out_.jsonLd.emplace_back(text.characters());
    } else if (node.is("time") && node.attribute("datetime")) {
        const bool published = node.attribute("pubdate") || node.attributeOr("itemprop") == "datePublished";
        if (published) setOnce(out_.published, valueOf(node.attributeOr("datetime")));
    }
}

void MetadataReader::takeMeta(HtmlNode node) {
    const std::string content = valueOf(node.attributeOr("content"));
    if (equalsIgnoringCase(node.attributeOr("http-equiv"), "refresh")) {
        if (const auto target = refreshTarget(content); target && out_.refresh.empty())
            out_.refresh = url::resolve(base_, *target);
        return;
    }
    std::string name = asciiLower(trimmed(node.attributeOr("property")));
    if (name.empty()) name = asciiLower(trimmed(node.attributeOr("name")));
    if (name.empty()) name = asciiLower(trimmed(node.attributeOr("itemprop")));
    if (!name.empty() && !content.empty()) takeNamed(name, content);
}

void MetadataReader::takeNamed(const std::string& name, const std::string& content) {
    if (name.starts_with("og:") && out_.openGraph.size() < kMaxEntries) {
        out_.openGraph.emplace(name.substr(3), content);
    } else if (name.starts_with("twitter:") && out_.twitter.size() < kMaxEntries) {
        out_.twitter.emplace(name.substr(8), content);
    } else if (name == "description") {
        setOnce(metaDescription_, content);
    } else if (name == "author" || name == "article:author") {
        setOnce(out_.author, content);
    } else if (name == "article:published_time" || name == "datepublished" || name == "date") {
        setOnce(out_.published, content);
    } else if (name == "article:modified_time" || name == "datemodified" || name == "last-modified") {
        setOnce(out_.modified, content);
    } else if (name == "tdm-reservation") {
        out_.tdmReserved = out_.tdmReserved || content == "1";
    } else if (name == "robots" || name == asciiLower(productToken_)) {
        const RobotsDirectives directives = robotsDirectives(content);
        out_.nofollow = out_.nofollow || directives.nofollow;
        out_.noindex = out_.noindex || directives.noindex;
    }
}

void MetadataReader::takeLink(HtmlNode node) {
    const std::string_view rel = node.attributeOr("rel");
    const std::string_view href = trimmed(node.attributeOr("href"));
    if (href.empty() || href.size() > 4096) return;
    if (hasWord(rel, "canonical")) {
        // Only one in the head counts: anything in the body may come from a visitor.
        for (HtmlNode above = node.parent(); above; above = above.parent())
            if (above.is("head")) canonicals_.insert(url::resolve(base_, href));
    } else if (hasWord(rel, "icon")) {
        setOnce(out_.icon, url::resolve(base_, href));
    } else if (hasWord(rel, "alternate") && out_.feeds.size() < kMaxEntries) {
        const std::string_view type = node.attributeOr("type");
        if (type == "application/rss+xml" || type == "application/atom+xml")
            out_.feeds.push_back(url::resolve(base_, href));
    }
}

PageMetadata MetadataReader::read() {
    const HtmlNode root = page_.root();
    for (HtmlNode node = root; node; node = node.following(root)) take(node);

    const auto openGraph = [&](const char* name) {
        const auto found = out_.openGraph.find(name);
        return found == out_.openGraph.end() ? std::string{} : found->second;
    };
    out_.title = openGraph("title");
    setOnce(out_.title, out_.documentTitle);
    setOnce(out_.title, out_.heading);
    out_.description = metaDescription_;
    setOnce(out_.description, openGraph("description"));
    setOnce(out_.language, openGraph("locale"));
    if (canonicals_.size() == 1) out_.canonical = *canonicals_.begin();
    return std::move(out_);
}

}  // namespace

PageMetadata metadataOf(const HtmlDocument& page, const std::string& pageUrl, std::string_view productToken) {
    return MetadataReader(page, pageUrl, productToken).read();
}

std::optional<std::string> refreshTarget(std::string_view value) {
    value = trimmed(value);
    double delay = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), delay);
    if (error != std::errc{} || !(delay <= 5)) return std::nullopt;
    value.remove_prefix(static_cast<std::size_t>(end - value.data()));
    value = value.substr(std::min(value.find_first_not_of(" ;,\t"), value.size()));
    if (!startsWithIgnoringCase(value, "url")) return std::nullopt;
    value = trimmed(value.substr(3));
    if (!value.starts_with('=')) return std::nullopt;
    value = trimmed(value.substr(1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\''))
        value = value.substr(1, value.find(value.front(), 1) - 1);
    return value.empty() ? std::nullopt : std::optional<std::string>(value);
}

RobotsDirectives robotsDirectives(std::string_view value) {
    RobotsDirectives out;
    while (!value.empty()) {
        const std::size_t comma = std::min(value.find(','), value.size());
        const std::string_view word = trimmed(value.substr(0, comma));
        value.remove_prefix(std::min(comma + 1, value.size()));
        const bool none = equalsIgnoringCase(word, "none");
        out.nofollow = out.nofollow || none || equalsIgnoringCase(word, "nofollow");
        out.noindex = out.noindex || none || equalsIgnoringCase(word, "noindex");
    }
    return out;
}

}  // namespace stepd::website
