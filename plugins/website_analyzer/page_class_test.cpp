#include "website_analyzer/page_class.h"

#include <cppunit/extensions/HelperMacros.h>

#include "website_analyzer/segment_words.h"

using namespace stepd::website;

class PageClassTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PageClassTest);
    CPPUNIT_TEST(testPathsAreScored);
    CPPUNIT_TEST(testSubdomainsAreScored);
    CPPUNIT_TEST(testNavigationAndLinkTextCount);
    CPPUNIT_TEST(testLocaleSegments);
    CPPUNIT_TEST(testExpectationsOfTheOriginal);
    CPPUNIT_TEST_SUITE_END();

    static PageScore score(std::string_view target, std::string_view subdomain = {}) {
        const std::size_t mark = target.find('?');
        const std::string_view path = target.substr(0, mark);
        const std::string_view query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
        return scorePage(
            {.path = path, .query = query, .subdomain = subdomain, .urlBytes = target.size() + 20, .anchorText = {}},
            {.label = "acme", .preferredLanguages = {"en"}});
    }

    void testPathsAreScored() {
        const struct {
            const char* target;
            int score;
            PageClass pageClass;
        } rows[] = {
            {"/", 100, PageClass::Home},
            {"/about-us/", 95, PageClass::About},
            {"/About_Us.html", 95, PageClass::About},
            {"/company/careers", 60, PageClass::Careers},
            {"/about/team", 90, PageClass::Team},
            {"/blog", 50, PageClass::Blog},
            {"/blog/our-team-offsite", 30, PageClass::Blog},
            {"/blog/about", 30, PageClass::Blog},
            {"/aboutique/", 40, PageClass::Unknown},
            {"/de/impressum", 72, PageClass::Imprint},
            {"/de/%C3%BCber-uns", 65, PageClass::About},
            {"/en-gb/about", 95, PageClass::About},
            {"/products/valves/ball/series-7", 75, PageClass::Product},
            {"/2023/05/launch", 20, PageClass::Unknown},
            {"/privacy", 10, PageClass::Legal},
            {"/?p=12", 90, PageClass::Home},
            {"/about-acme", 95, PageClass::About},
            {"/life-at-acme", 75, PageClass::Culture},
            {"/life-at-other", 40, PageClass::Unknown},
            {"/news", 65, PageClass::News},
            {"/news/record-year", 45, PageClass::News},
            {"/careers/engineer", 40, PageClass::Careers},
            {"/blog/page/3", 0, PageClass::Listing},
            {"/category/valves", 5, PageClass::Listing},
            {"/\xC3\xA9quipe", 90, PageClass::Team},
            {"/f%C3%BChrung", 90, PageClass::Team},
            {"/docs/about", 25, PageClass::Support},
            {"/events/summit", 40, PageClass::Unknown},
        };
        for (const auto& row : rows) {
            const PageScore got = score(row.target);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.target, std::string(toString(row.pageClass)),
                                         std::string(toString(got.pageClass)));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(row.target) + ": " + got.reason, row.score, got.score);
            CPPUNIT_ASSERT_MESSAGE(row.target, !got.reason.empty());
        }
        for (const char* target :
             {"/login", "/shop/cart", "/wp-admin/x", "/brochure.pdf", "/a/logo.PNG", "/feed", "/en/search"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(target, std::string("excluded"),
                                         std::string(toString(score(target).pageClass)));
    }

    void testSubdomainsAreScored() {
        CPPUNIT_ASSERT_EQUAL(60, score("/", "careers").score);
        CPPUNIT_ASSERT_EQUAL(40, score("/engineer", "careers").score);
        CPPUNIT_ASSERT_EQUAL(30, score("/a-post", "blog").score);
        CPPUNIT_ASSERT_EQUAL(65, score("/", "investors").score);
        CPPUNIT_ASSERT_EQUAL(85, score("/about", "shop").score);
        CPPUNIT_ASSERT_EQUAL(95, score("/about", "www").score);
    }

    void testNavigationAndLinkTextCount() {
        const SiteTraits site{.label = "acme", .preferredLanguages = {"en"}};
        const auto with = [&](std::string_view path, std::string_view anchor, bool navigation) {
            return scorePage({.path = path,
                              .query = {},
                              .subdomain = {},
                              .urlBytes = 30,
                              .anchorText = anchor,
                              .inNavigation = navigation},
                             site);
        };
        CPPUNIT_ASSERT_EQUAL(100, with("/about", "", true).score);
        CPPUNIT_ASSERT_EQUAL(45, with("/x1", "Read on", true).score);
        CPPUNIT_ASSERT_EQUAL(90, with("/x1", "About us", false).score);
        CPPUNIT_ASSERT_EQUAL(90, with("/x1",
                                      "\xC3\x9C"
                                      "ber uns",
                                      false)
                                     .score);
        CPPUNIT_ASSERT_EQUAL_MESSAGE("the path is known, so the text does not matter", 55,
                                     with("/contact", "About us", false).score);
    }

    void testLocaleSegments() {
        CPPUNIT_ASSERT_EQUAL(std::string("de"), localeOf("DE"));
        CPPUNIT_ASSERT_EQUAL(std::string("de-at"), localeOf("de_AT"));
        CPPUNIT_ASSERT_EQUAL(std::string("zh-hans"), localeOf("zh-Hans"));
        for (const char* word : {"ir", "us", "design", "de-x", "about", "en-12", ""})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(word, std::string(), localeOf(word));
        CPPUNIT_ASSERT_EQUAL(std::string("investors"), std::string(toString(score("/ir").pageClass)));
        CPPUNIT_ASSERT_EQUAL(70, score("/de/").score);
        CPPUNIT_ASSERT(score("/de/").foreign && !score("/en/").foreign && !score("/de/impressum").foreign);
    }

    void testExpectationsOfTheOriginal() {
        CPPUNIT_ASSERT(score("/about").score >= 90);
        CPPUNIT_ASSERT(score("/privacy").score <= 20);
        CPPUNIT_ASSERT_EQUAL(std::string("leadership"), std::string(categoryOf(PageClass::Team)));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PageClassTest);
