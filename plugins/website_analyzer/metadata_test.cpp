#include "website_analyzer/metadata.h"

#include <cppunit/extensions/HelperMacros.h>

#include "website_analyzer/json_ld.h"
#include "website_analyzer/links.h"
#include "website_analyzer/site.h"

using namespace stepd::website;
using namespace std::string_literals;

class MetadataTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(MetadataTest);
    CPPUNIT_TEST(testWhatAPageSaysOfItself);
    CPPUNIT_TEST(testFallbacks);
    CPPUNIT_TEST(testCanonicalMustBeOneAndInTheHead);
    CPPUNIT_TEST(testDirectives);
    CPPUNIT_TEST(testRefresh);
    CPPUNIT_TEST(testJsonLdIsForgiving);
    CPPUNIT_TEST(testJsonLdTypesAndTexts);
    CPPUNIT_TEST(testLinks);
    CPPUNIT_TEST(testIdentityKeys);
    CPPUNIT_TEST_SUITE_END();

    static PageMetadata read(const std::string& html) {
        return metadataOf(*HtmlDocument::parse(html), "https://acme.example/dir/page", "LeadIntelBot");
    }

    void testWhatAPageSaysOfItself() {
        const PageMetadata got = read(
            "<html lang='en-GB'><head><title> The  title </title><meta name=Description content='Meta text'>"
            "<meta property='og:title' content='OG title'><meta property='og:description' content='OG text'><meta "
            "property='og:title' content='2nd'>"
            "<meta name='twitter:card' content='summary'><meta name=author content='Jane'><meta "
            "property='article:published_time' content='2026-01-02'>"
            "<link rel='shortcut icon' href='/i.png'><link rel=alternate type='application/rss+xml' href=feed><link "
            "rel=canonical href='/x'>"
            "<script type='application/ld+json'>{}</script></head><body><h1>Head</h1>");
        CPPUNIT_ASSERT_EQUAL("OG title"s, got.title);
        CPPUNIT_ASSERT_EQUAL("The title"s, got.documentTitle);
        CPPUNIT_ASSERT_EQUAL("Meta text"s, got.description);
        CPPUNIT_ASSERT_EQUAL("en-GB"s, got.language);
        CPPUNIT_ASSERT_EQUAL("summary"s, got.twitter.at("card"));
        CPPUNIT_ASSERT_EQUAL("Jane"s, got.author);
        CPPUNIT_ASSERT_EQUAL("2026-01-02"s, got.published);
        CPPUNIT_ASSERT_EQUAL("https://acme.example/i.png"s, got.icon);
        CPPUNIT_ASSERT_EQUAL("https://acme.example/dir/feed"s, got.feeds.at(0));
        CPPUNIT_ASSERT_EQUAL("https://acme.example/x"s, got.canonical);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, got.jsonLd.size());
    }

    void testFallbacks() {
        CPPUNIT_ASSERT_EQUAL("Title"s, read("<title>Title</title><h1>Head</h1>").title);
        CPPUNIT_ASSERT_EQUAL("Head"s, read("<svg><title>Icon</title></svg><h1>Head</h1>").title);
        CPPUNIT_ASSERT_EQUAL("og"s, read("<meta property=og:description content=og>").description);
        CPPUNIT_ASSERT_EQUAL("de_DE"s, read("<meta property=og:locale content=de_DE>").language);
        CPPUNIT_ASSERT_EQUAL(""s, read("").title);
    }

    void testCanonicalMustBeOneAndInTheHead() {
        CPPUNIT_ASSERT_EQUAL(""s,
                             read("<head><link rel=canonical href=/a><link rel=canonical href=/b></head>").canonical);
        CPPUNIT_ASSERT_EQUAL("https://acme.example/a"s,
                             read("<head><link rel=canonical href=/a><link rel=canonical href=/a></head>").canonical);
        CPPUNIT_ASSERT_EQUAL(
            "https://acme.example/a"s,
            read("<head><noscript><img src=/pixel></noscript><link rel=canonical href=/a></head><body>").canonical);
        CPPUNIT_ASSERT_EQUAL(""s, read("<head></head><body><p><link rel=canonical href=/a></p></body>").canonical);
    }

    void testDirectives() {
        CPPUNIT_ASSERT(read("<meta name=robots content='index, NOFOLLOW'>").nofollow);
        CPPUNIT_ASSERT(read("<meta name=leadintelbot content=none>").noindex);
        CPPUNIT_ASSERT(!read("<meta name=otherbot content=none>").nofollow);
        CPPUNIT_ASSERT(read("<meta name=tdm-reservation content=1>").tdmReserved);
        CPPUNIT_ASSERT(!read("<meta name=tdm-reservation content=0>").tdmReserved);
    }

    void testRefresh() {
        CPPUNIT_ASSERT_EQUAL("https://acme.example/new"s,
                             read("<meta http-equiv=Refresh content='0; URL=\"/new\"'>").refresh);
        const struct {
            const char* value;
            const char* target;
        } rows[] = {{"0;url=/a", "/a"}, {"5, url = '/b'", "/b"}, {"6;url=/c", ""}, {"3", ""},
                    {"", ""},           {"x;url=/a", ""},        {"0;url=", ""}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.value, std::string(row.target), refreshTarget(row.value).value_or(""));
    }

    void testJsonLdIsForgiving() {
        for (const char* script :
             {"{\"@type\":\"Organization\",\"name\":\"A\"}", "<!-- {\"@type\":\"Organization\",\"name\":\"A\"} -->",
              "//<![CDATA[\n{\"@type\":\"Organization\",\"name\":\"A\"}\n//]]>",
              "{\"@type\":\"Organization\",\"name\":\"A\",};",
              "[{\"@type\":[\"Thing\",\"http://schema.org/Corporation\"],\"name\":\"A\",\"x\":[1,2,],},]",
              "{\"@graph\":[{\"@type\":\"WebPage\",\"about\":{\"@type\":\"LocalBusiness\",\"name\":\"A\",\"d\":"
              "\"two\nlines\"}}]}"}) {
            const JsonLd got = readJsonLd({script});
            CPPUNIT_ASSERT_EQUAL_MESSAGE(script, std::size_t{0}, got.broken);
            CPPUNIT_ASSERT_MESSAGE(script, isOrganization(got.objects.back()));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(script, "A"s, textMember(got.objects.back(), "name"));
        }
        const JsonLd mixed = readJsonLd({"{broken", "", "{\"@type\":\"Person\"}", std::string(100'000, '[')});
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, mixed.broken);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, mixed.objects.size());
    }

    void testJsonLdTypesAndTexts() {
        const JsonLd article =
            readJsonLd({"{\"@type\":\"NewsArticle\",\"publisher\":{\"@type\":\"Organization\",\"name\":\"Press\"}}"});
        CPPUNIT_ASSERT_MESSAGE("who publishes an article is not the company",
                               article.objects.size() == 1 && !isOrganization(article.objects[0]));
        const stepd::Json object = stepd::Json::parse(
            "{\"s\":\" a  b \",\"n\":7,\"o\":{\"url\":\"u\"},\"l\":[{\"@value\":\"v\"},\"w\"],\"e\":[],\"z\":null}");
        CPPUNIT_ASSERT_EQUAL("a b"s, textMember(object, "s"));
        CPPUNIT_ASSERT_EQUAL("7"s, textMember(object, "n"));
        CPPUNIT_ASSERT_EQUAL("u"s, textMember(object, "o"));
        CPPUNIT_ASSERT_EQUAL("v"s, textMember(object, "l"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, textMembers(object, "l").size());
        CPPUNIT_ASSERT_EQUAL(""s, textMember(object, "e") + textMember(object, "z") + textMember(object, "missing"));
    }

    void testLinks() {
        const auto page = HtmlDocument::parse(
            "<base href='/base/'><nav><a href=one>One  <b>link</b></a></nav><a href='https://b.example/x'>out</a><a "
            "href='mailto:x@y.example'>m</a>"
            "<a href='#top'>t</a><a rel='me NoFollow' href=two>no</a><a download href=three>d</a><map><area "
            "href=/four></map>"
            "<link rel=alternate hreflang=de href=/de><a href='javascript:void(0)'>j</a><a href=five "
            "aria-label='Five'><img></a><a href=''>e</a>");
        std::string got;
        for (const Link& link : linksOf(*page, "https://a.example/dir/page"))
            got += link.url + '|' + link.text + '|' + (link.inNavigation ? "nav" : "") + '\n';
        CPPUNIT_ASSERT_EQUAL(
            "https://a.example/base/one|One "
            "link|nav\nhttps://b.example/x|out|\nhttps://a.example/four||\nhttps://a.example/de||\n"
            "https://a.example/base/five|Five|\n"s,
            got);
    }

    void testIdentityKeys() {
        const auto key = [](const char* url) { return identityKey(*parseLink(url)); };
        for (const char* same : {"http://www.acme.com/a", "https://acme.com/a/", "https://ACME.com:443/a/index.html",
                                 "https://acme.com/a/INDEX.php#x", "https://acme.com/a?utm_source=x&PHPSESSID=1",
                                 "https://acme.com/a;jsessionid=77"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(same, "acme.com/a"s, key(same));
        CPPUNIT_ASSERT_EQUAL(key("https://acme.com/?b=2&a=1"), key("https://acme.com/?a=1&b=2"));
        CPPUNIT_ASSERT(key("https://acme.com/?a=1") != key("https://acme.com/"));
        CPPUNIT_ASSERT(key("https://acme.com:8443/") != key("https://acme.com/"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MetadataTest);
