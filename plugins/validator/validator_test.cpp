#include <cppunit/extensions/HelperMacros.h>

#include <stepd/testing/harness.h>

using namespace stepd;

class ValidatorTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ValidatorTest);
    CPPUNIT_TEST(testOutputOfAFullRegistration);
    CPPUNIT_TEST(testAllErrorsAreListed);
    CPPUNIT_TEST(testRequestIds);
    CPPUNIT_TEST(testMissingRegistrationData);
    CPPUNIT_TEST(testGoodNames);
    CPPUNIT_TEST(testBadNames);
    CPPUNIT_TEST(testWebsites);
    CPPUNIT_TEST(testNoSource);
    CPPUNIT_TEST(testEmptyUrls);
    CPPUNIT_TEST(testLinkedInBesideAWebsite);
    CPPUNIT_TEST(testLinkedInAlone);
    CPPUNIT_TEST(testLinkedInInTheWebsiteFieldIsMoved);
    CPPUNIT_TEST(testStrictMode);
    CPPUNIT_TEST(testOptions);
    CPPUNIT_TEST(testWrongOptionsAreRefused);
    CPPUNIT_TEST_SUITE_END();

    static Json person(Json more = Json::object()) {
        Json data{{"first_name", "Jane"}, {"last_name", "Doe"}};
        data.update(more);
        return data;
    }

    static Outcome run(const Json& data, Json options = Json::object()) {
        testing::StepHarness step("validator", std::move(options));
        return step.run({{"request_id", "r-1"}, {"registration_data", data}});
    }

    /// `field code` of each error, or of each warning, in order.
    static std::string codes(const Json& list) {
        std::string out;
        for (const auto& entry : list)
            out += (out.empty() ? "" : ", ") + entry.at("field").get<std::string>() + " " +
                   entry.at("code").get<std::string>();
        return out;
    }

    static std::string errors(const Outcome& outcome) {
        if (outcome.ok()) return "ok";
        CPPUNIT_ASSERT_EQUAL(std::string("validation_failed"), outcome.code());
        CPPUNIT_ASSERT(outcome.outcomeClass() == Class::InvalidInput);
        return codes(outcome.details().at("errors"));
    }

    void testOutputOfAFullRegistration() {
        const auto outcome = run(person({{"company_website", "Acme.com/about?utm_source=x"},
                                         {"linkedin", "linkedin.com/in/J%C3%BCrgen/de"},
                                         {"newsletter", true}}));
        const Json want = Json::parse(R"({"request_id":"r-1","received_at":"2026-01-02T03:04:05.000000Z",
            "input_data":{"first_name":"Jane","last_name":"Doe","company_website":"https://acme.com/about",
                          "linkedin":"https://www.linkedin.com/in/J%C3%BCrgen"},
            "website":{"url":"https://acme.com/about","host":"acme.com","registrable_domain":"acme.com","scheme_assumed":true},
            "linkedin":{"kind":"person","id":"Jürgen","id_type":"vanity","canonical_url":"https://www.linkedin.com/in/J%C3%BCrgen",
                        "dedupe_key":"jürgen","locale":"de"},
            "warnings":[{"field":"company_website","code":"scheme_assumed","message":"https was assumed"},
                        {"field":"company_website","code":"tracking_removed",
                         "message":"parameters that only track visitors were removed"}]})");
        CPPUNIT_ASSERT_EQUAL(want.dump(), outcome.output().dump());
    }

    void testAllErrorsAreListed() {
        const Json data{
            {"first_name", ""}, {"last_name", 7}, {"company_website", "localhost"}, {"linkedin", "jane@acme.com"}};
        testing::StepHarness step("validator", Json::object());
        const auto outcome = step.run({{"request_id", "../etc"}, {"registration_data", data}});
        CPPUNIT_ASSERT_EQUAL(std::string("request_id invalid_request_id, first_name empty, last_name invalid_type, "
                                         "company_website host_not_public, linkedin looks_like_email"),
                             errors(outcome));
        CPPUNIT_ASSERT(outcome.message().find("acme.com") == std::string::npos);
    }

    void testRequestIds() {
        testing::StepHarness step("validator", Json::object());
        const Json data = person({{"company_website", "https://acme.com"}});
        const auto verdict = [&](const Json& id) {
            return errors(step.run({{"request_id", id}, {"registration_data", data}}));
        };
        for (const std::string& id : {std::string("a"), std::string("01J-a_b.c"), std::string(128, 'x')})
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), verdict(id));
        for (const Json& id : {Json(""), Json(".a"), Json("-a"), Json("a/b"), Json("a b"), Json("ä"),
                               Json(std::string(129, 'x')), Json(7)})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(id.dump(), std::string("request_id invalid_request_id"), verdict(id));
        CPPUNIT_ASSERT_EQUAL(std::string("request_id missing_request_id"),
                             errors(step.run({{"registration_data", data}})));
    }

    void testMissingRegistrationData() {
        testing::StepHarness step("validator", Json::object());
        for (const Json& data : {Json(), Json::object(), Json("x"), Json::array({1})})
            CPPUNIT_ASSERT_EQUAL(std::string("registration_data missing_registration_data"),
                                 errors(step.run({{"request_id", "r"}, {"registration_data", data}})));
        CPPUNIT_ASSERT_EQUAL(std::string("request_id missing_request_id, registration_data missing_registration_data"),
                             errors(step.run(Json::array())));
    }

    void testGoodNames() {
        const struct {
            const char* given;
            const char* want;
        } rows[] = {{"José-María", "José-María"},       {"O'Connor-Smith", "O'Connor-Smith"},  {"李", "李"},
                    {"Mary Ann", "Mary Ann"},           {"  Mary \t\u00A0 Ann\n", "Mary Ann"}, {"Jose\u0301", "José"},
                    {"\u200BJa\u202Ene\uFEFF", "Jane"}, {"می\u200Cخواهم", "می\u200Cخواهم"}};
        for (const auto& row : rows) {
            const auto outcome =
                run({{"first_name", row.given}, {"last_name", "Doe"}, {"company_website", "acme.com"}});
            CPPUNIT_ASSERT_EQUAL(std::string(row.want),
                                 outcome.output().at("input_data").at("first_name").get<std::string>());
        }
        std::string hundred;
        for (int i = 0; i < 100; ++i) hundred += "é";
        CPPUNIT_ASSERT(run({{"first_name", hundred}, {"last_name", "Doe"}, {"company_website", "acme.com"}}).ok());
    }

    void testBadNames() {
        const struct {
            Json given;
            const char* code;
        } rows[] = {{Json(), "required"},
                    {Json(5), "invalid_type"},
                    {Json::array(), "invalid_type"},
                    {Json(""), "empty"},
                    {Json(" \u00A0\u200B "), "empty"},
                    {Json(std::string(101, 'x')), "too_long"},
                    {Json("Ja\x01ne"), "invalid_characters"},
                    {Json("Ja\u0090ne"), "invalid_characters"},
                    {Json(std::string("\0Jane", 5)), "invalid_characters"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL(
                std::string("first_name ") + row.code,
                errors(run({{"first_name", row.given}, {"last_name", "Doe"}, {"company_website", "acme.com"}})));
        CPPUNIT_ASSERT_EQUAL(std::string("last_name required"),
                             errors(run({{"first_name", "Jane"}, {"company_website", "acme.com"}})));
    }

    void testWebsites() {
        const auto outcome = run(person({{"company_website", "https://shop.acme.co.uk:8443/x"}}));
        CPPUNIT_ASSERT_EQUAL(std::string("acme.co.uk"),
                             outcome.output().at("website").at("registrable_domain").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("shop.acme.co.uk"),
                             outcome.output().at("website").at("host").get<std::string>());
        CPPUNIT_ASSERT(outcome.output().at("linkedin").is_null() &&
                       outcome.output().at("input_data").at("linkedin").is_null());
        CPPUNIT_ASSERT_EQUAL(std::string("company_website invalid_type"),
                             errors(run(person({{"company_website", 5}}))));
        CPPUNIT_ASSERT_EQUAL(std::string("company_website host_is_public_suffix"),
                             errors(run(person({{"company_website", "co.uk"}}))));
        // A website that is wrong is a typo to mend, even where LinkedIn alone would do.
        CPPUNIT_ASSERT_EQUAL(
            std::string("company_website invalid_host"),
            errors(run(person({{"company_website", "acme..com"}, {"linkedin", "linkedin.com/in/jane"}}))));
        CPPUNIT_ASSERT_EQUAL(
            std::string("company_website social_platform_url"),
            codes(run(person({{"company_website", "https://facebook.com/acme"}})).output().at("warnings")));
    }

    void testNoSource() {
        for (const Json& more :
             {Json::object(), Json{{"company_website", nullptr}, {"linkedin", nullptr}}, Json{{"linkedin", " "}}})
            CPPUNIT_ASSERT_EQUAL(std::string("registration_data no_source"), errors(run(person(more))));
    }

    void testEmptyUrls() {
        const auto outcome = run(person({{"company_website", "acme.com"}, {"linkedin", " \u200B"}}));
        CPPUNIT_ASSERT_EQUAL(std::string("linkedin empty_url_ignored, company_website scheme_assumed"),
                             codes(outcome.output().at("warnings")));
        CPPUNIT_ASSERT(outcome.output().at("linkedin").is_null());
    }

    void testLinkedInBesideAWebsite() {
        const auto outcome =
            run(person({{"company_website", "https://acme.com"}, {"linkedin", " https://linkedin.com/posts/x "}}));
        const Json& warning = outcome.output().at("warnings").at(0);
        CPPUNIT_ASSERT_EQUAL(std::string("linkedin_unusable"), warning.at("code").get<std::string>());
        CPPUNIT_ASSERT(warning.at("message").get<std::string>().starts_with("not_a_profile"));
        CPPUNIT_ASSERT(outcome.output().at("linkedin").is_null());
        CPPUNIT_ASSERT_EQUAL(std::string("https://linkedin.com/posts/x"),
                             outcome.output().at("input_data").at("linkedin").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("linkedin invalid_type"),
                             errors(run(person({{"company_website", "https://acme.com"}, {"linkedin", 1}}))));
    }

    void testLinkedInAlone() {
        CPPUNIT_ASSERT_EQUAL(std::string("linkedin not_linkedin"),
                             errors(run(person({{"linkedin", "https://notlinkedin.com/in/jane"}}))));
        CPPUNIT_ASSERT_EQUAL(std::string("linkedin not_a_url"), errors(run(person({{"linkedin", "jane-doe"}}))));
        for (const char* kind : {"company", "school", "showcase"}) {
            const auto outcome = run(person({{"linkedin", std::string("https://linkedin.com/") + kind + "/acme"}}));
            CPPUNIT_ASSERT_EQUAL(std::string("linkedin linkedin_not_person"), codes(outcome.output().at("warnings")));
            CPPUNIT_ASSERT_EQUAL(std::string(kind), outcome.output().at("linkedin").at("kind").get<std::string>());
        }
    }

    void testLinkedInInTheWebsiteFieldIsMoved() {
        const auto outcome = run(person({{"company_website", "https://www.linkedin.com/in/jane-doe"}}));
        CPPUNIT_ASSERT_EQUAL(std::string("company_website linkedin_url_moved"), codes(outcome.output().at("warnings")));
        CPPUNIT_ASSERT(outcome.output().at("website").is_null() &&
                       outcome.output().at("input_data").at("company_website").is_null());
        CPPUNIT_ASSERT_EQUAL(std::string("jane-doe"), outcome.output().at("linkedin").at("id").get<std::string>());
        const auto both = run(person({{"company_website", "https://www.linkedin.com/in/jane-doe"},
                                      {"linkedin", "https://www.linkedin.com/in/jane"}}));
        CPPUNIT_ASSERT_EQUAL(std::string("company_website social_platform_url"), codes(both.output().at("warnings")));
        const auto company = run(person({{"company_website", "https://www.linkedin.com/company/acme"}}));
        CPPUNIT_ASSERT_EQUAL(std::string("company_website social_platform_url"),
                             codes(company.output().at("warnings")));
    }

    void testStrictMode() {
        const Json strict{{"url_mode", "strict"}};
        CPPUNIT_ASSERT_EQUAL(
            std::string("first_name empty, last_name empty, company_website empty, linkedin empty"),
            errors(run({{"first_name", ""}, {"last_name", ""}, {"company_website", ""}, {"linkedin", ""}}, strict)));
        CPPUNIT_ASSERT_EQUAL(
            std::string("company_website invalid_url, linkedin invalid_url"),
            errors(run(person({{"company_website", "acme.com"}, {"linkedin", "linkedin.com/in/jane"}}), strict)));
        CPPUNIT_ASSERT_EQUAL(std::string("first_name too_long, last_name too_long"),
                             errors(run({{"first_name", std::string(101, 'a')},
                                         {"last_name", std::string(101, 'a')},
                                         {"company_website", "https://acme.com"}},
                                        strict)));
        const auto outcome = run(
            person({{"company_website", "https://acme.com"}, {"linkedin", "https://linkedin.com/in/jane"}}), strict);
        CPPUNIT_ASSERT_EQUAL(std::string("https://acme.com/"),
                             outcome.output().at("input_data").at("company_website").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("company_website invalid_url"),
                             errors(run(person({{"company_website", "linkedin.com/in/jane"}}), strict)));
    }

    void testOptions() {
        CPPUNIT_ASSERT_EQUAL(std::string("first_name too_long"),
                             errors(run(person({{"company_website", "acme.com"}}), {{"max_name_length", 3}})));
        CPPUNIT_ASSERT_EQUAL(std::string("company_website url_too_long"),
                             errors(run(person({{"company_website", "https://acme.com"}}), {{"max_url_bytes", 10}})));
        CPPUNIT_ASSERT_EQUAL(
            std::string("company_website port_not_allowed"),
            errors(run(person({{"company_website", "https://acme.com:8080"}}), {{"allowed_ports", {443}}})));
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), errors(run(person({{"company_website", "http://127.0.0.1:40000"}}),
                                                           {{"allow_reserved_hosts", true}})));
        const auto kept =
            run(person({{"company_website", "https://acme.com/?gclid=1"}}), {{"strip_tracking_params", false}});
        CPPUNIT_ASSERT_EQUAL(std::string("https://acme.com/?gclid=1"),
                             kept.output().at("website").at("url").get<std::string>());
    }

    void testWrongOptionsAreRefused() {
        const auto outcome =
            run(person(), {{"url_mode", "loose"}, {"max_name_length", 0}, {"allowed_ports", "x"}, {"url_mod", 1}});
        CPPUNIT_ASSERT(outcome.outcomeClass() == Class::InvalidConfig);
        for (const char* part : {"url_mode must be one of", "max_name_length must be", "allowed_ports must be an array",
                                 "url_mod is not a known option"})
            CPPUNIT_ASSERT_MESSAGE(outcome.message(), outcome.message().find(part) != std::string::npos);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ValidatorTest);
