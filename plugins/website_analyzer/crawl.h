#pragma once

#include <set>
#include <string>
#include <vector>

#include <stepd/step.h>

#include "website_analyzer/analysis.h"
#include "website_analyzer/candidates.h"
#include "website_analyzer/fetcher.h"
#include "website_analyzer/options.h"

namespace stepd::website {

/// Where a crawl begins.
struct Seed {
    url::Url url;
    bool schemeAssumed = false;  ///< nobody wrote `https`: plain http may be tried once
};

/// Reads one website: home, sitemaps and links, the best pages, what they say of the company. One object a call.
class Crawl {
public:
    Crawl(Context& ctx, const Options& options, Seed seed);

    /// Blocks until done, out of time or cancelled; always returns what there is.
    Analysis run();

private:
    bool openHome();
    Fetched fetchHome();
    bool failHome(const Fetched& home);
    void acceptHome(Fetched home);
    void discover();
    void readPages();
    bool readRound();
    void judge(CrawledPage page);
    void finish();
    void measure();

    CrawledPage crawled(Candidate candidate, Fetched fetched) const;
    void takeLinks(const PageContent& content);
    void rank();
    bool isOptedOut(const url::Url& url) const;
    bool end(Ending::Status status, std::string code, std::string message);

    Context& ctx_;
    const Options& options_;
    const Seed seed_;
    const std::chrono::system_clock::time_point startedAt_;
    Fetcher fetcher_;
    Site site_;
    Candidates candidates_;
    std::vector<Candidate> ranked_;
    std::set<std::string> accepted_, rejected_;  // keys of the pages asked for
    std::set<std::string> hashes_;               // of their contents
    std::size_t replacements_ = 0;               // pages fetched for one that was rejected
    Analysis out_;
};

}  // namespace stepd::website
