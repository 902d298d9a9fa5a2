#include <chrono>

#include "website_analyzer/fake_web.h"

using namespace stepd;
using namespace stepd::website::testing;

class WebsiteAnalyzerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WebsiteAnalyzerTest);
    CPPUNIT_TEST(testSampleCompany);
    CPPUNIT_TEST(testEveryEndingHasAllKeys);
    CPPUNIT_TEST(testRequestsAreHonest);
    CPPUNIT_TEST(testTransientProblemsOfHome);
    CPPUNIT_TEST(testPermanentProblemsOfHome);
    CPPUNIT_TEST(testRetriesInsideAnAttempt);
    CPPUNIT_TEST(testSkippedWithoutARequest);
    CPPUNIT_TEST(testFailedPagesMakeItPartial);
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

    void testSkippedWithoutARequest() {
        FakeWeb web(Json{{"opt_out_domains", {"acme.com"}}});
        CPPUNIT_ASSERT_EQUAL("opted_out"s, web.analyse("https://www.acme.com/")["reason"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("social_platform"s,
                             web.analyse("https://de.linkedin.com/in/jane")["reason"].get<std::string>());
        CPPUNIT_ASSERT(web.step.http.requests().empty());
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
