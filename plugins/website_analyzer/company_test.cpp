#include "website_analyzer/company.h"

#include <cppunit/extensions/HelperMacros.h>

#include "website_analyzer/company_name.h"
#include "website_analyzer/contacts.h"

using namespace stepd::website;
using stepd::Json;
using namespace std::string_literals;

class CompanyTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CompanyTest);
    CPPUNIT_TEST(testJsonLdWinsOverOpenGraphOverTitle);
    CPPUNIT_TEST(testOrganizationOnTheSiteWins);
    CPPUNIT_TEST(testEmployeesAndAddress);
    CPPUNIT_TEST(testNothingIsInvented);
    CPPUNIT_TEST(testEmails);
    CPPUNIT_TEST(testPhones);
    CPPUNIT_TEST(testSocialProfiles);
    CPPUNIT_TEST(testNamesFromTitlesAndCopyright);
    CPPUNIT_TEST_SUITE_END();

    static PageContent page(const std::string& html, const std::string& url = "https://acme.com/") {
        return readPage(html, "text/html; charset=utf-8", url, "bot");
    }
    static Json company(const std::vector<std::string>& pages, Options options = {}) {
        std::vector<PageContent> contents;
        for (const auto& html : pages) contents.push_back(page(html));
        std::vector<CompanyPage> list;
        for (std::size_t i = 0; i < contents.size(); ++i)
            list.push_back({"https://acme.com/" + (i == 0 ? ""s : "p" + std::to_string(i)),
                            i == 0 ? PageClass::Home : PageClass::Team, &contents[i]});
        return companyOf(list, Site(*parseLink("https://acme.com/"), Scope::Domain), options);
    }
    static std::string ld(const std::string& json) {
        return "<script type='application/ld+json'>" + json + "</script>";
    }

    void testJsonLdWinsOverOpenGraphOverTitle() {
        const std::string og = "<meta property=og:site_name content='Acme OG'>";
        const Json byLd =
            company({og + ld(R"({"@type":"Organization","name":"Acme LD","url":"https://www.acme.com"})")})["name"];
        CPPUNIT_ASSERT_EQUAL("Acme LD"s, byLd["value"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("jsonld"s, byLd["source"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("https://acme.com/"s, byLd["url"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("Acme OG"s,
                             company({og + "<title>x | Acme T</title>"})["name"]["value"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL("Acme T"s,
                             company({"<title>Home | Acme T</title>", "<title>Team | Acme T</title>"})["name"]["value"]
                                 .get<std::string>());
        CPPUNIT_ASSERT_EQUAL(
            "Acme AG"s,
            company({"<p>\xC2\xA9 2019-2026 Acme AG. All rights reserved.</p>"})["name"]["value"].get<std::string>());
    }

    void testOrganizationOnTheSiteWins() {
        const Json got = company({ld(R"([{"@type":"Organization","name":"Agency","url":"https://agency.example"},
                                         {"@type":"Corporation","name":"Acme","url":"https://acme.com/en"}])")});
        CPPUNIT_ASSERT_EQUAL("Acme"s, got["name"]["value"].get<std::string>());
        const Json foreign =
            company({ld(R"({"@type":"Organization","name":"Agency","url":"https://agency.example"})")});
        CPPUNIT_ASSERT_EQUAL("acme"s, foreign["name"]["value"].get<std::string>());
    }

    void testEmployeesAndAddress() {
        const auto with = [](const std::string& member) {
            return company({ld(R"({"@type":"Organization","name":"A",)" + member + "}")});
        };
        CPPUNIT_ASSERT_EQUAL(Json({{"min", 50}, {"max", 50}}), with(R"("numberOfEmployees":50)")["employees"]["value"]);
        CPPUNIT_ASSERT_EQUAL(Json({{"min", 50}, {"max", 50}}),
                             with(R"("numberOfEmployees":"50")")["employees"]["value"]);
        CPPUNIT_ASSERT_EQUAL(Json({{"min", 7}, {"max", 7}}),
                             with(R"("numberOfEmployees":{"value":7})")["employees"]["value"]);
        CPPUNIT_ASSERT_EQUAL(Json({{"min", 5}, {"max", 9}}),
                             with(R"("numberOfEmployees":{"minValue":"5","maxValue":9})")["employees"]["value"]);
        CPPUNIT_ASSERT(with(R"("numberOfEmployees":"many")")["employees"].is_null());
        CPPUNIT_ASSERT_EQUAL(
            "Street 1, 80331 Munich, DE"s,
            with(
                R"("address":[{"streetAddress":"Street 1","postalCode":"80331","addressLocality":"Munich","addressCountry":{"name":"DE"}}])")
                ["address"]["value"]
                    .get<std::string>());
        CPPUNIT_ASSERT_EQUAL("Street 1"s, with(R"("address":"Street 1")")["address"]["value"].get<std::string>());
    }

    void testNothingIsInvented() {
        const Json got = company({"<p>hello</p>"});
        CPPUNIT_ASSERT_EQUAL(0.3, got["name"]["confidence"].get<double>());
        for (const char* key : {"legal_name", "description", "founded", "employees", "address", "vat_id", "logo"})
            CPPUNIT_ASSERT_MESSAGE(key, got[key].is_null());
        CPPUNIT_ASSERT(got["phones"].empty() && got["emails"].empty() && got["people"].empty() &&
                       got["social"].empty());
    }

    void testEmails() {
        const std::string html =
            "<a href='mailto:Info@acme.com?subject=x'>m</a> jane.doe@acme.com, logo@2x.png a@example.com x@sentry.io "
            "team@partner.io @ a@b "
            "<span data-cfemail='422a272e2e2d0223212f276c212d2f'></span><script>dev@acme.com</script>";
        const PageContacts contacts = page(html).contacts;
        const std::vector<std::string> want{"info@acme.com", "jane.doe@acme.com", "logo@2x.png",   "a@example.com",
                                            "x@sentry.io",   "team@partner.io",   "hello@acme.com"};
        CPPUNIT_ASSERT(want == contacts.emails);
        const auto values = [&](Options options) {
            std::string list;
            const Json got = company({html}, options);
            for (const Json& email : got["emails"])
                list += email["value"].get<std::string>() + (email["role"] == true ? "+ " : "- ");
            return list;
        };
        CPPUNIT_ASSERT_EQUAL("info@acme.com+ team@partner.io+ hello@acme.com+ "s, values({}));
        Options personal;
        personal.collectPersonalEmails = true;
        CPPUNIT_ASSERT(values(personal).find("jane.doe@acme.com- ") != std::string::npos);
    }

    void testPhones() {
        const struct {
            const char* text;
            const char* phone;
        } rows[] = {{"+49 (0)89 5550-100", "+49895550100"},
                    {"0049 89 5550100", "+49895550100"},
                    {"089 / 5550 100", "089 / 5550 100"},
                    {"112", ""},
                    {"+1 (555) 010-9999", "+15550109999"}};
        for (const auto& row : rows) CPPUNIT_ASSERT_EQUAL(std::string(row.phone), normalisedPhone(row.text));
    }

    void testSocialProfiles() {
        const struct {
            const char* url;
            const char* network;
        } rows[] = {{"https://www.linkedin.com/company/acme/about", "linkedin"},
                    {"https://linkedin.com/in/jane", ""},
                    {"https://www.linkedin.com/shareArticle?url=x", ""},
                    {"https://twitter.com/acme", "x"},
                    {"https://x.com/intent/tweet?text=x", ""},
                    {"https://www.facebook.com/acme", "facebook"},
                    {"https://www.facebook.com/sharer/sharer.php?u=x", ""},
                    {"https://www.youtube.com/@acme", "youtube"},
                    {"https://www.youtube.com/watch?v=x", ""},
                    {"https://github.com/acme", "github"},
                    {"https://github.com/acme/repo", ""},
                    {"https://notlinkedin.com/company/acme", ""},
                    {"https://www.xing.com/pages/acme", "xing"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.url, std::string(row.network), socialNetworkOf(row.url));
        const PageContacts contacts =
            page(
                "<p><a href=https://x.com/somebody>quoted</a></p><footer><a href=https://x.com/acme>X</a><a rel=me "
                "href='https://m.example/@acme'>M</a></footer>")
                .contacts;
        CPPUNIT_ASSERT_EQUAL("https://x.com/acme"s, contacts.social.at("x"));
        CPPUNIT_ASSERT_EQUAL("https://m.example/@acme"s, contacts.social.at("mastodon"));
    }

    void testNamesFromTitlesAndCopyright() {
        CPPUNIT_ASSERT_EQUAL("Acme"s, commonTitlePart({"Team \xE2\x80\x93 Acme", "Acme: Home", "Jobs - Acme"}));
        CPPUNIT_ASSERT_EQUAL(""s, commonTitlePart({"One | A", "Two | B"}));
        CPPUNIT_ASSERT_EQUAL("Acme & Co KG"s, copyrightHolder("Imprint \xC2\xA9 2024 Acme & Co KG | Privacy"));
        CPPUNIT_ASSERT_EQUAL(""s, copyrightHolder("no mark"));
        CPPUNIT_ASSERT_EQUAL(
            ""s, copyrightHolder("\xC2\xA9 words that go on and on without any end that a name could have at all"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CompanyTest);
