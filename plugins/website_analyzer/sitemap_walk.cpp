#include "website_analyzer/sitemap_walk.h"

#include <deque>
#include <set>

#include "website_analyzer/sitemap.h"

namespace stepd::website {

namespace {

constexpr std::size_t kMaxFiles = 10;
constexpr int kMaxDepth = 3;

struct Step {
    url::Url url;
    int depth = 1;
    bool guessed = false;  ///< one of the usual places: the first that exists is enough
};

std::deque<Step> firstSteps(Fetcher& fetcher, const Site& site) {
    std::deque<Step> steps;
    const std::string origin = site.seed().origin();
    for (const std::string& address : fetcher.robotsOf(site.seed()).rules.sitemaps()) {
        const auto url = parseLink(url::resolve(origin + '/', address));
        if (url && site.contains(*url)) steps.push_back({*url, 1, false});
    }
    if (!steps.empty()) return steps;
    for (const char* path : {"/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml", "/sitemap.xml.gz"})
        if (const auto url = parseLink(origin + path)) steps.push_back({*url, 1, true});
    return steps;
}

}  // namespace

std::vector<std::string> readSitemaps(Fetcher& fetcher, const Site& site, Candidates& candidates) {
    std::vector<std::string> useful;
    std::set<std::string> seen;
    std::size_t files = 0;
    std::size_t entries = 0;
    std::deque<Step> steps = firstSteps(fetcher, site);
    while (!steps.empty() && files < kMaxFiles && entries < SitemapLimits{}.maxEntries && !fetcher.stopped()) {
        const Step step = steps.front();
        steps.pop_front();
        if (step.guessed && !useful.empty()) continue;
        if (!seen.insert(step.url.text()).second || !fetcher.allowed(step.url)) continue;
        ++files;
        const HttpReply reply = fetcher.fetchFile(step.url, SitemapLimits{}.maxBytes);
        if (!reply.ok()) continue;

        const Sitemap sitemap = parseSitemap(reply.body);
        if (sitemap.entries.empty() && sitemap.children.empty()) continue;
        useful.push_back(step.url.text());
        for (const SitemapEntry& entry : sitemap.entries) {
            ++entries;
            candidates.add(url::resolve(step.url.text(), entry.url));
            for (const std::string& alternate : entry.alternates)
                candidates.add(url::resolve(step.url.text(), alternate));
        }
        if (step.depth >= kMaxDepth) continue;
        for (const std::string& child : orderedChildren(sitemap.children)) {
            const auto url = parseLink(url::resolve(step.url.text(), child));
            if (url && site.contains(*url)) steps.push_back({*url, step.depth + 1, false});
        }
    }
    return useful;
}

}  // namespace stepd::website
