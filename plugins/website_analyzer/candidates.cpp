#include "website_analyzer/candidates.h"

#include <algorithm>
#include <set>

#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

constexpr std::size_t kMaxDocuments = 100;

/// `/de/about` and `/about` are variants of one page: what they share is the path without its locale.
std::string pathWithoutLocale(const Candidate& candidate) {
    const std::string& path = candidate.url.path;
    if (candidate.score.locale.empty()) return path;
    const std::size_t next = path.find('/', 1);
    return next == std::string::npos ? "/" : path.substr(next);
}

bool ranksBefore(const Candidate& a, const Candidate& b) {
    if (a.score.score != b.score.score) return a.score.score > b.score.score;
    if (a.url.path.size() != b.url.path.size()) return a.url.path.size() < b.url.path.size();
    return a.key < b.key;
}

}  // namespace

Candidates::Candidates(Site site, std::vector<std::string> preferredLanguages)
    : site_(std::move(site)), traits_{.label = site_.label(), .preferredLanguages = std::move(preferredLanguages)} {}

bool Candidates::add(const std::string& absolute, const std::string& anchorText, bool inNavigation) {
    auto url = parseLink(absolute);
    if (url) *url = site_.spelledAsSeed(std::move(*url));
    if (!url || !site_.contains(*url) || isServiceHost(url->host.text)) return false;
    const std::string key = identityKey(*url);
    if (const auto known = byKey_.find(key); known != byKey_.end()) {
        Candidate& candidate = known->second;
        if (candidate.anchorText.empty()) candidate.anchorText = anchorText;
        candidate.inNavigation = candidate.inNavigation || inNavigation;
        return true;
    }
    if (addDocument(*url)) return false;
    if (byKey_.size() >= kMaxCandidates) return false;
    Candidate candidate{.url = *url, .key = key, .anchorText = anchorText, .inNavigation = inNavigation, .score = {}};
    if (scoreOf(candidate).pageClass == PageClass::Excluded) return false;
    byKey_.emplace(key, std::move(candidate));
    return true;
}

bool Candidates::addDocument(const url::Url& url) {
    if (!asciiLower(url.path).ends_with(".pdf")) return false;
    const bool known = std::find(documents_.begin(), documents_.end(), url.text()) != documents_.end();
    if (!known && documents_.size() < kMaxDocuments) documents_.push_back(url.text());
    return true;
}

void Candidates::addHome(const url::Url& url) {
    homeKey_ = identityKey(url);
    byKey_.insert_or_assign(
        homeKey_, Candidate{.url = url, .key = homeKey_, .anchorText = {}, .inNavigation = false, .score = {}});
}

PageScore Candidates::scoreOf(const Candidate& candidate) const {
    if (candidate.key == homeKey_ && !homeKey_.empty()) {
        PageScore home;
        home.pageClass = PageClass::Home;
        home.score = 100;
        home.reason = "the home page";
        return home;
    }
    const std::string subdomain = site_.subdomainOf(candidate.url);
    return scorePage({.path = candidate.url.path,
                      .query = candidate.url.query,
                      .subdomain = subdomain,
                      .urlBytes = candidate.url.text().size(),
                      .anchorText = candidate.anchorText,
                      .inNavigation = candidate.inNavigation},
                     traits_);
}

std::vector<Candidate> Candidates::ranked() const {
    std::vector<Candidate> all;
    std::set<std::string> preferredPaths;
    for (const auto& [key, candidate] : byKey_) {
        all.push_back(candidate);
        all.back().score = scoreOf(candidate);
        if (!all.back().score.foreign) preferredPaths.insert(pathWithoutLocale(all.back()));
    }
    std::erase_if(all, [&](const Candidate& candidate) {
        return candidate.key != homeKey_ && candidate.score.foreign &&
               preferredPaths.contains(pathWithoutLocale(candidate));
    });
    std::sort(all.begin(), all.end(), ranksBefore);
    return all;
}

}  // namespace stepd::website
