#include "website_analyzer/main_content.h"

#include <cppunit/extensions/HelperMacros.h>

#include "website_analyzer/markdown.h"

using namespace stepd::website;

class MainContentTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(MainContentTest);
    CPPUNIT_TEST(testFrameIsDropped);
    CPPUNIT_TEST(testMainMustHoldEnough);
    CPPUNIT_TEST(testOmittedHeadAndBodyTags);
    CPPUNIT_TEST(testTwoArticlesAreNoRoot);
    CPPUNIT_TEST(testBestBlockByScore);
    CPPUNIT_TEST(testSoundingClassesDoNotSwallowThePage);
    CPPUNIT_TEST(testLinkListsAreDropped);
    CPPUNIT_TEST(testNoscript);
    CPPUNIT_TEST(testScriptDependence);
    CPPUNIT_TEST_SUITE_END();

    static inline const std::string kText =
        "Valves have to close, and they have to close every time, in heat and cold, after years without use. That is "
        "why each of "
        "them is tested twice before it leaves the plant, once with water and once with helium, and never by the one "
        "who made it.";

    static std::string contentOf(const std::string& html, Noscript noscript = Noscript::Drop) {
        auto page = HtmlDocument::parse(html);
        const HtmlNode root = mainContent(*page, noscript);
        return joined(toMarkdown(root, [](std::string_view url) { return std::string(url); }), 10'000).text;
    }

    void testFrameIsDropped() {
        CPPUNIT_ASSERT_EQUAL(
            "# Title\n\n" + kText + "\n",
            contentOf(
                "<header>Logo</header><nav>Menu</nav><div role=search>Search</div><h1>Title</h1><p>" + kText +
                "</p><p hidden>h</p><p style='color:red; display: none'>n</p><div aria-hidden=true>a</div>"
                "<div class='site-cookie_banner'>Cookies!</div><div id=newsletter-box>Letter</div><a class='skip-link' "
                "href=#m>Skip</a><ol class=breadcrumb><li>Home</ol><aside>Aside</aside><footer>Foot</footer>"));
        CPPUNIT_ASSERT_MESSAGE(
            "a header inside the content is part of it",
            contentOf("<article><header><h1>Kept</h1></header><p>" + kText + "</p></article>").starts_with("# Kept\n"));
    }

    void testMainMustHoldEnough() {
        CPPUNIT_ASSERT_EQUAL(kText + "\n", contentOf("<div><p>outside</p></div><main><p>" + kText + "</p></main>"));
        CPPUNIT_ASSERT_MESSAGE("too short to be believed",
                               contentOf("<main>Loading</main><div><p>" + kText + "</p></div>").find("Valves") == 0);
        CPPUNIT_ASSERT_EQUAL(kText + "\n", contentOf("<p>x</p><div role=main><p>" + kText + "</p></div>"));
    }

    void testOmittedHeadAndBodyTags() {
        CPPUNIT_ASSERT_EQUAL(kText + "\n",
                             contentOf("<title>t</title><link rel=x><main><p>" + kText + "</main><footer>f</footer>"));
        CPPUNIT_ASSERT_EQUAL(kText + "\n\n" + kText + "\n", contentOf("<title>t</title><section><p>" + kText +
                                                                      "</section><div><p>" + kText + "</div>"));
    }

    void testTwoArticlesAreNoRoot() {
        const std::string text = contentOf("<div><article><p>" + kText + "</p></article><article><p>Second. " + kText +
                                           "</p></article></div>");
        CPPUNIT_ASSERT(text.find("Second.") != std::string::npos && text.starts_with("Valves"));
    }

    void testBestBlockByScore() {
        const std::string text = contentOf(
            "<div id=side><ul><li><a href=/a>Some long link in a side bar</a></li></ul></div><div id=content><p>" +
            kText + "</p><p>" + kText + "</p></div><div class=widget>Short words, nothing more than a teaser</div>");
        CPPUNIT_ASSERT_EQUAL(kText + "\n\n" + kText + "\n", text);
    }

    void testSoundingClassesDoNotSwallowThePage() {
        CPPUNIT_ASSERT_EQUAL(kText + "\n", contentOf("<div class='share-price-page'><p>" + kText + "</p></div>"));
        CPPUNIT_ASSERT_EQUAL(kText + "\n", contentOf("<main class='cookie-company'><p>" + kText + "</p></main>"));
    }

    void testLinkListsAreDropped() {
        const std::string text =
            contentOf("<main><p>" + kText +
                      "</p><ul><li><a href=/1>One</a></li><li><a href=/2>Two</a></li></ul><p>See <a "
                      "href=/x>x</a> for all that we know of it.</p></main>");
        CPPUNIT_ASSERT(text.find("One") == std::string::npos && text.find("[x](/x)") != std::string::npos);
    }

    void testNoscript() {
        const std::string html = "<main><p>" + kText + "</p><noscript><p>Without scripts</p></noscript></main>";
        CPPUNIT_ASSERT(contentOf(html).find("Without") == std::string::npos);
        auto page = HtmlDocument::parse(html);
        CPPUNIT_ASSERT(mainContent(*page, Noscript::Keep).text().find("Without") != std::string::npos);
    }

    void testScriptDependence() {
        const auto required = [](const std::string& html) {
            return scriptDependence(*HtmlDocument::parse(html)).required;
        };
        CPPUNIT_ASSERT(required("<body><div id=root></div><script src=/app.js></script>"));
        CPPUNIT_ASSERT(required("<body><app-root>Loading</app-root><script src=/app.js></script>"));
        CPPUNIT_ASSERT(!required("<body><div id=root></div>"));
        CPPUNIT_ASSERT(!required("<body><div id=page></div><script src=/app.js></script>"));
        CPPUNIT_ASSERT(!required("<body><div id=root>" + kText + "</div><script src=/app.js></script>"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MainContentTest);
