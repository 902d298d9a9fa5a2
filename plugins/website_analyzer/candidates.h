#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "url/url.h"
#include "website_analyzer/page_class.h"
#include "website_analyzer/site.h"

namespace stepd::website {

/// A page that might be read.
struct Candidate {
    url::Url url;
    std::string key;  ///< identityKey(url)
    std::string anchorText;
    bool inNavigation = false;
    PageScore score;
};

/// What is known to exist on the site, each page once, whatever the spelling of its address. At most kMaxCandidates:
/// later finds are passed over.
class Candidates {
public:
    Candidates(Site site, std::vector<std::string> preferredLanguages);

    /// Takes an absolute address in any spelling. False if it is no page of the site: another domain, a service host,
    /// an address that no page has. PDFs are kept in documents().
    bool add(const std::string& absolute, const std::string& anchorText = {}, bool inNavigation = false);
    /// Keeps the address of a PDF. False if it is none.
    bool addDocument(const url::Url& url);
    /// The seed, whatever its path, counts as home.
    void addHome(const url::Url& url);

    /// Best first: by score, then shorter path, then byte order. Pages in another language stand aside where a variant
    /// in a preferred one is known.
    std::vector<Candidate> ranked() const;

    std::size_t size() const { return byKey_.size(); }
    const std::vector<std::string>& documents() const { return documents_; }
    static constexpr std::size_t kMaxCandidates = 5000;

private:
    PageScore scoreOf(const Candidate& candidate) const;

    Site site_;
    SiteTraits traits_;
    std::map<std::string, Candidate> byKey_;
    std::vector<std::string> documents_;
    std::string homeKey_;
};

}  // namespace stepd::website
