#include "website_analyzer/fetcher.h"

#include <algorithm>
#include <deque>
#include <set>

#include "website_analyzer/html_document.h"
#include "website_analyzer/metadata.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

constexpr std::size_t kMaxRobotsBytes = 500U << 10;
constexpr auto kMaxCrawlDelay = std::chrono::seconds(10);
constexpr auto kMaxRetryAfter = std::chrono::seconds(60);
constexpr int kRobotsRedirects = 5;  // RFC 9309 section 2.3.1.2

/// Where `<meta http-equiv=refresh>` leads; only pages that hold the words are parsed for it.
std::string metaRefreshOf(const std::string& body, const std::string& url, std::string_view product) {
    const std::string head = asciiLower(std::string_view(body).substr(0, 8192));
    if (head.find("http-equiv") == std::string::npos || head.find("refresh") == std::string::npos) return {};
    const auto page = HtmlDocument::parse(toValidUtf8(std::string_view(body).substr(0, 8192)));
    return page ? metadataOf(*page, url, product).refresh : std::string{};
}

}  // namespace

/// One page on its way: from the address asked for, over redirects and repeated tries, to its end.
struct Fetcher::Job {
    Fetched result;
    std::set<std::string> seen;  ///< URLs of this chain
    int hops = 0;
    int triesLeft = 0;
    Duration wait{};
    bool done = false;

    void end(std::string code, bool retryable, std::string message) {
        result.verdict = {std::move(code), retryable};
        result.message = std::move(message);
        done = true;
    }
};

Fetcher::Fetcher(Context& ctx, const Options& options)
    : ctx_(ctx), options_(options), deadline_(ctx.now() + options.totalTimeout) {}

Duration Fetcher::delay() const {
    return std::max<Duration>(options_.perHostDelay, crawlDelay_);
}

/// The first request needs no delay; each later round waits, but never beyond our own time.
void Fetcher::pause(Duration extra) {
    const Duration wanted = std::max(first_ ? Duration{} : delay(), extra);
    first_ = false;
    const Duration left = std::max<Duration>(deadline_ - ctx_.now(), Duration{});
    if (wanted > Duration{}) ctx_.waitCancelled(std::min(wanted, left));
}

std::vector<HttpReply> Fetcher::send(const std::vector<url::Url>& urls, std::size_t maxBytes, int maxRedirects) {
    const Duration left = std::max<Duration>(deadline_ - ctx_.now(), std::chrono::milliseconds(1));
    std::vector<HttpRequest> requests;
    for (const url::Url& url : urls) {
        HttpRequest request{.url = url.text()};
        request.options.headers = {{"User-Agent", options_.userAgent},
                                   {"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5"},
                                   {"Accept-Language", options_.acceptLanguage}};
        request.options.timeout = std::min<Duration>(options_.requestTimeout, left);
        request.options.maxBodyBytes = maxBytes;
        request.options.maxRedirects = maxRedirects;
        request.options.truncateBody = true;
        requests.push_back(std::move(request));
    }
    const auto parallel = static_cast<std::uint32_t>(crawlDelay_ > Duration{} ? 1 : options_.perHostConcurrency);
    std::vector<HttpReply> replies = ctx_.http().fetchAll(requests, parallel);
    totals_.requests += replies.size();
    for (const HttpReply& reply : replies) totals_.bytes += reply.body.size();
    return replies;
}

const OriginRobots& Fetcher::robotsOf(const url::Url& url) {
    const auto [entry, isNew] = robots_.try_emplace(url.origin());
    OriginRobots& robots = entry->second;
    if (!isNew || !options_.respectRobots) return robots;

    url::Url file = url;
    file.path = "/robots.txt";
    file.query.clear();
    HttpReply reply = std::move(send({file}, kMaxRobotsBytes, kRobotsRedirects).front());
    first_ = false;
    const bool limited = reply.status == 429 || reply.status >= 500;
    if (reply.ok()) {
        robots.state = OriginRobots::State::Allowed;
        robots.rules = Robots::parse(reply.body, options_.product);
        const Duration asked = robots.rules.crawlDelay().value_or(std::chrono::milliseconds(0));
        crawlDelay_ = std::max(crawlDelay_, std::min<Duration>(asked, kMaxCrawlDelay));
    } else if (reply.failed() || limited) {
        robots.state = OriginRobots::State::Unreachable;
        robots.rules = Robots::disallowAll();
    }
    reply.body.clear();
    robots.reply = std::move(reply);
    return robots;
}

const OriginRobots* Fetcher::knownRobotsOf(const url::Url& url) const {
    const auto known = robots_.find(url.origin());
    return known == robots_.end() ? nullptr : &known->second;
}

bool Fetcher::allowed(const url::Url& url) {
    return robotsOf(url).rules.allows(targetOf(url));
}

bool Fetcher::endIfStopped(Job& job) const {
    if (ctx_.cancelled()) job.end("cancelled", true, "the step was asked to stop");
    if (!job.done && outOfTime()) job.end("timeout", true, "the time for the whole site is over");
    return job.done;
}

/// Asks all that must be asked before a request leaves. False: the job has ended.
bool Fetcher::admit(Job& job, const Refusal& refusal) {
    const url::Url& url = job.result.final;
    if (endIfStopped(job)) return false;
    if (const std::string code = refusal(url); !code.empty())
        return job.end(code, false, url.origin() + " is not to be asked"), false;
    if (!job.seen.insert(url.text()).second && job.hops > 0 && job.wait == Duration{})
        return job.end("redirect_loop", false, "a redirect leads back to " + url.origin()), false;
    const OriginRobots& robots = robotsOf(url);
    if (endIfStopped(job)) return false;  // reading robots.txt may have taken all the time
    if (robots.state == OriginRobots::State::Unreachable) {
        job.result.reply = robots.reply;
        job.result.retryAfter = robots.reply.retryAfter();
        const FetchVerdict verdict = verdictOf(robots.reply);
        // A name that does not exist or a broken certificate is what it is, whichever file was asked for first.
        const bool final = robots.reply.failed() && !verdict.retryable;
        return job.end(final ? verdict.code : "robots_unreachable", !final,
                       final ? robots.reply.message : "robots.txt of " + url.origin() + " could not be read"),
               false;
    }
    if (!robots.rules.allows(targetOf(url)))
        return job.end("robots_disallowed", false, "robots.txt forbids the page"), false;
    return true;
}

/// `Location`, the `Refresh` header or its meta form; empty if the answer is final.
std::string Fetcher::redirectOf(const Job& job) const {
    const HttpReply& reply = job.result.reply;
    if (isRedirect(reply.status)) return reply.header("location").value_or("");
    if (!reply.ok()) return {};
    if (const auto target = refreshTarget(reply.header("refresh").value_or(""))) return *target;
    const std::string target =
        isHtml(reply) ? metaRefreshOf(reply.body, job.result.final.text(), options_.product) : std::string{};
    const auto url = target.empty() ? std::nullopt : parseLink(target);
    // A page that only reloads itself is no redirect.
    return url && url->text() != job.result.final.text() ? target : std::string{};
}

void Fetcher::follow(Job& job, std::string_view location) {
    if (++job.hops > options_.maxRedirects)
        return job.end("too_many_redirects", false, "more redirects than max_redirects");
    const std::string absolute = url::resolve(job.result.final.text(), trimmed(location));
    const auto next = absolute.empty() ? std::nullopt : parseLink(absolute);
    if (!next) return job.end("bad_redirect", false, "a redirect leads to no http(s) address");
    if (job.result.final.scheme == "https" && next->scheme == "http") job.result.warnings.push_back("downgraded");
    job.result.final = *next;
}

void Fetcher::settle(Job& job, HttpReply reply) {
    job.wait = {};
    job.result.reply = std::move(reply);
    const HttpReply& answer = job.result.reply;
    const std::string location = redirectOf(job);
    if (!location.empty()) return follow(job, location);

    const FetchVerdict verdict = verdictOf(answer);
    const Duration hint = answer.retryAfter().value_or(Duration{});
    // A longer wait is the engine's to arrange: it needs no thread for it.
    const bool soon = hint <= kMaxRetryAfter && ctx_.now() + hint < deadline_;
    if (verdict.retryable && job.triesLeft > 0 && soon) {
        const Duration backoff = options_.retryDelay * (1 << std::min(options_.retries - job.triesLeft, 10));
        job.wait = std::max({hint, backoff, Duration(1)});
        --job.triesLeft;
        return;
    }
    job.result.retryAfter = answer.retryAfter();
    if (!verdict.good()) {
        const std::string status = answer.failed() ? answer.message : "status " + std::to_string(answer.status);
        return job.end(verdict.code, verdict.retryable, status);
    }
    if (!isHtml(answer)) return job.end("unsupported_content_type", false, "the answer is no HTML");
    if (answer.truncated) job.result.warnings.push_back("truncated");
    job.done = true;
}

std::vector<Fetched> Fetcher::fetchAll(const std::vector<url::Url>& urls, const Refusal& refusal) {
    std::vector<Job> jobs(urls.size());
    std::deque<Job*> open;
    for (std::size_t i = 0; i < urls.size(); ++i) {
        jobs[i].result.requested = jobs[i].result.final = urls[i];
        jobs[i].triesLeft = options_.retries;
        open.push_back(&jobs[i]);
    }
    while (!open.empty()) {
        std::vector<Job*> round;
        std::vector<url::Url> asked;
        Duration wait{};
        const std::size_t width = crawlDelay_ > Duration{} ? 1 : options_.perHostConcurrency;
        while (!open.empty() && round.size() < width) {
            Job* job = open.front();
            open.pop_front();
            if (!admit(*job, refusal)) continue;
            wait = std::max(wait, job->wait);
            round.push_back(job);
            asked.push_back(job->result.final);
        }
        if (round.empty()) continue;
        pause(wait);
        std::vector<HttpReply> replies = send(asked, options_.maxBodyBytes, 0);
        for (std::size_t i = 0; i < round.size(); ++i) {
            settle(*round[i], std::move(replies[i]));
            if (!round[i]->done) open.push_back(round[i]);
        }
    }
    std::vector<Fetched> results;
    for (Job& job : jobs) results.push_back(std::move(job.result));
    return results;
}

HttpReply Fetcher::fetchFile(const url::Url& url, std::size_t maxBytes) {
    if (stopped() || !allowed(url)) return {.failure = "cancelled", .message = "not asked for"};
    pause({});
    return std::move(send({url}, maxBytes, options_.maxRedirects).front());
}

}  // namespace stepd::website
