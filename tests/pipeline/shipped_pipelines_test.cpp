#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "pipeline/document_scope.h"
#include "pipeline/json_schema.h"
#include "pipeline/loader.h"
#include "pipeline/pipeline_graph.h"

using namespace stepd;
using namespace stepd::pipeline;

/// The pipelines that are installed.
class ShippedPipelinesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ShippedPipelinesTest);
    CPPUNIT_TEST(testRegistrationLoads);
    CPPUNIT_TEST(testRegistrationReturnsWhatItPromises);
    CPPUNIT_TEST(testAddressesThatTheSchemaTakes);
    CPPUNIT_TEST(testAddressesThatTheSchemaRefuses);
    CPPUNIT_TEST(testAllFieldErrorsAreFound);
    CPPUNIT_TEST_SUITE_END();

    static PipelinePtr registration() {
        const char* source = std::getenv("STEPD_SOURCE_DIR");
        CPPUNIT_ASSERT_MESSAGE("STEPD_SOURCE_DIR is not set; run through ctest", source != nullptr);
        LoadContext context;
        context.retryPolicies["external-api"] = RetryPolicy{};
        context.retryPolicies["quick"] = RetryPolicy{};
        context.plugins = {"validator", "linkedin_collector", "website_analyzer", "result_saver"};
        const Loaded loaded = loadFile(std::string(source) + "/config/pipelines/process-registration.yaml", context);
        for (const auto& finding : loaded.findings)
            CPPUNIT_ASSERT_MESSAGE(finding.text(), finding.severity == Severity::Warning);
        CPPUNIT_ASSERT(loaded.pipeline != nullptr);
        return loaded.pipeline;
    }

    static std::string findings(const std::string& body) {
        static const auto schema = JsonSchema::compile(registration()->routes.at(0).schema);
        CPPUNIT_ASSERT(schema);
        std::vector<std::string> pointers;
        for (const auto& finding : schema->validate(body)) pointers.push_back(finding.pointer);
        std::sort(pointers.begin(), pointers.end());
        pointers.erase(std::unique(pointers.begin(), pointers.end()), pointers.end());
        std::string out;
        for (const auto& pointer : pointers) out += (out.empty() ? "" : " ") + pointer;
        return out;
    }

    static std::string person(const std::string& key, const std::string& address) {
        return R"({"first_name":"Jane","last_name":"Doe",")" + key + "\":" + jsonString(address) + "}";
    }

    void testRegistrationLoads() {
        const auto pipeline = registration();
        CPPUNIT_ASSERT_EQUAL(std::string("process-registration"), pipeline->id);
        CPPUNIT_ASSERT_EQUAL(std::string("validate\nlinkedin  <- validate  if steps.validate.output.linkedin != null\n"
                                         "website   <- validate  if steps.validate.output.website != null\n"
                                         "save      <- validate, linkedin, website\n"),
                             toText(*pipeline));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(16 * 1024), pipeline->routes.at(0).bodyLimit);
        CPPUNIT_ASSERT(pipeline->routes[0].auth == RouteAuth::None);
    }

    void testRegistrationReturnsWhatItPromises() {
        const auto pipeline = registration();
        const DocumentScope scope({
            {"event", R"({"id":"e-1","data":{"request_id":"r-1"}})"},
            {"run", R"({"id":"run-1","started_at":"2026-01-02T03:04:05.000000Z"})"},
            {"steps", R"({"linkedin":{"output":null,"ok":true},"website":{"output":{"status":"success"},"ok":true},
                          "save":{"output":{"path":"outputs/x.json"},"ok":true}})"},
        });
        const auto output = pipeline->output->render(scope);
        CPPUNIT_ASSERT_MESSAGE(output ? "" : output.error().message, output);
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"status":"completed","request_id":"r-1","event_id":"e-1","analysis_result":)"
                        R"({"has_linkedin_analysis":false,"has_website_analysis":true,)"
                        R"("timestamp":"2026-01-02T03:04:05.000000Z"},"message":"Registration processed.",)"
                        R"("output_file":"outputs/x.json"})"),
            *output);
    }

    void testAddressesThatTheSchemaTakes() {
        for (const char* address : {"",
                                    "  ",
                                    "https://acme.com",
                                    "HTTPS://ACME.COM/About/",
                                    "acme.com",
                                    "//acme.com/x",
                                    "http://acme.com:80/",
                                    "https://acme.com:8443/a",
                                    "https://acme.com:/a",
                                    "acme.com:8080/x",
                                    "\u00a0 https://acme.com \u00a0",
                                    "\u200bhttps://acme.com\ufeff",
                                    "<https://acme.com/>",
                                    "\"acme.com\"",
                                    "acme.com,",
                                    "https://acme.com./a",
                                    "https:/acme.com/x",
                                    "https:acme.com",
                                    "https:///acme.com",
                                    "http//acme.com",
                                    "https://https://acme.com",
                                    "https:\\\\acme.com\\x",
                                    "https://acme.com/a/../b/./c/",
                                    "https://acme.com/%7Ejane/%e2%82%ac",
                                    "https://acme.com/\u00fcber uns",
                                    "https://acme.com//double//slash/",
                                    "https://acme.com/p?a=1&&b=2#frag",
                                    "https://acme.com?x=1",
                                    "https://M\u00dcNCHEN.DE/Stra\u00dfe",
                                    "https://\u4f8b\u3048.jp",
                                    "https://acme\u3002com",
                                    "https://shop.acme.co.uk/x",
                                    "http://127.0.0.1:8000/",
                                    "http://localhost:8000/",
                                    "http://[::1]/",
                                    "https://linkedin.com/in/jane-doe"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(address, std::string(), findings(person("company_website", address)));
        for (const char* address :
             {"", "https://linkedin.com/in/johndoe", "linkedin.com/in/johndoe", "in/jane-doe", "/in/jane-doe/",
              "urn:li:fsd_profile:ACoAAB1cD2eF3gH4iJ5kL", "https://www.linkedin.com/in/j%C3%BCrgen-m%C3%BCller-1a2b3c",
              "https://www.linkedin.com/company/acme-inc/", "http://in.linkedin.com/pub/jane-doe/5/26/1b"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(address, std::string(), findings(person("linkedin", address)));
        CPPUNIT_ASSERT_EQUAL(
            std::string(),
            findings(R"({"first_name":"José-María","last_name":"O'Connor-Smith","linkedin":null,"other":1})"));
    }

    void testAddressesThatTheSchemaRefuses() {
        for (const char* address :
             {"not a url", "not-a-url", "ht!tp://x y", "http://", "https://", "acme", "localhost", "ftp://acme.com",
              "javascript:alert(1)", "jane@acme.com", "https://user:pw@acme.com/", "https://google.com@evil.com/",
              "https://ac me.com", "http:// acme.com", "://acme"}) {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(address, std::string("/company_website"),
                                         findings(person("company_website", address)));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(address, std::string("/linkedin"), findings(person("linkedin", address)));
        }
        CPPUNIT_ASSERT_EQUAL(std::string("/linkedin"), findings(person("linkedin", "jane-doe")));
        CPPUNIT_ASSERT_EQUAL(std::string("/company_website"),
                             findings(person("company_website", "https://a.com/" + std::string(2100, 'x'))));
    }

    void testAllFieldErrorsAreFound() {
        const struct {
            std::string body;
            const char* want;
        } rows[] = {
            {R"({"first_name":"J","last_name":"D","company_website":"not a url","linkedin":"ht!tp://x y"})",
             "/company_website /linkedin"},
            {R"({})", "/first_name /last_name"},
            {R"({"first_name":"Jane"})", "/last_name"},
            {R"({"first_name":"","last_name":"  "})", "/first_name /last_name"},
            {R"({"first_name":")" + std::string(101, 'a') + R"(","last_name":")" + std::string(101, 'b') + R"("})",
             "/first_name /last_name"},
            {R"({"first_name":1,"last_name":null,"company_website":5,"linkedin":[]})",
             "/company_website /first_name /last_name /linkedin"},
            {R"([])", ""},
        };
        for (const auto& row : rows) CPPUNIT_ASSERT_EQUAL_MESSAGE(row.body, std::string(row.want), findings(row.body));
        const auto schema = JsonSchema::compile(registration()->routes.at(0).schema);
        CPPUNIT_ASSERT(!schema->validate("[]").empty());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ShippedPipelinesTest);
