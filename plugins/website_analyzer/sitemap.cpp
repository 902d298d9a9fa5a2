#include "website_analyzer/sitemap.h"

#include <libxml/parser.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>

#include "website_analyzer/gunzip.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxText = 4096;  // of one element: longer than any URL we would take

/// Receives libxml2's SAX events. Elements are told apart by their parent, so `image:loc` is not taken for a page.
class SitemapReader {
public:
    SitemapReader(Sitemap& out, const SitemapLimits& limits) : out_(out), limits_(limits) {}

    void read(std::string_view xml);

private:
    static std::string_view text(const xmlChar* chars) {
        return chars == nullptr ? std::string_view{} : reinterpret_cast<const char*>(chars);
    }
    static SitemapReader& self(void* parser) {
        return *static_cast<SitemapReader*>(static_cast<xmlParserCtxtPtr>(parser)->_private);
    }

    void open(std::string_view name, const xmlChar** attributes, int count);
    void close(std::string_view name);
    void characters(std::string_view chars);
    void takeLink(const xmlChar** attributes, int count);
    void finishEntry();
    void stop() { xmlStopParser(parser_); }

    std::string_view parent() const { return path_.size() < 2 ? std::string_view{} : path_[path_.size() - 2]; }
    bool isEntry(std::string_view name) const { return name == "url" || name == "item" || name == "entry"; }

    Sitemap& out_;
    const SitemapLimits& limits_;
    xmlParserCtxtPtr parser_ = nullptr;
    std::vector<std::string> path_;
    std::string text_;
    SitemapEntry entry_;
};

void SitemapReader::open(std::string_view name, const xmlChar** attributes, int count) {
    if (path_.size() >= kMaxDepth) {
        out_.broken = true;
        return stop();
    }
    path_.emplace_back(name);
    text_.clear();
    if (isEntry(name)) entry_ = {};
    if (name == "link" && isEntry(parent())) takeLink(attributes, count);
}

/// libxml2 gives five pointers an attribute: name, prefix, namespace, begin and end of the value.
void SitemapReader::takeLink(const xmlChar** attributes, int count) {
    std::string_view href;
    std::string_view rel;
    for (int i = 0; i < count; ++i) {
        const xmlChar** attribute = attributes + i * 5;
        const auto length = static_cast<std::size_t>(attribute[4] - attribute[3]);
        const std::string_view value(reinterpret_cast<const char*>(attribute[3]), length);
        if (text(attribute[0]) == "href") href = value;
        if (text(attribute[0]) == "rel") rel = value;
    }
    if (href.empty()) return;
    const bool atom = parent() == "entry";
    if (atom && (rel.empty() || rel == "alternate")) entry_.url = href;
    if (!atom && rel == "alternate" && entry_.alternates.size() < 50) entry_.alternates.emplace_back(href);
}

void SitemapReader::characters(std::string_view chars) {
    if (text_.size() + chars.size() <= kMaxText) text_ += chars;
}

void SitemapReader::close(std::string_view name) {
    const std::string_view value = trimmed(text_);
    if (parent() == "sitemap" && name == "loc") {
        if (out_.children.size() < limits_.maxEntries) out_.children.emplace_back(value);
    } else if ((parent() == "url" && name == "loc") || (parent() == "item" && name == "link")) {
        entry_.url = value;
    } else if (name == "lastmod" || name == "updated" || name == "pubDate") {
        if (isEntry(parent())) entry_.lastModified = value;
    } else if (parent() == "url" && name == "priority") {
        double priority = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), priority);
        if (error == std::errc{} && priority >= 0 && priority <= 1) entry_.priority = priority;
    } else if (isEntry(name)) {
        finishEntry();
    }
    text_.clear();
    if (!path_.empty()) path_.pop_back();
}

void SitemapReader::finishEntry() {
    if (!entry_.url.empty()) out_.entries.push_back(std::move(entry_));
    entry_ = {};
    if (out_.entries.size() >= limits_.maxEntries) stop();
}

void SitemapReader::read(std::string_view xml) {
    // A document type ends the reading: libxml2 would keep its entities even where no handler asks for them.
    xmlSAXHandler handler{};
    handler.initialized = XML_SAX2_MAGIC;
    handler.internalSubset = [](void* ctx, const xmlChar*, const xmlChar*, const xmlChar*) {
        self(ctx).out_.broken = true;
        self(ctx).stop();
    };
    handler.startElementNs = [](void* ctx, const xmlChar* name, const xmlChar*, const xmlChar*, int, const xmlChar**,
                                int count, int,
                                const xmlChar** attributes) { self(ctx).open(text(name), attributes, count); };
    handler.endElementNs = [](void* ctx, const xmlChar* name, const xmlChar*, const xmlChar*) {
        self(ctx).close(text(name));
    };
    handler.characters = [](void* ctx, const xmlChar* chars, int length) {
        self(ctx).characters({reinterpret_cast<const char*>(chars), static_cast<std::size_t>(length)});
    };
    handler.cdataBlock = handler.characters;

    const std::unique_ptr<xmlParserCtxt, void (*)(xmlParserCtxtPtr)> parser(
        xmlCreatePushParserCtxt(&handler, nullptr, nullptr, 0, nullptr), &xmlFreeParserCtxt);
    if (!parser) throw std::bad_alloc();
    parser_ = parser.get();
    parser_->_private = this;
    xmlCtxtUseOptions(parser_, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);

    constexpr std::size_t kChunk = 16U << 10;
    for (std::size_t at = 0; at < xml.size(); at += kChunk) {
        const std::string_view chunk = xml.substr(at, kChunk);
        if (xmlParseChunk(parser_, chunk.data(), static_cast<int>(chunk.size()), 0) != 0) break;
    }
    xmlParseChunk(parser_, nullptr, 0, 1);
    const bool full = out_.entries.size() >= limits_.maxEntries;
    if (parser_->wellFormed == 0 && !full) out_.broken = true;
    if (parser_->myDoc != nullptr) xmlFreeDoc(parser_->myDoc);
    parser_->myDoc = nullptr;
}

void readPlainText(std::string_view text, const SitemapLimits& limits, Sitemap& out) {
    while (!text.empty() && out.entries.size() < limits.maxEntries) {
        const std::size_t end = text.find_first_of("\r\n");
        const std::string_view line = trimmed(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const bool address = startsWithIgnoringCase(line, "http://") || startsWithIgnoringCase(line, "https://");
        if (address && line.size() <= kMaxText) out.entries.emplace_back().url = toValidUtf8(line);
    }
}

int childRank(std::string_view url) {
    const std::size_t slash = url.rfind('/');
    const std::string name = asciiLower(slash == std::string_view::npos ? url : url.substr(slash + 1));
    const auto holds = [&](const char* word) { return name.find(word) != std::string::npos; };
    constexpr std::array kFirst{"page", "static", "main", "company"};
    constexpr std::array kLast{"post", "product", "tag", "author", "image", "video", "categor", "news"};
    if (std::any_of(kLast.begin(), kLast.end(), holds)) return 2;
    return std::any_of(kFirst.begin(), kFirst.end(), holds) ? 0 : 1;
}

}  // namespace

Sitemap parseSitemap(std::string_view bytes, const SitemapLimits& limits) {
    Sitemap out;
    Gunzipped unpacked;
    if (isGzip(bytes)) {
        unpacked = gunzip(bytes, limits.maxBytes);
        out.broken = unpacked.truncated;
        bytes = unpacked.bytes;
    } else if (bytes.size() > limits.maxBytes) {
        out.broken = true;
        bytes = bytes.substr(0, limits.maxBytes);
    }
    // Some generators write a blank line first, which no XML parser may accept before a declaration.
    const std::string_view body = trimmed(bytes);
    const std::string_view plain = body.starts_with("\xEF\xBB\xBF") ? body.substr(3) : body;
    const bool utf16 = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
    if (plain.starts_with('<') || utf16)
        SitemapReader(out, limits).read(utf16 ? bytes : plain);
    else
        readPlainText(plain, limits, out);
    return out;
}

std::vector<std::string> orderedChildren(std::vector<std::string> children) {
    std::stable_sort(children.begin(), children.end(),
                     [](const auto& a, const auto& b) { return childRank(a) < childRank(b); });
    return children;
}

}  // namespace stepd::website
