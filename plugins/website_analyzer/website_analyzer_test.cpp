#include <cppunit/extensions/HelperMacros.h>

#include <stepd/testing/harness.h>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace stepd;
using namespace std::string_literals;
using stepd::testing::StepHarness;

namespace {

const std::string kText =
    "<main><p>Valves have to close, and they have to close every time, in heat and cold, after years without use. Each "
    "of them is "
    "tested twice before it leaves the plant, once with water and once with helium, and never by the one who made it, "
    "says page ";

Json options(Json more = Json::object()) {
    Json all{{"contact_url", "https://us.example/bot"}, {"per_host_delay_ms", 0}, {"retry_delay_ms", 0}};
    all.update(more);
    return all;
}

/// Hosts under test: replies by URL, 404 for all others.
class FakeWeb {
public:
    explicit FakeWeb(Json more = Json::object()) : step("website_analyzer", options(std::move(more))) {
        step.http.reply([this](const HttpRequest& request) { return answer(request); });
    }
    void page(const std::string& url, const std::string& body,
              HttpHeaders headers = {{"content-type", "text/html; charset=utf-8"}}) {
        replies_[url] = {.status = 200, .headers = std::move(headers), .body = body};
    }
    void content(const std::string& url, const std::string& name) {
        page(url, "<title>" + name + "</title>" + kText + name + ".</p></main>");
    }
    void status(const std::string& url, int status, HttpHeaders headers = {}) {
        replies_[url] = {.status = status, .headers = std::move(headers), .body = "<title>no</title>"};
    }
    void failure(const std::string& url, const std::string& failure) {
        replies_[url] = {.failure = failure, .message = "it failed"};
    }
    void redirect(const std::string& from, const std::string& to) { status(from, 301, {{"location", to}}); }

    Outcome outcome(const std::string& url, bool assumed = false) {
        return step.run({{"website", {{"url", url}, {"scheme_assumed", assumed}}}});
    }
    Json analyse(const std::string& url, bool assumed = false) {
        const Outcome got = outcome(url, assumed);
        CPPUNIT_ASSERT_MESSAGE(got.code() + ": " + got.message(), got.ok());
        return got.output();
    }
    std::size_t asked(const std::string& url) const {
        const auto& all = step.http.requests();
        return static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(), [&](const HttpRequest& request) { return request.url == url; }));
    }

    StepHarness step;
    std::function<void(const HttpRequest&)> onRequest;

private:
    HttpReply answer(const HttpRequest& request) {
        if (onRequest) onRequest(request);
        const auto found = replies_.find(request.url);
        return found == replies_.end()
                   ? HttpReply{.status = 404, .headers = {{"content-type", "text/html"}}, .body = "gone"}
                   : found->second;
    }
    std::map<std::string, HttpReply> replies_;
};

/// The sample site of the demo, as a static file server would give it.
void serveDemoSite(FakeWeb& web, const std::string& origin) {
    namespace fs = std::filesystem;
    for (const auto& entry : fs::recursive_directory_iterator(WEBSITE_DEMO_SITE)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        std::stringstream body;
        body << in.rdbuf();
        const std::string path = '/' + fs::relative(entry.path(), WEBSITE_DEMO_SITE).generic_string();
        const std::string extension = entry.path().extension();
        const std::string type = extension == ".html"  ? "text/html"
                                 : extension == ".xml" ? "application/xml"
                                                       : "text/plain";
        web.page(origin + path, body.str(), {{"content-type", type}});
        if (path == "/index.html") web.page(origin + '/', body.str(), {{"content-type", type}, {"etag", "\"7\""}});
    }
}

std::set<std::string> keysOf(const Json& object) {
    std::set<std::string> keys;
    for (const auto& [key, value] : object.items()) keys.insert(key);
    return keys;
}

}  // namespace

class WebsiteAnalyzerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WebsiteAnalyzerTest);
    CPPUNIT_TEST(testSampleCompany);
    CPPUNIT_TEST(testEveryEndingHasAllKeys);
    CPPUNIT_TEST(testRequestsAreHonest);
    CPPUNIT_TEST(testRobotsAreObeyed);
    CPPUNIT_TEST(testRobotsThatCannotBeRead);
    CPPUNIT_TEST(testTransientProblemsOfHome);
    CPPUNIT_TEST(testPermanentProblemsOfHome);
    CPPUNIT_TEST(testRetriesInsideAnAttempt);
    CPPUNIT_TEST(testRedirects);
    CPPUNIT_TEST(testMoveToAnotherDomain);
    CPPUNIT_TEST(testPlainHttpWhenTheSchemeWasAssumed);
    CPPUNIT_TEST(testSkippedWithoutARequest);
    CPPUNIT_TEST(testParkedDomains);
    CPPUNIT_TEST(testDuplicatesAndSoft404FreeTheirPlace);
    CPPUNIT_TEST(testFailedPagesMakeItPartial);
    CPPUNIT_TEST(testFewLinksAreFollowedFurther);
    CPPUNIT_TEST(testSitemapIndex);
    CPPUNIT_TEST(testReservedTextIsWithheld);
    CPPUNIT_TEST(testPageOfAnApplication);
    CPPUNIT_TEST(testCancelIsNoticed);
    CPPUNIT_TEST(testTotalTimeoutEndsTheCrawl);
    CPPUNIT_TEST(testWrongInputAndOptions);
    CPPUNIT_TEST_SUITE_END();

    void testSampleCompany() {
        FakeWeb web;
        serveDemoSite(web, "https://acme-valves.example");
        Json got = web.analyse("https://acme-valves.example/");
        CPPUNIT_ASSERT_EQUAL("success"s, got["status"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("allowed"s, got["site"]["robots"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("https://acme-valves.example/sitemap.xml"s, got["site"]["sitemaps"][0].get<std::string>());

        std::string selected;
        for (Json& item : got["filtered_urls"])
            selected += item["page_class"].get<std::string>() + ':' + std::to_string(item["score"].get<int>()) + ' ';
        CPPUNIT_ASSERT_EQUAL("home:100 about:100 team:95 product:90 imprint:72 contact:60 blog:35 "s, selected);
        CPPUNIT_ASSERT_EQUAL(std::size_t{7}, got["scraped_content"].size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{7}, got["discovered_urls"].size());
        CPPUNIT_ASSERT_EQUAL(1, got["stats"]["disallowed"].get<int>());
        CPPUNIT_ASSERT_EQUAL("https://acme-valves.example/assets/catalogue.pdf"s,
                             got["documents"].empty() ? "" : got["documents"][0].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, web.asked("https://acme-valves.example/internal/price-list.html"));

        const std::string home = got["scraped_content"]["https://acme-valves.example/"];
        CPPUNIT_ASSERT(home.starts_with("# Valves that close, every time\n\nSince 1987 **Acme Valves** has made"));
        CPPUNIT_ASSERT(home.find("> A valve is a promise") != std::string::npos);
        for (const char* frame : {"cookies", "Newsletter", "Skip to", "rights reserved", "About us"})
            CPPUNIT_ASSERT_MESSAGE(frame, home.find(frame) == std::string::npos);
        const std::string about = got["scraped_content"]["https://acme-valves.example/about.html"];
        CPPUNIT_ASSERT(about.find("| 1999 | First ball valve of our own design, the B\\|1 |") != std::string::npos);

        Json& company = got["company"];
        CPPUNIT_ASSERT_EQUAL("Acme Valves"s, company["name"]["value"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("jsonld"s, company["name"]["source"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(220, company["employees"]["value"]["max"].get<int>());
        CPPUNIT_ASSERT_EQUAL("Werkstrasse 12, 80331 Munich, DE"s, company["address"]["value"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("https://acme-valves.example/assets/logo.svg"s,
                             company["logo"]["value"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, company["phones"].size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, company["emails"].size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, company["people"].size());
        CPPUNIT_ASSERT(keysOf(company["social"]) == (std::set<std::string>{"github", "linkedin", "youtube"}));

        const auto& notes = web.step.notes;
        CPPUNIT_ASSERT(notes.size() >= 4);
        CPPUNIT_ASSERT_EQUAL("fetching 2 of 7: /about.html"s, notes[2].text);
        CPPUNIT_ASSERT(
            std::is_sorted(notes.begin(), notes.end(), [](auto& a, auto& b) { return a.fraction < b.fraction; }));
    }

    void testEveryEndingHasAllKeys() {
        const std::set<std::string> want{"discovered_urls", "filtered_urls", "scraped_content",
                                         "status",          "reason",        "code",
                                         "message",         "retryable",     "site",
                                         "company",         "technologies",  "pages",
                                         "documents",       "errors",        "stats"};
        FakeWeb web;
        web.content("https://good.com/", "home");
        web.failure("https://bad.com/robots.txt", "dns_not_found");
        for (const char* url :
             {"https://good.com/", "https://bad.com/", "https://www.facebook.com/acme", "https://missing.com/"}) {
            Json got = web.analyse(url);
            CPPUNIT_ASSERT_MESSAGE(url, want == keysOf(got));
            CPPUNIT_ASSERT_EQUAL("discovered_urls"s, got.begin().key());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(url, got["status"] == "success", got["scraped_content"].size() == 1);
        }
        CPPUNIT_ASSERT(web.step.run({{"website", nullptr}}).output().is_null());
    }

    void testRequestsAreHonest() {
        FakeWeb web;
        web.content("https://acme.com/", "home");
        web.analyse("https://acme.com/");
        CPPUNIT_ASSERT_EQUAL("https://acme.com/robots.txt"s, web.step.http.requests().front().url);
        for (const HttpRequest& request : web.step.http.requests()) {
            CPPUNIT_ASSERT_EQUAL("User-Agent"s, request.options.headers[0].first);
            CPPUNIT_ASSERT_EQUAL("LeadIntelBot/1.0.0 (+https://us.example/bot)"s, request.options.headers[0].second);
            CPPUNIT_ASSERT_EQUAL("GET"s, request.method);
        }
    }

    void testRobotsAreObeyed() {
        FakeWeb web;
        web.page("https://acme.com/robots.txt", "User-agent: LeadIntelBot\nDisallow: /", {});
        Json got = web.analyse("https://acme.com/");
        CPPUNIT_ASSERT_EQUAL("skipped robots_disallowed disallowed"s, got["status"].get<std::string>() + ' ' +
                                                                          got["reason"].get<std::string>() + ' ' +
                                                                          got["site"]["robots"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, web.step.http.requests().size());

        FakeWeb partly;
        partly.page("https://acme.com/robots.txt", "User-agent: *\nDisallow: /team\nDisallow: /*.xml", {});
        partly.page("https://acme.com/", kText + "home <a href=/team>Team</a> <a href=/about>About</a></p></main>");
        partly.content("https://acme.com/about", "about");
        Json some = partly.analyse("https://acme.com/");
        CPPUNIT_ASSERT_EQUAL(std::size_t{0},
                             partly.asked("https://acme.com/team") + partly.asked("https://acme.com/sitemap.xml"));
        CPPUNIT_ASSERT_EQUAL("robots_disallowed"s, some["errors"][0]["code"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, some["discovered_urls"].size());
    }

    void testRobotsThatCannotBeRead() {
        for (const int status : {429, 500, 503}) {
            FakeWeb web;
            web.status("https://acme.com/robots.txt", status, {{"retry-after", "70"}});
            const Outcome first = web.outcome("https://acme.com/");
            CPPUNIT_ASSERT_EQUAL("robots_unreachable"s, first.code());
            CPPUNIT_ASSERT(first.outcomeClass() == Class::Transient && first.retryAfter() == std::chrono::seconds(70));
            web.step.attemptsLeft = 0;
            Json last = web.analyse("https://acme.com/");
            CPPUNIT_ASSERT_EQUAL("robots_unreachable"s, last["reason"].get<std::string>());
            CPPUNIT_ASSERT(last["retryable"] == true && last["site"]["robots"] == "unreachable");
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, web.asked("https://acme.com/"));
        }
        FakeWeb absent(Json{{"respect_robots", false}});
        absent.status("https://acme.com/robots.txt", 500);
        absent.content("https://acme.com/", "home");
        CPPUNIT_ASSERT_EQUAL("success"s, absent.analyse("https://acme.com/")["status"].get<std::string>());
    }

    void testTransientProblemsOfHome() {
        const struct {
            const char* failure;
            int status;
            Class outcome;
            const char* code;
        } rows[] = {{"timeout", 0, Class::Timeout, "timeout"},
                    {"connect_failed", 0, Class::Transient, "connect_failed"},
                    {"dns_failed", 0, Class::Transient, "dns_failed"},
                    {"", 429, Class::RateLimited, "rate_limited"},
                    {"", 502, Class::Upstream, "http_5xx"}};
        for (const auto& row : rows) {
            FakeWeb web(Json{{"retries", 1}});
            if (row.status == 0)
                web.failure("https://acme.com/", row.failure);
            else
                web.status("https://acme.com/", row.status);
            const Outcome got = web.outcome("https://acme.com/");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.code, static_cast<int>(row.outcome), static_cast<int>(got.outcomeClass()));
            CPPUNIT_ASSERT_EQUAL(std::string(row.code), got.code());
            CPPUNIT_ASSERT_EQUAL_MESSAGE("one retry", std::size_t{2}, web.asked("https://acme.com/"));
            web.step.attemptsLeft = 0;
            Json last = web.analyse("https://acme.com/");
            CPPUNIT_ASSERT(last["status"] == "error" && last["retryable"] == true && last["code"] == row.code);
        }
    }

    void testPermanentProblemsOfHome() {
        const struct {
            const char* failure;
            int status;
            const char* code;
        } rows[] = {{"dns_not_found", 0, "dns_not_found"},
                    {"tls_invalid", 0, "tls_invalid"},
                    {"address_not_allowed", 0, "address_not_allowed"},
                    {"decompression_bomb", 0, "decompression_bomb"},
                    {"", 403, "http_forbidden"},
                    {"", 451, "http_forbidden"},
                    {"", 410, "http_not_found"},
                    {"", 418, "http_4xx"}};
        for (const auto& row : rows) {
            FakeWeb web;
            if (row.status == 0)
                web.failure("https://acme.com/", row.failure);
            else
                web.status("https://acme.com/", row.status);
            Json got = web.analyse("https://acme.com/");
            CPPUNIT_ASSERT_MESSAGE(row.code,
                                   got["status"] == "error" && got["code"] == row.code && got["retryable"] == false);
            CPPUNIT_ASSERT_EQUAL(std::size_t{1}, web.asked("https://acme.com/"));
        }
        FakeWeb challenge;
        challenge.status("https://acme.com/", 403, {{"cf-mitigated", "challenge"}});
        CPPUNIT_ASSERT_EQUAL("bot_challenge"s, challenge.analyse("https://acme.com/")["code"].get<std::string>());
        FakeWeb waiting;
        waiting.page("https://acme.com/robots.txt", "", {});
        waiting.step.http.reply("https://acme.com/", {.status = 503, .body = "<title>Just a moment...</title>"});
        CPPUNIT_ASSERT_EQUAL("bot_challenge"s, waiting.analyse("https://acme.com/")["code"].get<std::string>());
        FakeWeb pdf;
        pdf.page("https://acme.com/", "%PDF", {{"content-type", "application/pdf"}});
        CPPUNIT_ASSERT_EQUAL("unsupported_content_type"s, pdf.analyse("https://acme.com/")["code"].get<std::string>());
        FakeWeb untyped;
        untyped.page("https://acme.com/", " <!doctype html>" + kText, {});
        CPPUNIT_ASSERT_EQUAL("success"s, untyped.analyse("https://acme.com/")["status"].get<std::string>());
    }

    void testRetriesInsideAnAttempt() {
        FakeWeb web;
        web.step.http.reply("https://acme.com/", {.status = 503});
        web.step.http.reply("https://acme.com/", {.failure = "connect_failed"});
        web.step.http.reply("https://acme.com/",
                            {.status = 200, .headers = {{"content-type", "text/html"}}, .body = kText});
        CPPUNIT_ASSERT_EQUAL("success"s, web.analyse("https://acme.com/")["status"].get<std::string>());
        FakeWeb patient;
        patient.status("https://acme.com/", 503, {{"retry-after", "3600"}});
        CPPUNIT_ASSERT(patient.outcome("https://acme.com/").retryAfter() == std::chrono::hours(1));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("a long wait is the engine's", std::size_t{1}, patient.asked("https://acme.com/"));
    }

    void testRedirects() {
        FakeWeb web;
        web.redirect("https://acme.com/", "/en");
        web.page("https://acme.com/en", "<meta http-equiv=refresh content='0;url=/en/home'>",
                 {{"content-type", "text/html"}});
        web.content("https://acme.com/en/home", "home");
        Json got = web.analyse("https://acme.com/");
        CPPUNIT_ASSERT_EQUAL("https://acme.com/en/home"s, got["site"]["final_url"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("home"s, got["pages"][0]["page_class"].get<std::string>());

        const struct {
            const char* to;
            const char* code;
        } rows[] = {{"/", "redirect_loop"},
                    {"ftp://acme.com/", "bad_redirect"},
                    {"", "bad_redirect"},
                    {"http://", "bad_redirect"}};
        for (const auto& row : rows) {
            FakeWeb bad;
            bad.redirect("https://acme.com/", row.to);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.to, std::string(row.code),
                                         bad.analyse("https://acme.com/")["code"].get<std::string>());
        }
        FakeWeb chain;
        for (int i = 0; i < 9; ++i)
            chain.redirect("https://acme.com/" + (i == 0 ? ""s : std::to_string(i)), '/' + std::to_string(i + 1));
        CPPUNIT_ASSERT_EQUAL("too_many_redirects"s, chain.analyse("https://acme.com/")["code"].get<std::string>());

        FakeWeb forbidden;
        forbidden.page("https://acme.com/robots.txt", "User-agent: *\nDisallow: /private", {});
        forbidden.redirect("https://acme.com/", "/private/home");
        CPPUNIT_ASSERT_EQUAL("robots_disallowed"s, forbidden.analyse("https://acme.com/")["reason"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, forbidden.asked("https://acme.com/private/home"));
    }

    void testMoveToAnotherDomain() {
        FakeWeb web;
        web.redirect("https://old.com/", "https://www.brandnew.com/");
        web.page("https://www.brandnew.com/",
                 kText + "home <a href=/about>About</a><a href='https://old.com/team'>Team</a></p></main>");
        web.redirect("https://www.brandnew.com/about", "https://elsewhere.com/about");
        Json got = web.analyse("https://old.com/");
        CPPUNIT_ASSERT(got["site"]["domain_changed"] == true);
        CPPUNIT_ASSERT_EQUAL("brandnew.com"s, got["site"]["registrable_domain"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, web.asked("https://www.brandnew.com/robots.txt"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, web.asked("https://old.com/team") +
                                                 web.asked("https://elsewhere.com/about") +
                                                 web.asked("https://elsewhere.com/robots.txt"));
        CPPUNIT_ASSERT_EQUAL("out_of_scope"s, got["errors"][0]["code"].get<std::string>());

        FakeWeb social;
        social.redirect("https://old.com/", "https://www.linkedin.com/company/old");
        CPPUNIT_ASSERT_EQUAL(0, static_cast<int>(social.asked("https://www.linkedin.com/company/old")));
        CPPUNIT_ASSERT_EQUAL("social_platform"s, social.analyse("https://old.com/")["reason"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            "LinkedIn is never asked", std::size_t{0},
            social.asked("https://www.linkedin.com/company/old") + social.asked("https://www.linkedin.com/robots.txt"));
    }

    void testPlainHttpWhenTheSchemeWasAssumed() {
        for (const char* failure : {"connect_failed", "tls_invalid"}) {
            FakeWeb web(Json{{"retries", 0}});
            web.failure("https://acme.com/robots.txt", failure);
            web.content("http://acme.com/", "home");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                failure, "http://acme.com/"s,
                web.analyse("https://acme.com/", true)["site"]["final_url"].get<std::string>());
            FakeWeb written(Json{{"retries", 0}});
            written.failure("https://acme.com/robots.txt", failure);
            written.content("http://acme.com/", "home");
            written.step.attemptsLeft = 0;
            CPPUNIT_ASSERT(written.analyse("https://acme.com/")["status"] != "success");
            CPPUNIT_ASSERT_EQUAL(std::size_t{0}, written.asked("http://acme.com/"));
        }
    }

    void testSkippedWithoutARequest() {
        FakeWeb web(Json{{"opt_out_domains", {"acme.com"}}});
        CPPUNIT_ASSERT_EQUAL("opted_out"s, web.analyse("https://www.acme.com/")["reason"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("social_platform"s,
                             web.analyse("https://de.linkedin.com/in/jane")["reason"].get<std::string>());
        CPPUNIT_ASSERT(web.step.http.requests().empty());
    }

    void testParkedDomains() {
        FakeWeb web;
        web.page("https://acme.com/", "<title>acme.com</title><p>This domain is for sale! Buy this domain.</p>");
        CPPUNIT_ASSERT_EQUAL("parked_domain"s, web.analyse("https://acme.com/")["reason"].get<std::string>());
        web.redirect("https://other.com/", "https://www.hugedomains.com/domain_profile.cfm?d=other.com");
        web.content("https://www.hugedomains.com/domain_profile.cfm?d=other.com", "x");
        CPPUNIT_ASSERT_EQUAL("parked_domain"s, web.analyse("https://other.com/")["reason"].get<std::string>());
    }

    void testDuplicatesAndSoft404FreeTheirPlace() {
        FakeWeb web(Json{{"max_pages", 3}});
        web.page("https://acme.com/",
                 kText +
                     "home <a href=/about>A</a><a href=/company>B</a><a href=/team>C</a><a href=/mission>D</a>"
                     "<a href=/vision>E</a><a href=/products>F</a></p></main>");
        web.content("https://acme.com/about", "about");
        web.page("https://acme.com/team", "<title>Page not found</title><p>Sorry.</p>");
        web.page("https://acme.com/products",
                 "<head><link rel=canonical href=/about></head>" + kText + "products</p></main>");
        web.content("https://acme.com/company", "about");
        web.content("https://acme.com/vision", "vision");
        web.content("https://acme.com/mission", "mission");
        Json got = web.analyse("https://acme.com/");
        std::set<std::string> pages = keysOf(got["scraped_content"]);
        CPPUNIT_ASSERT((
            pages == std::set<std::string>{"https://acme.com/", "https://acme.com/about", "https://acme.com/mission"}));
        CPPUNIT_ASSERT_EQUAL("success"s, got["status"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, got["errors"].size());
        CPPUNIT_ASSERT_EQUAL("soft_404"s, got["errors"][0]["code"].get<std::string>());
    }

    void testFailedPagesMakeItPartial() {
        FakeWeb web;
        web.page("https://acme.com/", kText + "home <a href=/about>A</a><a href=/team>C</a></p></main>");
        web.content("https://acme.com/about", "about");
        web.status("https://acme.com/team", 500);
        Json got = web.analyse("https://acme.com/");
        CPPUNIT_ASSERT_EQUAL("partial"s, got["status"].get<std::string>());
        CPPUNIT_ASSERT(got["errors"][0] ==
                       Json({{"url", "https://acme.com/team"}, {"code", "http_5xx"}, {"retryable", true}}));
        CPPUNIT_ASSERT_EQUAL(1, got["stats"]["failed"].get<int>());
        CPPUNIT_ASSERT_EQUAL(2, got["stats"]["fetched"].get<int>());
    }

    void testFewLinksAreFollowedFurther() {
        FakeWeb web;
        web.page("https://acme.com/", kText + "home <a href=/about>A</a></p></main>");
        web.page("https://acme.com/about", kText + "about <a href=/about/team>T</a></p></main>");
        web.content("https://acme.com/about/team", "team");
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, web.analyse("https://acme.com/")["scraped_content"].size());
    }

    void testSitemapIndex() {
        FakeWeb web;
        web.content("https://acme.com/", "home");
        web.page("https://acme.com/robots.txt", "Sitemap: https://acme.com/index.xml\nSitemap: https://evil.com/x.xml",
                 {});
        web.page("https://acme.com/index.xml",
                 "<sitemapindex><sitemap><loc>/pages.xml</loc></sitemap><sitemap><loc>/index.xml</loc></sitemap></"
                 "sitemapindex>");
        web.page("https://acme.com/pages.xml",
                 "<urlset><url><loc>https://acme.com/about</loc></url><url><loc>https://evil.com/about</loc></url></"
                 "urlset>");
        web.content("https://acme.com/about", "about");
        Json got = web.analyse("https://acme.com/");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, got["scraped_content"].size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, got["site"]["sitemaps"].size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, web.asked("https://acme.com/index.xml"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, web.asked("https://evil.com/x.xml") + web.asked("https://evil.com/about"));
    }

    void testReservedTextIsWithheld() {
        FakeWeb web;
        web.page("https://acme.com/", "<title>Acme</title>" + kText,
                 {{"content-type", "text/html"}, {"tdm-reservation", "1"}});
        Json got = web.analyse("https://acme.com/");
        CPPUNIT_ASSERT_EQUAL("success"s, got["status"].get<std::string>());
        CPPUNIT_ASSERT(got["scraped_content"].empty());
        CPPUNIT_ASSERT_EQUAL("tdm_reservation"s, got["pages"][0]["content_withheld"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("Acme"s, got["pages"][0]["title"].get<std::string>());
    }

    void testPageOfAnApplication() {
        FakeWeb web;
        web.page("https://acme.com/",
                 "<title>Acme</title><meta property=og:site_name content='Acme App'><div id=root></div><script "
                 "src=/app.js></script>"
                 "<noscript><p>You need scripts for this. Until then, read our story in the archive of the "
                 "newspaper.</p></noscript>");
        Json got = web.analyse("https://acme.com/");
        CPPUNIT_ASSERT(got["site"]["js_required"] == true);
        CPPUNIT_ASSERT_EQUAL("Acme App"s, got["company"]["name"]["value"].get<std::string>());
        CPPUNIT_ASSERT(got["scraped_content"]["https://acme.com/"].get<std::string>().starts_with("You need scripts"));
    }

    void testCancelIsNoticed() {
        FakeWeb web(Json{{"per_host_delay_ms", 60'000}, {"total_timeout_ms", 3'600'000}});
        web.page("https://acme.com/", kText + "<a href=/about>A</a></main>");
        web.onRequest = [&](const HttpRequest& request) {
            if (request.url == "https://acme.com/robots.txt") web.step.cancel();
        };
        CPPUNIT_ASSERT(web.outcome("https://acme.com/").outcomeClass() == Class::Cancelled);
        CPPUNIT_ASSERT_EQUAL_MESSAGE("nothing is asked after the cancel", std::size_t{1},
                                     web.step.http.requests().size());
    }

    void testTotalTimeoutEndsTheCrawl() {
        FakeWeb web(Json{{"total_timeout_ms", 10'000}, {"per_host_concurrency", 1}});
        web.page("https://acme.com/",
                 kText + "home <a href=/about>A</a><a href=/team>B</a><a href=/products>C</a></p></main>");
        for (const char* path : {"about", "team", "products"}) web.content("https://acme.com/"s + path, path);
        web.onRequest = [&](const HttpRequest& request) {
            if (request.url == "https://acme.com/about") web.step.now += std::chrono::seconds(11);
        };
        Json got = web.analyse("https://acme.com/");
        CPPUNIT_ASSERT_EQUAL("partial"s, got["status"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, got["scraped_content"].size());
        CPPUNIT_ASSERT_EQUAL(11'000, got["stats"]["duration_ms"].get<int>());

        FakeWeb slow(Json{{"total_timeout_ms", 10'000}});
        slow.onRequest = [&](const HttpRequest&) { slow.step.now += std::chrono::seconds(11); };
        CPPUNIT_ASSERT(slow.outcome("https://acme.com/").outcomeClass() == Class::Timeout);
    }

    void testWrongInputAndOptions() {
        FakeWeb web;
        CPPUNIT_ASSERT(web.step.run({{"website", "https://acme.com/"}}).outcomeClass() == Class::InvalidInput);
        CPPUNIT_ASSERT(web.step.run({{"website", {{"url", "nonsense://"}}}}).outcomeClass() == Class::InvalidInput);
        StepHarness nobody("website_analyzer", Json::object());
        const Outcome refused = nobody.run({{"website", nullptr}});
        CPPUNIT_ASSERT(refused.outcomeClass() == Class::InvalidConfig);
        CPPUNIT_ASSERT(refused.message().find("contact_url") != std::string::npos);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(WebsiteAnalyzerTest);
