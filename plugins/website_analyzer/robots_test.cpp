#include "website_analyzer/robots.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd::website;

class RobotsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RobotsTest);
    CPPUNIT_TEST(testRulesMatchAsRfc9309Says);
    CPPUNIT_TEST(testGroupsAreChosenByToken);
    CPPUNIT_TEST(testSyntaxIsForgiving);
    CPPUNIT_TEST(testSitemapsBelongToNoGroup);
    CPPUNIT_TEST(testCrawlDelay);
    CPPUNIT_TEST(testOnlyTheFirstHalfMegabyteCounts);
    CPPUNIT_TEST(testManyWildcardsCostLittle);
    CPPUNIT_TEST_SUITE_END();

    static bool allows(const std::string& rules, std::string_view target) {
        return Robots::parse("User-agent: *\n" + rules, "LeadIntelBot").allows(target);
    }

    /// RFC 9309 sections 2.2.2, 2.2.3 and 5.2.
    void testRulesMatchAsRfc9309Says() {
        const struct {
            const char* rules;
            const char* target;
            bool allowed;
        } rows[] = {
            {"", "/", true},
            {"Disallow:", "/any", true},
            {"Disallow: /", "/any", false},
            {"Disallow: /", "/robots.txt", true},
            {"Disallow: /fish", "/fish.html", false},
            {"Disallow: /fish", "/Fish.html", true},
            {"Disallow: /fish", "/catfish", true},
            {"Disallow: /fish/", "/fish", true},
            {"Disallow: /fish*", "/fishheads/yummy.html", false},
            {"Disallow: /*.php", "/folder/any.php.file.html", false},
            {"Disallow: /*.php$", "/filename.php", false},
            {"Disallow: /*.php$", "/filename.php?parameters", true},
            {"Disallow: /*.php$", "/filename.php5", true},
            {"Disallow: /fish*.php", "/fishheads/catfish.php?parameters", false},
            {"Disallow: /fish*.php", "/Fish.PHP", true},
            {"Disallow: /a*b*c$", "/abbc", false},
            {"Disallow: /a*b*c$", "/abbcd", true},
            {"Disallow: /$", "/", false},
            {"Disallow: /$", "/x", true},
            {"Disallow: /example/page/\nAllow: /example/page/disallowed.gif", "/example/page/disallowed.gif", true},
            {"Allow: /example/page/\nDisallow: /example/page/disallowed.gif", "/example/page/disallowed.gif", false},
            {"Allow: /p\nDisallow: /", "/page", true},
            {"Disallow: /page\nAllow: /page", "/page", true},
            {"Allow: /$\nDisallow: /", "/", true},
            {"Allow: /$\nDisallow: /", "/page.htm", false},
            {"Allow: /page\nDisallow: /*.htm", "/page.htm", false},
            {"Disallow: /foo/bar?baz=quz", "/foo/bar?baz=quz", false},
            {"Disallow: /foo/bar/\xE3\x83\x84", "/foo/bar/%E3%83%84", false},
            {"Disallow: /foo/bar/%e3%83%84", "/foo/bar/%E3%83%84", false},
            {"Disallow: /foo/bar/%62%61%7A", "/foo/bar/baz", false},
            {"Disallow: /a%2Fb", "/a/b", true},
            {"Disallow: /path/file-with-a-%2A.html", "/path/file-with-a-*.html", true},
            {"disallow : /x  # why", "/x1", false},
            {"DISALLOW:/x", "/x", false},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(row.rules) + " on " + row.target, row.allowed,
                                         allows(row.rules, row.target));
    }

    void testGroupsAreChosenByToken() {
        const char* text =
            "Disallow: /before-any-group\n"
            "User-agent: ExampleBot\nDisallow: /example\n\nDisallow: /still-example\n"
            "User-agent: OtherBot\nUser-agent: leadintelbot/2.0\nDisallow: /ours\n"
            "User-agent: *\nDisallow: /all\n"
            "User-Agent: LEADINTELBOT\nDisallow: /more\n";
        const Robots ours = Robots::parse(text, "LeadIntelBot");
        CPPUNIT_ASSERT(!ours.allows("/ours") && !ours.allows("/more"));
        CPPUNIT_ASSERT(ours.allows("/all") && ours.allows("/example") && ours.allows("/before-any-group"));
        const Robots stranger = Robots::parse(text, "Lead");
        CPPUNIT_ASSERT_MESSAGE("a prefix is another token", !stranger.allows("/all") && stranger.allows("/ours"));
        const Robots example = Robots::parse(text, "examplebot");
        CPPUNIT_ASSERT_MESSAGE("blank lines end no group", !example.allows("/still-example"));
        const Robots empty = Robots::parse("User-agent: *\nDisallow: /\nUser-agent: LeadIntelBot\n", "LeadIntelBot");
        CPPUNIT_ASSERT_MESSAGE("a group of ours without rules allows all", empty.allows("/x"));
    }

    void testSyntaxIsForgiving() {
        for (const char* text : {"\xEF\xBB\xBFUser-agent: *\nDisallow: /x", "User-agent: *\rDisallow: /x\r",
                                 "User-agent: *\r\nDisallow: /x\r\n", "  user-agent :*\n\tdisallow:\t/x",
                                 "# hi\nUser-agent:*# all\nFoo: bar\nnonsense\nDisallow: /x"})
            CPPUNIT_ASSERT_MESSAGE(text,
                                   !Robots::parse(text, "b").allows("/x") && Robots::parse(text, "b").allows("/y"));
        CPPUNIT_ASSERT(Robots::parse("<html>not found</html>", "b").allows("/"));
        CPPUNIT_ASSERT(!Robots::disallowAll().allows("/x"));
    }

    void testSitemapsBelongToNoGroup() {
        const Robots robots =
            Robots::parse("Sitemap: https://a.example/1.xml\nUser-agent: x\nDisallow: /\nsitemap: /2.xml\n", "b");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, robots.sitemaps().size());
        CPPUNIT_ASSERT_EQUAL(std::string("/2.xml"), robots.sitemaps()[1]);
    }

    void testCrawlDelay() {
        const auto delay = [](const char* value) {
            return Robots::parse(std::string("User-agent: *\nCrawl-delay: ") + value, "b").crawlDelay();
        };
        CPPUNIT_ASSERT(delay("1.5") == std::chrono::milliseconds(1500));
        CPPUNIT_ASSERT(delay("10") == std::chrono::seconds(10));
        for (const char* bad : {"", "x", "-1", "nan", "1e300"}) CPPUNIT_ASSERT_MESSAGE(bad, !delay(bad));
    }

    void testOnlyTheFirstHalfMegabyteCounts() {
        std::string text = "User-agent: *\nDisallow: /early\n";
        text += std::string(600 << 10, '#') + "\nDisallow: /late\n";
        const Robots robots = Robots::parse(text, "b");
        CPPUNIT_ASSERT(!robots.allows("/early") && robots.allows("/late"));
    }

    void testManyWildcardsCostLittle() {
        std::string pattern = "Disallow: /";
        for (int i = 0; i < 2000; ++i) pattern += "*a";
        CPPUNIT_ASSERT(allows(pattern + "$", '/' + std::string(1999, 'a') + 'b'));
        CPPUNIT_ASSERT(!allows(pattern + "$", '/' + std::string(2083, 'a')));
        CPPUNIT_ASSERT(!allows("Disallow: /" + std::string(50'000, '*') + "x", "/abcx"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RobotsTest);
