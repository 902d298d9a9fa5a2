#include "website_analyzer/markdown.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "url/url.h"
#include "website_analyzer/boilerplate.h"
#include "website_analyzer/markdown_escape.h"

using namespace stepd::website;

namespace {

std::string contentOf(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string resolveOnExample(std::string_view reference) {
    if (reference.starts_with("mailto:")) return std::string(reference);
    return stepd::url::resolve("https://acme.example/dir/page", reference);
}

std::string markdownOf(const std::string& html) {
    const auto page = HtmlDocument::parse(html);
    return joined(toMarkdown(page->find("body"), resolveOnExample), 100'000).text;
}

}  // namespace

/// testdata/markdown/NAME.html must give NAME.md.
class MarkdownTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(MarkdownTest);
    CPPUNIT_TEST(testGoldenFiles);
    CPPUNIT_TEST(testTextIsWellFormed);
    CPPUNIT_TEST(testCutsOnBlockBorders);
    CPPUNIT_TEST(testDestinationsAreEncoded);
    CPPUNIT_TEST(testRepeatedBlocksAreDropped);
    CPPUNIT_TEST_SUITE_END();

    void testGoldenFiles() {
        std::size_t files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(WEBSITE_TESTDATA "/markdown")) {
            if (entry.path().extension() != ".html") continue;
            std::filesystem::path golden = entry.path();
            golden.replace_extension(".md");
            CPPUNIT_ASSERT_EQUAL_MESSAGE(golden.filename().string(), contentOf(golden),
                                         markdownOf(contentOf(entry.path())));
            ++files;
        }
        CPPUNIT_ASSERT(files >= 14);
    }

    void testTextIsWellFormed() {
        for (const auto& entry : std::filesystem::directory_iterator(WEBSITE_TESTDATA "/markdown")) {
            if (entry.path().extension() != ".md") continue;
            const std::string text = contentOf(entry.path());
            const std::string name = entry.path().filename().string();
            CPPUNIT_ASSERT_MESSAGE(name, text.ends_with('\n') && !text.ends_with("\n\n"));
            CPPUNIT_ASSERT_MESSAGE(name, text.find("\n\n\n") == std::string::npos);
            for (std::size_t at = text.find(" \n"); at != std::string::npos; at = text.find(" \n", at + 1))
                CPPUNIT_ASSERT_MESSAGE(name + ": only hard breaks end in spaces",
                                       at > 0 && text[at - 1] == ' ' && text[at - 2] != ' ');
        }
    }

    void testCutsOnBlockBorders() {
        const MarkdownBlocks blocks{"one", "two \xC3\xA9", "three"};
        CPPUNIT_ASSERT_EQUAL(std::string("one\n\ntwo \xC3\xA9\n\nthree\n"), joined(blocks, 18).text);
        const MarkdownText cut = joined(blocks, 17);
        CPPUNIT_ASSERT_EQUAL(std::string("one\n\ntwo \xC3\xA9\n"), cut.text);
        CPPUNIT_ASSERT(cut.truncated && !joined(blocks, 18).truncated);
        const MarkdownText inside = joined({"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"}, 4);
        CPPUNIT_ASSERT(inside.truncated);
        CPPUNIT_ASSERT_EQUAL(std::string("\xC3\xA9\xC3\xA9\xC3\xA9\n"), inside.text);
        CPPUNIT_ASSERT_EQUAL(std::string(), joined({}, 4).text);
    }

    void testDestinationsAreEncoded() {
        CPPUNIT_ASSERT_EQUAL(std::string("https://a.example/x%20%28y%29%3Cz%3E%0A"),
                             escapedDestination("https://a.example/x (y)<z>\n"));
        CPPUNIT_ASSERT_EQUAL(std::string("`` a`b ``"), codeSpan(" a`b "));
        CPPUNIT_ASSERT_EQUAL(std::string("`` `a ``"), codeSpan("`a"));
        CPPUNIT_ASSERT_EQUAL(std::string("````"), fenceFor("x ``` y"));
    }

    void testRepeatedBlocksAreDropped() {
        MarkdownBlocks a{"# A", "Call now!", "text a"};
        MarkdownBlocks b{"# B", "call  NOW!", "text b"};
        MarkdownBlocks c{"# C", "text c"};
        dropRepeatedBlocks({&a, &b});
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, a.size());
        dropRepeatedBlocks({&a, &b, &c});
        CPPUNIT_ASSERT((a == MarkdownBlocks{"# A", "text a"}) && (b == MarkdownBlocks{"# B", "text b"}) &&
                       c.size() == 2);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MarkdownTest);
