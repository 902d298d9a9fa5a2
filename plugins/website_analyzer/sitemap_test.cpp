#include "website_analyzer/sitemap.h"

#include <cppunit/extensions/HelperMacros.h>
#include <zlib.h>

#include "website_analyzer/gunzip.h"

using namespace stepd::website;

namespace {

std::string gzipped(const std::string& bytes) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

const std::string kUrlset =
    "<?xml version='1.0' encoding='UTF-8'?>\n<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
    "xmlns:image='http://www.google.com/schemas/sitemap-image/1.1' xmlns:xhtml='http://www.w3.org/1999/xhtml'>\n"
    "<url><loc> https://a.example/x?a=1&amp;b=2 </loc><lastmod>2026-01-02</lastmod><priority>0.9</priority>"
    "<image:image><image:loc>https://a.example/pic.jpg</image:loc></image:image>"
    "<xhtml:link rel='alternate' hreflang='de' href='https://a.example/de/x'/></url>\n"
    "<url><loc><![CDATA[https://a.example/y]]></loc><priority>7</priority></url></urlset>";

}  // namespace

class SitemapTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SitemapTest);
    CPPUNIT_TEST(testUrlset);
    CPPUNIT_TEST(testIndexRssAtomAndText);
    CPPUNIT_TEST(testGzipByMagic);
    CPPUNIT_TEST(testBrokenFilesGiveWhatCameBefore);
    CPPUNIT_TEST(testNoEntitiesNoDtd);
    CPPUNIT_TEST(testBombsAreCut);
    CPPUNIT_TEST(testChildrenAreOrdered);
    CPPUNIT_TEST_SUITE_END();

    static std::string urls(const Sitemap& sitemap) {
        std::string out;
        for (const auto& entry : sitemap.entries) out += entry.url + ' ';
        return out;
    }

    void testUrlset() {
        const Sitemap sitemap = parseSitemap(kUrlset);
        CPPUNIT_ASSERT_EQUAL(std::string("https://a.example/x?a=1&b=2 https://a.example/y "), urls(sitemap));
        CPPUNIT_ASSERT(!sitemap.broken && sitemap.children.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-02"), sitemap.entries[0].lastModified);
        CPPUNIT_ASSERT_EQUAL(0.9, sitemap.entries[0].priority);
        CPPUNIT_ASSERT_EQUAL(0.5, sitemap.entries[1].priority);
        CPPUNIT_ASSERT_EQUAL(std::string("https://a.example/de/x"), sitemap.entries[0].alternates.at(0));
    }

    void testIndexRssAtomAndText() {
        const Sitemap index = parseSitemap(
            "\n\n<?xml "
            "version='1.0'?><sitemapindex><sitemap><loc>/a.xml</loc></sitemap><sitemap><loc>/b.xml</loc></sitemap></"
            "sitemapindex>");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, index.children.size());
        CPPUNIT_ASSERT(index.entries.empty());
        CPPUNIT_ASSERT_EQUAL(
            std::string("https://a.example/p "),
            urls(parseSitemap("<rss><channel><link>https://a.example/</link><item><link>https://a.example/p</link>"
                              "</item></channel></rss>")));
        CPPUNIT_ASSERT_EQUAL(
            std::string("https://a.example/q "),
            urls(parseSitemap("<feed xmlns='http://www.w3.org/2005/Atom'><link href='/self'/><entry>"
                              "<link rel='edit' href='/e'/><link href='https://a.example/q'/></entry></feed>")));
        CPPUNIT_ASSERT_EQUAL(std::string("https://a.example/1 http://a.example/2 "),
                             urls(parseSitemap("\xEF\xBB\xBFhttps://a.example/1\r\nnonsense\r\n http://a.example/2")));
        CPPUNIT_ASSERT(parseSitemap("").entries.empty());
    }

    void testGzipByMagic() {
        CPPUNIT_ASSERT_EQUAL(urls(parseSitemap(kUrlset)), urls(parseSitemap(gzipped(kUrlset))));
        const std::string half = gzipped(kUrlset).substr(0, 60);
        CPPUNIT_ASSERT(parseSitemap(half).broken);
        const std::string twice = gzipped("one ") + gzipped("two");
        CPPUNIT_ASSERT_EQUAL(std::string("one two"), gunzip(twice, 100).bytes);
    }

    void testBrokenFilesGiveWhatCameBefore() {
        for (const char* tail :
             {"<url><loc>https://a.example/2", "<<<", "</wrong>", "&undefined;<url>", "\xFF\xFE\x01"}) {
            const Sitemap sitemap =
                parseSitemap(std::string("<urlset><url><loc>https://a.example/1</loc></url>") + tail);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(tail, std::string("https://a.example/1 "), urls(sitemap));
            CPPUNIT_ASSERT_MESSAGE(tail, sitemap.broken);
        }
    }

    void testNoEntitiesNoDtd() {
        const Sitemap laughs = parseSitemap(
            "<!DOCTYPE urlset [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>"
            "<!ENTITY file SYSTEM 'file:///etc/hostname'>]>"
            "<urlset><url><loc>https://a.example/&b;</loc></url><url><loc>https://a.example/&file;</loc></url></"
            "urlset>");
        CPPUNIT_ASSERT(laughs.entries.empty() && laughs.broken);
        const Sitemap late = parseSitemap("<urlset><url><loc>https://a.example/&amp;&nbsp;x</loc></url></urlset>");
        CPPUNIT_ASSERT(late.broken && late.entries.size() <= 1);
    }

    void testBombsAreCut() {
        std::string many = "<urlset>";
        for (int i = 0; i < 20'000; ++i) many += "<url><loc>https://a.example/" + std::to_string(i) + "</loc></url>";
        CPPUNIT_ASSERT_EQUAL(std::size_t{5000}, parseSitemap(many + "</urlset>").entries.size());

        const std::string zeros =
            gzipped("<urlset><url><loc>https://a.example/1</loc></url>" + std::string(40U << 20, ' '));
        CPPUNIT_ASSERT(zeros.size() < 100'000);
        const Sitemap bomb = parseSitemap(zeros);
        CPPUNIT_ASSERT_EQUAL(std::string("https://a.example/1 "), urls(bomb));
        CPPUNIT_ASSERT(bomb.broken);

        std::string deep;
        for (int i = 0; i < 100'000; ++i) deep += "<a>";
        CPPUNIT_ASSERT(parseSitemap(deep).broken);
        const Sitemap longText =
            parseSitemap("<urlset><url><loc>https://a.example/" + std::string(1 << 20, 'x') + "</loc></url></urlset>");
        CPPUNIT_ASSERT(longText.entries.empty() || longText.entries[0].url.size() <= 4096);
    }

    void testChildrenAreOrdered() {
        const auto ordered = orderedChildren(
            {"/post-sitemap.xml", "/x.xml", "/page-sitemap.xml", "/author-sitemap.xml", "/company.xml"});
        const std::vector<std::string> want{"/page-sitemap.xml", "/company.xml", "/x.xml", "/post-sitemap.xml",
                                            "/author-sitemap.xml"};
        CPPUNIT_ASSERT(want == ordered);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SitemapTest);
