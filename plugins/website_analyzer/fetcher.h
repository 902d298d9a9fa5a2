#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <stepd/step.h>

#include "website_analyzer/fetch_verdict.h"
#include "website_analyzer/options.h"
#include "website_analyzer/robots.h"
#include "website_analyzer/site.h"

namespace stepd::website {

/// How a page was reached, or why not.
struct Fetched {
    url::Url requested;
    url::Url final;  ///< after redirects; the last hop tried if there was an error
    FetchVerdict verdict;
    std::string message;  ///< one sentence when the verdict is bad
    HttpReply reply;
    std::vector<std::string> warnings;  ///< `downgraded`, `truncated`
    std::optional<Duration> retryAfter;
};

/// What robots.txt of one origin said.
struct OriginRobots {
    enum class State { Allowed, Absent, Unreachable };
    State state = State::Absent;
    Robots rules = Robots::allowAll();
    HttpReply reply;  ///< without its body
};

/// Fetches pages as a guest of the site: robots.txt before anything else of an origin, every redirect checked anew, a
/// delay between rounds of requests, a few tries for what may pass. All requests go through the host's client. One
/// thread at a time.
class Fetcher {
public:
    Fetcher(Context& ctx, const Options& options);

    /// Why an address may not be asked, as a code; empty if it may. Called for each page and each redirect.
    using Refusal = std::function<std::string(const url::Url&)>;

    /// All pages, in the order asked for, at most `per_host_concurrency` at once. Stops early when cancelled or out of
    /// time: what was not fetched has the verdict `cancelled` or `timeout`.
    std::vector<Fetched> fetchAll(const std::vector<url::Url>& urls, const Refusal& refusal);
    Fetched fetch(const url::Url& url, const Refusal& refusal) { return std::move(fetchAll({url}, refusal).front()); }
    /// A file such as a sitemap, any content type; robots.txt is honoured.
    HttpReply fetchFile(const url::Url& url, std::size_t maxBytes);

    /// Reads the origin's robots.txt on the first call.
    const OriginRobots& robotsOf(const url::Url& url);
    bool allowed(const url::Url& url);
    /// As robotsOf(), without a request: null where it was not read yet.
    const OriginRobots* knownRobotsOf(const url::Url& url) const;

    bool outOfTime() const { return ctx_.now() >= deadline_; }
    bool stopped() const { return ctx_.cancelled() || outOfTime(); }

    struct Totals {
        std::size_t requests = 0;
        std::size_t bytes = 0;
    };
    const Totals& totals() const { return totals_; }

private:
    struct Job;
    std::vector<HttpReply> send(const std::vector<url::Url>& urls, std::size_t maxBytes, int maxRedirects);
    bool admit(Job& job, const Refusal& refusal);
    bool endIfStopped(Job& job) const;
    void settle(Job& job, HttpReply reply);
    void follow(Job& job, std::string_view location);
    void pause(Duration extra);
    Duration delay() const;
    std::string redirectOf(const Job& job) const;

    Context& ctx_;
    const Options& options_;
    const std::chrono::system_clock::time_point deadline_;
    std::map<std::string, OriginRobots> robots_;
    Duration crawlDelay_{};
    bool first_ = true;
    Totals totals_;
};

}  // namespace stepd::website
