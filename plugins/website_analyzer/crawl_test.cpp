#include <chrono>

#include "website_analyzer/fake_web.h"

using namespace stepd;
using namespace stepd::website::testing;

class CrawlTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CrawlTest);
    CPPUNIT_TEST(testRobotsAreObeyed);
    CPPUNIT_TEST(testRobotsThatCannotBeRead);
    CPPUNIT_TEST(testRedirects);
    CPPUNIT_TEST(testMoveToAnotherDomain);
    CPPUNIT_TEST(testPlainHttpWhenTheSchemeWasAssumed);
    CPPUNIT_TEST(testParkedDomains);
    CPPUNIT_TEST(testDuplicatesAndSoft404FreeTheirPlace);
    CPPUNIT_TEST(testFewLinksAreFollowedFurther);
    CPPUNIT_TEST(testSitemapIndex);
    CPPUNIT_TEST(testReservedTextIsWithheld);
    CPPUNIT_TEST(testPageOfAnApplication);
    CPPUNIT_TEST_SUITE_END();

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
};
CPPUNIT_TEST_SUITE_REGISTRATION(CrawlTest);
