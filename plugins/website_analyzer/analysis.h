#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <stepd/json.h>

#include "website_analyzer/candidates.h"
#include "website_analyzer/fetcher.h"
#include "website_analyzer/page_content.h"

namespace stepd::website {

/// A page that was asked for, and what came of it.
struct CrawledPage {
    Candidate candidate;
    Fetched fetched;  ///< without its body
    std::size_t bytes = 0;
    PageContent content;
    MarkdownText markdown;
    std::string contentSha256;  ///< of the main content before repeated blocks are dropped; empty if there is none
    bool withheld = false;      ///< the site reserves text and data mining: facts are kept, text is not

    bool hasContent() const { return fetched.verdict.good() && (withheld || !markdown.text.empty()); }
};

/// How the whole ended.
struct Ending {
    enum class Status { Success, Partial, Skipped, Error };
    Status status = Status::Success;
    std::string code;     ///< of an error, or the reason of a skip
    std::string message;  ///< one sentence for people
    bool retryable = false;
    std::optional<Duration> retryAfter;
};

/// A website as far as it was read. Plain data; toJson() gives the plugin's output.
struct Analysis {
    Ending ending;
    std::string inputUrl;
    std::string finalUrl;
    std::string registrableDomain;
    bool domainChanged = false;
    std::string robots = "absent";  ///< allowed, disallowed, absent, unreachable
    bool jsRequired = false;
    std::vector<std::string> sitemaps;
    std::vector<std::string> discovered;  ///< allowed by robots, best first
    std::vector<Candidate> selected;
    std::vector<CrawledPage> pages;  ///< home first, in the order of selection
    std::vector<std::string> documents;
    Json company = Json::object();
    struct Problem {
        std::string url;
        std::string code;
        bool retryable = false;
    };
    std::vector<Problem> problems;
    std::size_t discoveredTotal = 0;
    std::size_t disallowed = 0;
    Fetcher::Totals totals;
    Duration elapsed{};
};

/// Every key of the top level is there, whatever the ending; `discovered_urls`, `filtered_urls` and `scraped_content`
/// come first.
Json toJson(const Analysis& analysis);

}  // namespace stepd::website
