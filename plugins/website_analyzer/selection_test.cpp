#include "website_analyzer/selection.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd::website;
using namespace std::string_literals;

class SelectionTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SelectionTest);
    CPPUNIT_TEST(testCandidatesAreMergedAndFiltered);
    CPPUNIT_TEST(testForeignVariantsStandAside);
    CPPUNIT_TEST(testRequiredClassesComeFirst);
    CPPUNIT_TEST(testTwoAClassThenFill);
    CPPUNIT_TEST(testRejectedPagesFreeTheirPlace);
    CPPUNIT_TEST(testLittleIsNotFilledWithRubbish);
    CPPUNIT_TEST(testCandidatesAreBounded);
    CPPUNIT_TEST_SUITE_END();

    static Candidates candidates(const std::vector<std::string>& paths) {
        const auto seed = *parseLink("https://acme.com/");
        Candidates all(Site(seed, Scope::Domain), {"en"});
        all.addHome(seed);
        for (const std::string& path : paths) all.add(path.starts_with("http") ? path : "https://acme.com" + path);
        return all;
    }
    static std::string select(const std::vector<Candidate>& ranked, std::size_t most,
                              const std::set<std::string>& accepted = {}, const std::set<std::string>& rejected = {}) {
        std::string paths;
        Selection selection(ranked, accepted, rejected);
        for (std::size_t i = 0; i < most; ++i)
            if (const Candidate* next = selection.next()) paths += next->url.path + ' ';
        return paths;
    }

    void testCandidatesAreMergedAndFiltered() {
        const Candidates all = candidates({"/about", "/about/", "http://www.acme.com/about/index.html", "/a.pdf",
                                           "https://other.com/about", "/login", "https://app.acme.com/x",
                                           "https://careers.acme.com/", "mailto:x@acme.com"});
        std::string got;
        for (const Candidate& candidate : all.ranked()) got += candidate.url.text() + ' ';
        CPPUNIT_ASSERT_EQUAL("https://acme.com/ https://acme.com/about https://careers.acme.com/ "s, got);
        CPPUNIT_ASSERT_EQUAL("https://acme.com/a.pdf"s, all.documents().at(0));
    }

    void testForeignVariantsStandAside() {
        std::string got;
        for (const Candidate& candidate : candidates({"/de/about", "/about", "/de/impressum", "/fr/equipe"}).ranked())
            got += candidate.url.path + ' ';
        CPPUNIT_ASSERT_EQUAL("/ /about /de/impressum /fr/equipe "s, got);
    }

    void testRequiredClassesComeFirst() {
        const auto ranked = candidates({"/about", "/company", "/team", "/vision", "/products", "/pricing", "/contact",
                                        "/values", "/customers"})
                                .ranked();
        CPPUNIT_ASSERT_EQUAL("/ /about /team /products /contact /company /vision "s, select(ranked, 7));
    }

    void testTwoAClassThenFill() {
        const auto ranked =
            candidates({"/products/a", "/products/b", "/products/c", "/products/d", "/contact", "/kontakt", "/thing"})
                .ranked();
        CPPUNIT_ASSERT_EQUAL("/ /products/a /contact /products/b /thing /products/c /products/d /kontakt "s,
                             select(ranked, 20));
    }

    void testRejectedPagesFreeTheirPlace() {
        const auto ranked = candidates({"/about", "/company", "/mission"}).ranked();
        CPPUNIT_ASSERT_EQUAL("/company "s, select(ranked, 1, {"acme.com/"}, {"acme.com/about"}));
        CPPUNIT_ASSERT_EQUAL("/mission "s, select(ranked, 9, {"acme.com/", "acme.com/about"}, {"acme.com/company"}));
        CPPUNIT_ASSERT_EQUAL(
            ""s, select(ranked, 9, {"acme.com/", "acme.com/about", "acme.com/company", "acme.com/mission"}));
    }

    void testLittleIsNotFilledWithRubbish() {
        CPPUNIT_ASSERT_EQUAL("/ /blog /x "s, select(candidates({"/privacy", "/x", "/tag/y", "/blog"}).ranked(), 9));
        CPPUNIT_ASSERT_EQUAL(""s, select({}, 5));
    }

    void testCandidatesAreBounded() {
        std::vector<std::string> paths;
        for (int i = 0; i < 6000; ++i) paths.push_back("/p" + std::to_string(i));
        CPPUNIT_ASSERT_EQUAL(Candidates::kMaxCandidates, candidates(paths).size());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SelectionTest);
