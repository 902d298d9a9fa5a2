#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace stepd::website {

struct SitemapEntry {
    std::string url;                      ///< as written: the caller resolves it against the sitemap's own address
    std::string lastModified;             ///< as written, or empty
    double priority = 0.5;                ///< the protocol's default (sitemaps.org)
    std::vector<std::string> alternates;  ///< `xhtml:link rel=alternate`, the same page in other languages
};

/// What one sitemap file says: pages, other sitemaps, or both where the file is odd.
struct Sitemap {
    std::vector<SitemapEntry> entries;
    std::vector<std::string> children;  ///< locations of a `sitemapindex`
    bool broken = false;                ///< the file ended early, was cut or malformed: the lists hold what came before
};

struct SitemapLimits {
    std::size_t maxBytes = 10U << 20;  ///< after decompression
    std::size_t maxEntries = 5000;
};

/// Reads a urlset, a sitemapindex, RSS, Atom, or a list of URLs as plain text; gzip is recognised by its magic bytes.
/// No DTD is loaded, no entity is expanded, nothing is fetched. Never throws on bad data.
Sitemap parseSitemap(std::string_view bytes, const SitemapLimits& limits = {});

/// Children in the order worth fetching: names like page, static, main, company first; post, product, tag, author,
/// image last.
std::vector<std::string> orderedChildren(std::vector<std::string> children);

}  // namespace stepd::website
