#include "url/linkedin_url.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd::url;

class LinkedinUrlTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LinkedinUrlTest);
    CPPUNIT_TEST(testPages);
    CPPUNIT_TEST(testRefusals);
    CPPUNIT_TEST(testIdTypes);
    CPPUNIT_TEST(testLocales);
    CPPUNIT_TEST(testKeysAndCanonicalUrls);
    CPPUNIT_TEST(testIdsOfForbiddenCharacters);
    CPPUNIT_TEST_SUITE_END();

    static std::string full(std::string_view text) {
        return (text.starts_with('/') ? "https://www.linkedin.com" : "") + std::string(text);
    }

    static LinkedInPage page(std::string_view text) {
        const auto result = parseLinkedIn(full(text));
        CPPUNIT_ASSERT_MESSAGE(std::string(text) + ": " + result.problem.code, result.page);
        return *result.page;
    }

    void testPages() {
        const struct {
            const char* text;
            const char* want;
        } rows[] = {
            {"https://linkedin.com/in/johndoe", "person johndoe"},              // 1
            {"linkedin.com/in/johndoe", "person johndoe"},                      // 2
            {"http://linkedin.com/in/johndoe/?trk=profile", "person johndoe"},  // 3
            {"https://uk.linkedin.com/in/jane-doe", "person jane-doe"},         // 4
            {"https://m.linkedin.com/in/jane-doe", "person jane-doe"},
            {"https://www.linkedin.com:443/in/jane-doe", "person jane-doe"},
            {"https://www.linkedin.cn/incareer/in/jane-doe", "person jane-doe"},
            {"/mwlite/in/jane-doe", "person jane-doe"},  // 5
            {"/comm/in/jane-doe?midToken=x", "person jane-doe"},
            {"//in//jane-doe", "person jane-doe"},
            {"/in/jane-doe/de", "person jane-doe"},                   // 6
            {"/in/jane-doe/details/experience/", "person jane-doe"},  // 8
            {"/in/jane-doe/overlay/contact-info/", "person jane-doe"},
            {"/in/JaneDoe", "person JaneDoe"},                                      // 9
            {"/IN/jane-doe", "person jane-doe"},                                    // 10
            {"/in/j%C3%BCrgen-m%C3%BCller-1a2b3c", "person jürgen-müller-1a2b3c"},  // 11
            {"/in/jürgen-müller-1a2b3c", "person jürgen-müller-1a2b3c"},
            {"/in/ju\u0308rgen", "person jürgen"},
            {"/in/%F0%9F%9A%80-john-12345", "person 🚀-john-12345"},                       // 12
            {"/in/user%2D123", "person user-123"},                                        // 13
            {"/in/ACoAAB1cD2eF3gH4iJ5kL6mN7oP8", "person ACoAAB1cD2eF3gH4iJ5kL6mN7oP8"},  // 18
            {"/pub/krzysztof-marzec/a7/576/b50", "person krzysztof-marzec-b50576a7"},     // 19
            {"http://in.linkedin.com/pub/jane-doe/5/26/1b", "person jane-doe-01b0265"},   // 20
            {"/company/acme-inc/", "company acme-inc"},                                   // 24
            {"/company/acme-inc/about/", "company acme-inc"},
            {"/company/1035", "company 1035"},  // 25
            {"/company-beta/1035", "company 1035"},
            {"/school/odesa-polytechnic/", "school odesa-polytechnic"},  // 26
            {"/showcase/acme-labs", "showcase acme-labs"},               // 27
            {"/authwall?sessionRedirect=https%3A%2F%2Fwww.linkedin.com%2Fin%2Fjane-doe%3Ftrk%3Dy",
             "person jane-doe"},                                                           // 31
            {"/uas/login?session_redirect=%2Fin%2Fjane-doe", "person jane-doe"},           // 32
            {"in/jane-doe", "person jane-doe"},                                            // 35
            {"urn:li:fsd_profile:ACoAAB1cD2eF3gH4iJ5kL", "person ACoAAB1cD2eF3gH4iJ5kL"},  // 38
            {" <https://www.linkedin.com/in/jane-doe>, ", "person jane-doe"},
        };
        for (const auto& row : rows) {
            const auto result = page(row.text);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, std::string(row.want),
                                         std::string(toString(result.kind)) + " " + result.id);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("jane-doe"), parseLinkedIn("/in/jane-doe/").page->id);  // 35, without host
    }

    void testRefusals() {
        const struct {
            const char* text;
            const char* code;
        } rows[] = {
            {"/in/jane%20doe", "invalid_profile_id"},  // 14
            {"/in/jane%FFdoe", "invalid_profile_id"},  // 15
            {"/in/ab", "invalid_profile_id"},          // 16
            {"/in/", "no_profile_in_url"},             // 17
            {"/in", "no_profile_in_url"},
            {"/", "no_profile_in_url"},
            {"https://www.linkedin.com", "no_profile_in_url"},
            {"/pub/jane-doe", "legacy_url_unresolvable"},  // 21
            {"/pub/jane-doe/5/26/xyz", "legacy_url_unresolvable"},
            {"/pub/jane-doe/5/26/1234", "legacy_url_unresolvable"},
            {"/pub/dir/Jane/Doe", "not_a_profile"},                            // 22
            {"/profile/view?id=12345678", "legacy_url_unresolvable"},          // 23
            {"/sales/lead/ACwAAAabc,NAME_SEARCH,xyz", "sales_navigator_url"},  // 28
            {"/talent/profile/AEMAAA", "recruiter_url"},                       // 29
            {"/posts/janedoe_hello-activity-71-abcd", "not_a_profile"},        // 30
            {"/feed/", "not_a_profile"},
            {"/jobs/view/1", "not_a_profile"},
            {"/pulse/x", "not_a_profile"},
            {"/learning/x", "not_a_profile"},
            {"/authwall", "no_profile_in_url"},
            {"/authwall?sessionRedirect=https%3A%2F%2Fevil.io%2Fin%2Fjane", "not_linkedin"},
            {"https://lnkd.in/abc123", "short_link_unresolved"},      // 33
            {"https://notlinkedin.com/in/jane-doe", "not_linkedin"},  // 34
            {"https://linkedin.com.evil.io/in/jane-doe", "not_linkedin"},
            {"https://linkedin.com@evil.io/in/jane-doe", "credentials_not_allowed"},
            {"not-a-url", "not_a_url"},  // 36
            {"jane-doe", "not_a_url"},
            {"", "not_a_url"},
            {"jane@acme.com", "looks_like_email"},                     // 37
            {"urn:li:person:abc", "unresolvable_urn"},                 // 39
            {"ftp://linkedin.com/in/jane-doe", "unsupported_scheme"},  // 40
        };
        for (const auto& row : rows) {
            const auto result = parseLinkedIn(full(row.text));
            CPPUNIT_ASSERT_MESSAGE(row.text, !result.page);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, std::string(row.code), result.problem.code);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("url_too_long"),
                             parseLinkedIn(full("/in/") + std::string(2100, 'a')).problem.code);
        std::string nested = "/in/jane-doe";
        for (int i = 0; i < 4; ++i) nested = "/login?session_redirect=" + nested;
        CPPUNIT_ASSERT_EQUAL(std::string("no_profile_in_url"), parseLinkedIn(nested).problem.code);
    }

    void testIdTypes() {
        const struct {
            const char* text;
            const char* want;
        } rows[] = {{"/in/jane-doe", "vanity"},
                    {"/in/ACosta", "vanity"},
                    {"/in/ACwAAB1cD2eF3gH4iJ5kL6mN7oP8", "member_token"},
                    {"urn:li:fsd_profile:ACoAAB1cD2eF3gH4iJ5kL", "member_token"},
                    {"/company/1035", "numeric"},
                    {"/in/12345", "vanity"},
                    {"/pub/jane-doe/5/26/1b", "derived_from_pub"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, std::string(row.want), std::string(toString(page(row.text).idType)));
    }

    void testLocales() {
        CPPUNIT_ASSERT_EQUAL(std::string("de"), page("/in/jane-doe/de").locale.value());
        CPPUNIT_ASSERT_EQUAL(std::string("de-DE"), page("/in/jane-doe/?locale=de_DE").locale.value());  // 7
        CPPUNIT_ASSERT(!page("/in/jane-doe/details/experience").locale);
        CPPUNIT_ASSERT(!page("/in/jane-doe?locale=german").locale);
    }

    void testKeysAndCanonicalUrls() {
        CPPUNIT_ASSERT_EQUAL(std::string("janedoe"), page("/in/JaneDoe").dedupeKey());
        CPPUNIT_ASSERT_EQUAL(std::string("jürgen"), page("/in/JÜRGEN").dedupeKey());
        CPPUNIT_ASSERT_EQUAL(std::string("ACoAAB1cD2eF3gH4iJ5kL6mN7oP8"),
                             page("/in/ACoAAB1cD2eF3gH4iJ5kL6mN7oP8").dedupeKey());
        CPPUNIT_ASSERT_EQUAL(std::string("https://www.linkedin.com/in/j%C3%BCrgen"),
                             page("/in/jürgen/de").canonicalUrl());
        CPPUNIT_ASSERT_EQUAL(std::string("https://www.linkedin.com/company/acme-inc"),
                             page("/company/acme-inc/about").canonicalUrl());
    }

    void testIdsOfForbiddenCharacters() {
        for (const char c : std::string("<>\"^`{|}:,;@=&+% "))
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(1, c), std::string("invalid_profile_id"),
                                         parseLinkedIn(full("/in/jane") + c + "doe").problem.code);
        for (const char* escape :
             {"%2F", "%3F", "%23", "%5C", "%25", "%00", "%C2%85", "%E2%80%AE", "%EF%B7%90", "%CD%B8"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(escape, std::string("invalid_profile_id"),
                                         parseLinkedIn(full("/in/jane") + escape + "doe").problem.code);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LinkedinUrlTest);
