#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

#include "website_analyzer/html_document.h"
#include "website_analyzer/html_guard.h"
#include "website_analyzer/page_content.h"

using namespace stepd::website;

/// Pages made to exhaust time, memory or the stack. ctest's own limit ends what takes minutes.
class HostileHtmlTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(HostileHtmlTest);
    CPPUNIT_TEST(testDeepNestingDegrades);
    CPPUNIT_TEST(testNestingWithinTheLimitIsParsed);
    CPPUNIT_TEST(testManyAttributesDegrade);
    CPPUNIT_TEST(testQuotesDoNotHideAttributes);
    CPPUNIT_TEST(testHugePagesDegrade);
    CPPUNIT_TEST(testUnclosedEverything);
    CPPUNIT_TEST(testManySiblingsAndBreaks);
    CPPUNIT_TEST(testDeepListsDoNotMultiply);
    CPPUNIT_TEST(testEmptyAndBinaryPages);
    CPPUNIT_TEST(testStrippedText);
    CPPUNIT_TEST_SUITE_END();

    static std::string repeated(std::string_view text, std::size_t times) {
        std::string out;
        out.reserve(text.size() * times);
        for (std::size_t i = 0; i < times; ++i) out += text;
        return out;
    }
    static PageContent read(const std::string& html) {
        return readPage(html, "text/html; charset=utf-8", "https://a.example/", "bot");
    }
    static bool degraded(const PageContent& page) {
        return std::find(page.warnings.begin(), page.warnings.end(), "html_degraded") != page.warnings.end();
    }
    static std::string all(const PageContent& page) { return joined(page.blocks, 10'000'000).text; }

    void testDeepNestingDegrades() {
        for (const char* tag :
             {"<div>", "<b>", "<ul><li>", "<table><tr><td>", "<blockquote>", "<x>", "<span class=a>"}) {
            const PageContent page = read("<title>T</title>before " + repeated(tag, 20'000) + "inside");
            CPPUNIT_ASSERT_MESSAGE(tag, degraded(page));
            CPPUNIT_ASSERT_MESSAGE(tag, all(page).find("inside") != std::string::npos);
        }
    }

    void testNestingWithinTheLimitIsParsed() {
        const PageContent page = read(repeated("<div>", 500) + "<p>inside</p>" + repeated("</div>", 500));
        CPPUNIT_ASSERT(!degraded(page));
        CPPUNIT_ASSERT_EQUAL(std::string("inside\n"), all(page));
        const PageContent unclosed = read(repeated("<p>one<li>two", 5'000));
        CPPUNIT_ASSERT_MESSAGE("elements that close by themselves are not deep", !degraded(unclosed));
    }

    void testManyAttributesDegrade() {
        std::string tag = "<p";
        for (int i = 0; i < 20'000; ++i) tag += " a" + std::to_string(i) + "=1";
        const PageContent page = read("<h1>Hello</h1>" + tag + ">text</p>");
        CPPUNIT_ASSERT(degraded(page));
        CPPUNIT_ASSERT_EQUAL(std::string("Hello\n\ntext\n"), all(page));
    }

    void testQuotesDoNotHideAttributes() {
        CPPUNIT_ASSERT(attributesWithinLimit("<a title='" + repeated("x=1 ", 5'000) + "'>"));
        CPPUNIT_ASSERT(!attributesWithinLimit("<a title='>' " + repeated("x=1 ", 5'000)));
        CPPUNIT_ASSERT(!attributesWithinLimit("<a " + repeated("x ", 2'001) + ">"));
        CPPUNIT_ASSERT(attributesWithinLimit("<script>if (a<b " + repeated("x ", 5'000) + ") {}</script>"));
    }

    void testHugePagesDegrade() {
        const PageContent page = read(repeated("<p>word</p>", (5U << 20) / 11 + 10));
        CPPUNIT_ASSERT(degraded(page));
        CPPUNIT_ASSERT(!page.blocks.empty());
    }

    void testUnclosedEverything() {
        for (const char* html :
             {"<a href='https://a.example/x", "<!-- comment", "<script>while(1)", "<style>p{", "<p title=\"", "<", "</",
              "<!", "<![CDATA[x", "<title>no end", "<textarea>x", "<table><tr><td>x<table>",
              "<html><head><body><html><body>x", "&#xFFFFFFFF;&#0;&bogus;&"}) {
            const PageContent page = read(html);
            CPPUNIT_ASSERT_MESSAGE(html, page.blocks.size() < 10);
        }
        // What the parser must look for again with each chunk is where push parsers turn quadratic.
        CPPUNIT_ASSERT(read("<p>seen</p><!--" + repeated("-x", 2'000'000)).blocks.size() <= 2);
        CPPUNIT_ASSERT(read("<p>seen</p><script>" + repeated("</x", 1'000'000)).blocks.size() <= 2);
        read(repeated("<", 4'000'000));
        read(repeated("<a ", 1'000'000));
        read(repeated("&", 4'000'000));
    }

    void testManySiblingsAndBreaks() {
        CPPUNIT_ASSERT(!all(read(repeated("<br>a", 500'000))).empty());
        CPPUNIT_ASSERT(!all(read(repeated("<b>x</b>", 300'000))).empty());
        CPPUNIT_ASSERT(!all(read("<table>" + repeated("<tr><td colspan=1000>x<td>y", 100'000))).empty());
        CPPUNIT_ASSERT(!all(read(repeated("<a href=/x>y</a> ", 200'000))).empty());
        CPPUNIT_ASSERT_EQUAL(kMaxLinks, read(repeated("<a href=/x>y</a> ", 100'000)).links.size());
    }

    void testDeepListsDoNotMultiply() {
        const PageContent page = read(repeated("<ul><li>", 200) + repeated("a<br>", 200'000));
        std::size_t bytes = 0;
        for (const std::string& block : page.blocks) bytes += block.size();
        CPPUNIT_ASSERT(bytes < (20U << 20));
    }

    void testEmptyAndBinaryPages() {
        CPPUNIT_ASSERT(read("").blocks.empty());
        std::string noise;
        for (unsigned i = 0, x = 7; i < 100'000; ++i, x = x * 1664525 + 1013904223) noise += static_cast<char>(x >> 24);
        read(noise);
        CPPUNIT_ASSERT_EQUAL(std::string("a\xEF\xBF\xBD"
                                         "b\n"),
                             all(read(std::string("<p>a\0b</p>", 10))));
    }

    void testStrippedText() {
        CPPUNIT_ASSERT_EQUAL(
            std::string("A & B < C\nnext \xE2\x82\xAC line\n"),
            strippedText(
                "<!-- <p>x</p> --><script>var a='<p>'</script><p>A &amp; B &lt; <b>C</b></p>\n<div title='>'>next "
                "&#x20AC;\n line</div><style>p{}</style>"));
        CPPUNIT_ASSERT_EQUAL(std::string("1 < 2 &bogus; &#xD800;\n"), strippedText("1 < 2 &bogus; &#xD800;"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(HostileHtmlTest);
