#include "linkedin_collector/settings.h"

#include <cppunit/extensions/HelperMacros.h>

#include "linkedin_collector/virtual_world.h"

using namespace stepd;
using namespace stepd::linkedin;

class SettingsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SettingsTest);
    CPPUNIT_TEST(testDefaults);
    CPPUNIT_TEST(testBaseUrls);
    CPPUNIT_TEST(testFindingsNameTheirPath);
    CPPUNIT_TEST(testAllFindingsAreReported);
    CPPUNIT_TEST_SUITE_END();

    /// The sentence of the refusal; empty if the options are fine.
    static std::string refusal(const Json& options) {
        try {
            const Settings settings(options);
            return {};
        } catch (const InvalidConfig& error) {
            return error.what();
        }
    }

    static Json with(const char* pointer, const Json& value) {
        Json provider = plainProvider("one");
        provider[Json::json_pointer(pointer)] = value;
        return {{"providers", Json::array({provider})}};
    }

    void testDefaults() {
        const Settings settings(Json::object());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, settings.providers.size());
        const Provider& dog = settings.providers.front();
        CPPUNIT_ASSERT_EQUAL(std::string("scrapingdog"), dog.name);
        CPPUNIT_ASSERT_EQUAL(std::string("SCRAPINGDOG_API_KEY"), dog.secrets.at("key"));
        CPPUNIT_ASSERT(dog.timeout == std::chrono::seconds(60));
        CPPUNIT_ASSERT(settings.totalBudget == std::chrono::seconds(240));
        CPPUNIT_ASSERT(settings.cacheTtl == std::chrono::hours(7 * 24));
        CPPUNIT_ASSERT(settings.maxResponseBytes == 4194304 && settings.storeRaw && settings.dropThirdParty);
        CPPUNIT_ASSERT_EQUAL(std::string(), refusal({{"providers", Json::array()}}));
    }

    void testBaseUrls() {
        const char* pointer = "/operations/person/request/url";
        for (const char* url : {"https://a.example.com/{{id}}", "http://127.0.0.1:8080/", "http://localhost/x",
                                "http://[::1]:99/", "https://a.example.com:8443/x"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(url, std::string(), refusal(with(pointer, url)));
        for (const char* url : {"http://a.example.com/", "https://{{id}}.example.com/", "{{id}}", "", "a.example.com/x",
                                "https://a.example.com", "ftp://a.example.com/", "http://127.0.0.1.example.com/",
                                "https://u:p@a.example.com/"})
            CPPUNIT_ASSERT_MESSAGE(
                url, refusal(with(pointer, url)).starts_with("providers/0/operations/person/request/url "));
    }

    void testFindingsNameTheirPath() {
        const struct {
            const char* pointer;
            Json value;
            const char* want;
        } rows[] = {
            {"/surprise", 1, "providers/0/surprise is not a known option"},
            {"/id_types", {"vanity", "iban"}, "providers/0/id_types has the unknown type iban"},
            {"/secrets", {{"key", 5}}, "providers/0/secrets must map names"},
            {"/timeout_ms", "30s", "providers/0/timeout_ms must be a whole number"},
            {"/operations/person/request/query/key", "{{secret.key}}",
             "providers/0/operations/person/request/query/key uses {{secret.key}}, which has no source"},
            {"/operations/person/request/headers/X-A", "a\nb",
             "providers/0/operations/person/request/headers/X-A holds a line break"},
            {"/operations/person/request/body", "{{job.ID}}",
             "providers/0/operations/person/request/body uses {{job.ID}}: jobs are not supported yet"},
            {"/operations/person/request/url", "https://a.example.com/{{id",
             "providers/0/operations/person/request/url has {{ without }}"},
            {"/operations/person/request/method", "DELETE",
             "providers/0/operations/person/request/method must be one of GET, POST"},
            {"/operations/person/response/root", "0",
             "providers/0/operations/person/response/root has a bad JSON pointer: 0"},
            {"/operations/person/outcomes/0",
             {{"class", "odd"}},
             "providers/0/operations/person/outcomes/0/class must be an outcome class"},
            {"/operations/person/outcomes/0",
             {{"class", "auth"}, {"status", "4xx"}},
             "providers/0/operations/person/outcomes/0/status must be a status"},
            {"/operations/person/outcomes/0",
             {{"class", "auth"}, {"when", {{"pointer", "/a"}, {"matches", "("}}}},
             "providers/0/operations/person/outcomes/0/when/matches is no regular expression"},
            {"/operations/person/outcomes/0",
             {{"class", "auth"}, {"when", {{"pointer", "/a"}}}},
             "providers/0/operations/person/outcomes/0/when must have either equals or matches"},
            {"/operations/person/poll/mode", "job", "providers/0/operations/person/poll/mode job is not supported yet"},
            {"/operations/person/poll/mode", "sync_or_job",
             "providers/0/operations/person/poll/mode sync_or_job is not supported yet"},
            {"/operations/person/map/full_name", "name",
             "providers/0/operations/person/map/full_name has a bad JSON pointer: name"},
            {"/operations/robot", Json::object(), "providers/0/operations/robot is not a known option"},
            {"/operations", Json::object(), "providers/0/operations must have at least one"},
            {"/name", "", "providers/0/name is missing"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_MESSAGE(refusal(with(row.pointer, row.value)),
                                   refusal(with(row.pointer, row.value)).starts_with(row.want));
        CPPUNIT_ASSERT(refusal({{"providers", {plainProvider("a"), plainProvider("b"), plainProvider("a")}}})
                           .starts_with("providers has two named a"));
        CPPUNIT_ASSERT(refusal({{"providers", "x"}}).starts_with("providers must be a list"));
        CPPUNIT_ASSERT(refusal({{"opt_out_persons", {"jane-doe"}}}).starts_with("opt_out_persons must hold SHA-256"));
    }

    void testAllFindingsAreReported() {
        const std::string text = refusal(
            {{"timeout_ms", 0}, {"store_raw", "yes"}, {"unknown", 1}, {"providers", Json::array({Json::object()})}});
        for (const char* part : {"timeout_ms must be", "store_raw must be true or false",
                                 "unknown is not a known option", "providers/0/name is missing"})
            CPPUNIT_ASSERT_MESSAGE(text, text.find(part) != std::string::npos);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SettingsTest);
