#include "website_analyzer/crawl.h"

#include <algorithm>

#include "kit/sha256.h"
#include "url/host.h"
#include "website_analyzer/boilerplate.h"
#include "website_analyzer/company.h"
#include "website_analyzer/selection.h"
#include "website_analyzer/sitemap_walk.h"
#include "website_analyzer/text.h"

namespace stepd::website {

namespace {

constexpr std::size_t kMinContent = 50;     // characters of Markdown below which a page says nothing
constexpr std::size_t kFewCandidates = 10;  // with fewer, links of other pages are followed too
constexpr std::size_t kPagesReadForLinks = 3;

/// Pages that turn out to be none of the site's pages; another may be read in their place.
bool freesItsPlace(const std::string& code) {
    return code == "soft_404" || code == "duplicate" || code == "out_of_scope" || code == "opted_out" ||
           code == "robots_disallowed";
}

bool reservesMining(const Fetched& fetched, const PageContent& content) {
    return content.metadata.tdmReserved || trimmed(fetched.reply.header("tdm-reservation").value_or("")) == "1";
}

std::string hashOf(const MarkdownBlocks& blocks) {
    std::string all;
    for (const std::string& block : blocks) all += block + '\n';
    return all.empty() ? std::string{} : kit::sha256(all);
}

}  // namespace

Crawl::Crawl(Context& ctx, const Options& options, Seed seed)
    : ctx_(ctx),
      options_(options),
      seed_(std::move(seed)),
      startedAt_(ctx.now()),
      fetcher_(ctx, options),
      site_(seed_.url, options.scope),
      candidates_(site_, options.preferredLanguages) {
    out_.inputUrl = seed_.url.text();
    out_.registrableDomain = site_.registrableDomain();
}

Analysis Crawl::run() {
    if (openHome()) {
        discover();
        readPages();
        finish();
    }
    measure();
    return std::move(out_);
}

bool Crawl::end(Ending::Status status, std::string code, std::string message) {
    out_.ending.status = status;
    out_.ending.code = std::move(code);
    out_.ending.message = std::move(message);
    return false;
}

bool Crawl::isOptedOut(const url::Url& url) const {
    return std::any_of(options_.optOutDomains.begin(), options_.optOutDomains.end(), [&](const std::string& domain) {
        return url.host.text == asciiLower(domain) || url.host.text.ends_with('.' + asciiLower(domain));
    });
}

Fetched Crawl::fetchHome() {
    // Home may lead anywhere but to who must not, or need not, be asked.
    const auto refusal = [&](const url::Url& url) -> std::string {
        if (isOptedOut(url)) return "opted_out";
        if (url::isSocialPlatform(url::registrableDomain(url.host.text))) return "social_platform";
        return isParkingHost(url.host.text) ? "parked_domain" : "";
    };
    ctx_.progress(0.02, "opening " + seed_.url.host.text);
    Fetched home = fetcher_.fetch(seed_.url, refusal);
    const std::string& failure = home.reply.failure;
    const bool noTls = failure == "connect_failed" || failure == "tls_invalid";
    if (!seed_.schemeAssumed || seed_.url.scheme != "https" || !noTls) return home;
    url::Url plain = seed_.url;
    plain.scheme = "http";
    Fetched second = fetcher_.fetch(plain, refusal);
    return second.verdict.good() ? std::move(second) : std::move(home);
}

bool Crawl::openHome() {
    Fetched home = fetchHome();
    out_.finalUrl = home.final.text();
    const OriginRobots* robots = fetcher_.knownRobotsOf(home.final);
    if (robots != nullptr && robots->state == OriginRobots::State::Allowed) out_.robots = "allowed";
    if (!home.verdict.good()) return failHome(home);
    acceptHome(std::move(home));
    if (isParked(out_.pages.front().content))
        return end(Ending::Status::Skipped, "parked_domain", "the page says that the domain is for sale");
    return true;
}

bool Crawl::failHome(const Fetched& home) {
    out_.ending.retryable = home.verdict.retryable;
    out_.ending.retryAfter = home.retryAfter;
    const std::string& code = home.verdict.code;
    if (code == "robots_unreachable") out_.robots = "unreachable";
    if (code == "robots_disallowed") out_.robots = "disallowed";
    for (const char* reason :
         {"robots_unreachable", "robots_disallowed", "opted_out", "social_platform", "parked_domain"})
        if (code == reason) return end(Ending::Status::Skipped, code, home.message);
    out_.problems.push_back({home.final.text(), code, home.verdict.retryable});
    return end(Ending::Status::Error, code, home.message);
}

/// From here on the site is where home was found: a rebranded company keeps its new name.
void Crawl::acceptHome(Fetched home) {
    out_.domainChanged = url::registrableDomain(home.final.host.text) != site_.registrableDomain();
    site_ = Site(home.final, options_.scope);
    candidates_ = Candidates(site_, options_.preferredLanguages);
    candidates_.addHome(home.final);
    out_.registrableDomain = site_.registrableDomain();

    rank();
    Candidate candidate = ranked_.front();
    accepted_.insert(candidate.key);
    rejected_.insert(identityKey(home.requested));
    out_.selected.push_back(candidate);
    CrawledPage page = crawled(std::move(candidate), std::move(home));
    out_.jsRequired = page.content.jsRequired;
    hashes_.insert(page.contentSha256);
    out_.pages.push_back(std::move(page));
}

CrawledPage Crawl::crawled(Candidate candidate, Fetched fetched) const {
    CrawledPage page{.candidate = std::move(candidate),
                     .fetched = std::move(fetched),
                     .content = {},
                     .markdown = {},
                     .contentSha256 = {}};
    HttpReply& reply = page.fetched.reply;
    page.bytes = reply.body.size();
    if (page.fetched.verdict.good()) {
        page.content = readPage(reply.body, reply.header("content-type").value_or(""), page.fetched.final.text(),
                                options_.product);
        page.contentSha256 = hashOf(page.content.blocks);
        page.withheld = options_.respectTdmReservation && reservesMining(page.fetched, page.content);
    }
    std::string().swap(reply.body);
    return page;
}

void Crawl::takeLinks(const PageContent& content) {
    if (content.metadata.nofollow) return;
    for (const Link& link : content.links) candidates_.add(link.url, link.text, link.inNavigation);
}

void Crawl::rank() {
    ranked_ = candidates_.ranked();
}

void Crawl::discover() {
    ctx_.progress(0.1, "reading sitemaps of " + site_.seed().host.text);
    out_.sitemaps = readSitemaps(fetcher_, site_, candidates_);
    const CrawledPage& home = out_.pages.front();
    const RobotsDirectives directives = robotsDirectives(home.fetched.reply.header("x-robots-tag").value_or(""));
    if (!directives.nofollow) takeLinks(home.content);
    rank();
}

void Crawl::readPages() {
    while (out_.pages.size() < options_.maxPages && !fetcher_.stopped())
        if (!readRound()) return;
}

/// A few pages at once: as many as may be asked for in parallel. False when nothing is left to read.
bool Crawl::readRound() {
    const std::size_t room = std::min(options_.maxPages - out_.pages.size(), options_.perHostConcurrency);
    Selection selection(ranked_, accepted_, rejected_);
    std::vector<Candidate> chosen;
    std::vector<url::Url> urls;
    while (chosen.size() < room) {
        const Candidate* candidate = selection.next();
        if (candidate == nullptr) break;
        chosen.push_back(*candidate);
        urls.push_back(candidate->url);
    }
    if (chosen.empty() || replacements_ > options_.maxPages) return false;

    const double share = static_cast<double>(out_.pages.size()) / static_cast<double>(options_.maxPages);
    ctx_.progress(0.15 + 0.8 * share, "fetching " + std::to_string(out_.pages.size() + 1) + " of " +
                                          std::to_string(options_.maxPages) + ": " + chosen.front().url.path);
    const auto refusal = [&](const url::Url& url) -> std::string {
        if (isOptedOut(url)) return "opted_out";
        return site_.contains(url) ? "" : "out_of_scope";
    };
    std::vector<Fetched> fetched = fetcher_.fetchAll(urls, refusal);
    const bool few = candidates_.size() < kFewCandidates;
    for (std::size_t i = 0; i < chosen.size(); ++i) judge(crawled(std::move(chosen[i]), std::move(fetched[i])));
    if (few && out_.pages.size() <= kPagesReadForLinks + 1) {
        for (const CrawledPage& page : out_.pages) takeLinks(page.content);
        rank();
    }
    return true;
}

/// Decides what a page is worth once it is here.
void Crawl::judge(CrawledPage page) {
    FetchVerdict& verdict = page.fetched.verdict;
    const std::string& key = page.candidate.key;
    const std::string finalKey = identityKey(page.fetched.final);
    if (verdict.good() && isSoft404(page.content)) verdict = {"soft_404", false};
    const auto canonical =
        page.content.metadata.canonical.empty() ? std::nullopt : parseLink(page.content.metadata.canonical);
    const bool canonicalCounts =
        canonical && site_.contains(*canonical) && identityKey(*canonical) != identityKey(site_.seed());
    const std::string trueKey = verdict.good() && canonicalCounts ? identityKey(*canonical) : finalKey;
    const bool seen = (trueKey != key && accepted_.contains(trueKey)) ||
                      (finalKey != key && accepted_.contains(finalKey)) ||
                      (!page.contentSha256.empty() && hashes_.contains(page.contentSha256));
    if (verdict.good() && seen) verdict = {"duplicate", false};

    if (!verdict.good() && verdict.code != "duplicate")
        out_.problems.push_back({page.candidate.url.text(), verdict.code, verdict.retryable});
    if (!verdict.good() && freesItsPlace(verdict.code)) {
        rejected_.insert(key);
        ++replacements_;
        return;
    }
    for (const Link& link : page.content.links)
        if (const auto url = parseLink(link.url); url && site_.contains(*url)) candidates_.addDocument(*url);
    accepted_.insert({key, finalKey, trueKey});
    hashes_.insert(page.contentSha256);
    out_.selected.push_back(page.candidate);
    out_.pages.push_back(std::move(page));
}

void Crawl::finish() {
    ctx_.progress(0.97, "summing up " + std::to_string(out_.pages.size()) + " pages");
    std::vector<MarkdownBlocks*> blocks;
    std::vector<CompanyPage> companyPages;
    for (CrawledPage& page : out_.pages) {
        if (!page.fetched.verdict.good()) continue;
        blocks.push_back(&page.content.blocks);
        companyPages.push_back({page.fetched.final.text(), page.candidate.score.pageClass, &page.content});
    }
    dropRepeatedBlocks(blocks);
    std::size_t withContent = 0;
    for (CrawledPage& page : out_.pages) {
        if (!page.fetched.verdict.good()) continue;
        page.markdown = joined(page.content.blocks, options_.contentMaxChars);
        if (!page.withheld && countCharacters(page.markdown.text) < kMinContent) {
            page.markdown = {};
            page.fetched.verdict = {"empty_content", false};
            out_.problems.push_back({page.candidate.url.text(), "empty_content", false});
        }
        if (page.hasContent()) ++withContent;
    }
    out_.company = companyOf(companyPages, site_, options_);

    const bool complete = withContent == out_.pages.size() && !fetcher_.stopped();
    if (withContent == 0) {
        end(Ending::Status::Error, "empty_content", "no page of the site has text");
    } else if (complete) {
        end(Ending::Status::Success, {}, {});
    } else {
        end(Ending::Status::Partial, {}, fetcher_.outOfTime() ? "total_timeout_ms ended the crawl" : std::string{});
    }
}

void Crawl::measure() {
    for (const Candidate& candidate : ranked_) {
        const OriginRobots* robots = fetcher_.knownRobotsOf(candidate.url);
        if (robots != nullptr && !robots->rules.allows(targetOf(candidate.url))) {
            ++out_.disallowed;
            continue;
        }
        ++out_.discoveredTotal;
        if (out_.discovered.size() < options_.maxUrlsDiscovered) out_.discovered.push_back(candidate.url.text());
    }
    out_.documents = candidates_.documents();
    out_.totals = fetcher_.totals();
    out_.elapsed = ctx_.now() - startedAt_;
}

}  // namespace stepd::website
