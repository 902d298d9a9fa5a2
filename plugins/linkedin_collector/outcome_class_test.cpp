#include "linkedin_collector/outcome_class.h"

#include <cppunit/extensions/HelperMacros.h>

#include "linkedin_collector/wait_hint.h"

using namespace stepd;
using namespace stepd::linkedin;
using namespace std::chrono_literals;

class OutcomeClassTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(OutcomeClassTest);
    CPPUNIT_TEST(testStatuses);
    CPPUNIT_TEST(testFailures);
    CPPUNIT_TEST(testRoots);
    CPPUNIT_TEST(testFirstRuleThatAppliesDecides);
    CPPUNIT_TEST(testWaitHints);
    CPPUNIT_TEST(testHintsAreClamped);
    CPPUNIT_TEST(testNothingRemains);
    CPPUNIT_TEST_SUITE_END();

    static std::string told(const HttpReply& reply, const std::vector<OutcomeRule>& rules = {},
                            const ResponseShape& shape = {}) {
        return std::string(toString(understand(reply, Json::parse(reply.body, nullptr, false), rules, shape).outcome));
    }

    void testStatuses() {
        const struct {
            int status;
            const char* want;
        } rows[] = {{200, "ok"},        {201, "ok"},           {202, "not_ready"},    {204, "not_found"},
                    {404, "not_found"}, {410, "not_found"},    {400, "bad_request"},  {422, "bad_request"},
                    {401, "auth"},      {403, "auth"},         {402, "quota"},        {429, "rate_limited"},
                    {408, "upstream"},  {409, "upstream"},     {425, "upstream"},     {500, "upstream"},
                    {503, "upstream"},  {301, "config_error"}, {302, "config_error"}, {405, "bad_request"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(row.status), std::string(row.want),
                                         told({.status = row.status, .body = R"({"a":1})"}));
    }

    void testFailures() {
        const struct {
            const char* failure;
            const char* want;
        } rows[] = {{"connect_failed", "upstream"},
                    {"dns_failed", "upstream"},
                    {"dns_not_found", "upstream"},
                    {"timeout", "upstream"},
                    {"bad_answer", "upstream"},
                    {"tls_invalid", "config_error"},
                    {"address_not_allowed", "config_error"},
                    {"host_not_granted", "config_error"},
                    {"bad_redirect", "config_error"},
                    {"unavailable", "config_error"},
                    {"body_too_large", "malformed"},
                    {"decompression_bomb", "malformed"},
                    {"cancelled", "cancelled"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.failure, std::string(row.want), told({.failure = row.failure}));
    }

    void testRoots() {
        const ResponseShape shape{{Pointer("/0"), Pointer("")}, {Pointer("/fullName"), Pointer("/id")}};
        const struct {
            const char* body;
            const char* want;
        } rows[] = {{R"([{"fullName":"J"}])", "ok"}, {R"({"id":"j"})", "ok"}, {R"({"id":""})", "malformed"},
                    {R"({"other":1})", "malformed"}, {"[]", "not_found"},     {"{}", "not_found"},
                    {"[{}]", "not_found"},           {"<html>", "malformed"}, {"", "malformed"},
                    {"null", "malformed"},           {"[1]", "malformed"},    {R"("x")", "malformed"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.body, std::string(row.want),
                                         told({.status = 200, .body = row.body}, {}, shape));
    }

    void testFirstRuleThatAppliesDecides() {
        const std::vector<OutcomeRule> rules = {{.statuses = {403},
                                                 .pointer = Pointer("/message"),
                                                 .matches = std::make_shared<const RE2>("(?i)limit|credit"),
                                                 .outcome = OutcomeClass::Quota},
                                                {.statuses = {200},
                                                 .pointer = Pointer("/success"),
                                                 .equals = Json(false),
                                                 .outcome = OutcomeClass::NotFound},
                                                {.statuses = {200, 403},
                                                 .pointer = Pointer("/private"),
                                                 .equals = Json(true),
                                                 .outcome = OutcomeClass::Private},
                                                {.statuses = {418}, .outcome = OutcomeClass::NotReady, .delay = 5s}};
        const struct {
            int status;
            const char* body;
            const char* want;
        } rows[] = {{403, R"({"message":"Credit used up"})", "quota"},
                    {403, R"({"message":"no"})", "auth"},
                    {403, R"({"message":7})", "auth"},
                    {403, "<html>", "auth"},
                    {200, R"({"success":false})", "not_found"},
                    {200, R"({"success":true})", "ok"},
                    {403, R"({"private":true})", "private"},
                    {418, "", "not_ready"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.body, std::string(row.want),
                                         told({.status = row.status, .body = row.body}, rules));
        CPPUNIT_ASSERT(understand({.status = 418}, Json(), rules, {}).delay == Duration(5s));
    }

    static std::string seconds(const std::optional<Duration>& wait) {
        return wait ? std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*wait).count()) : "-";
    }

    void testWaitHints() {
        const kit::WallTime now = kit::WallTime(1'800'000'000s);
        const struct {
            const char* name;
            const char* value;
            const char* want;
        } rows[] = {{"Retry-After", "120", "120"},
                    {"retry-after", "Fri, 15 Jan 2027 08:01:00 GMT", "60"},
                    {"RateLimit-Reset", "30", "30"},
                    {"X-RateLimit-Reset", "1800000045", "45"},
                    {"X-RateLimit-Reset", "1800000045500", "45"},
                    {"X-RateLimit-Reset", "2027-01-15T08:00:10Z", "10"},
                    {"X-RateLimit-Reset", "2027-01-15T09:00:10.5+01:00", "10"},
                    {"X-RateLimit-Requests-Reset", "7", "7"},
                    {"Retry-After", "soon", "-"},
                    {"Retry-After", "-5", "-"},
                    {"Retry-After", "1700000000", "0"},
                    {"X-Other", "5", "-"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.value, std::string(row.want),
                                         seconds(askedWait({.status = 429, .headers = {{row.name, row.value}}}, now)));
        CPPUNIT_ASSERT_EQUAL(std::string("3"),
                             seconds(askedWait({.headers = {{"x-ratelimit-reset", "9"}, {"retry-after", "3"}}}, now)));
        CPPUNIT_ASSERT_EQUAL(std::string("9"),
                             seconds(askedWait({.headers = {{"x-ratelimit-reset", "9"}, {"retry-after", "x"}}}, now)));
    }

    void testHintsAreClamped() {
        const auto clamped = [](const char* value) {
            return seconds(waitHint({.headers = {{"retry-after", value}}}, kit::WallTime()));
        };
        CPPUNIT_ASSERT_EQUAL(std::string("1"), clamped("0"));
        CPPUNIT_ASSERT_EQUAL(std::string("900"), clamped("86400"));
        CPPUNIT_ASSERT_EQUAL(std::string("-"), clamped("?"));
    }

    void testNothingRemains() {
        CPPUNIT_ASSERT(nothingRemains({.headers = {{"X-RateLimit-Remaining", " 0 "}}}));
        CPPUNIT_ASSERT(nothingRemains({.headers = {{"x-ratelimit-requests-remaining", "0"}}}));
        CPPUNIT_ASSERT(!nothingRemains({.headers = {{"ratelimit-remaining", "1"}}}));
        CPPUNIT_ASSERT(!nothingRemains({}));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(OutcomeClassTest);
