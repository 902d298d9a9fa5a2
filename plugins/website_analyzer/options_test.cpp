#include "website_analyzer/options.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd::website;
using stepd::Json;

class OptionsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(OptionsTest);
    CPPUNIT_TEST(testDefaults);
    CPPUNIT_TEST(testSomebodyMustBeReachable);
    CPPUNIT_TEST(testUserAgentIsFilledIn);
    CPPUNIT_TEST(testWrongOptionsAreNamed);
    CPPUNIT_TEST_SUITE_END();

    static Options read(Json json) { return Options::fromJson(json, "1.2.3"); }
    static std::string refusal(Json json) {
        try {
            read(std::move(json));
        } catch (const stepd::InvalidConfig& error) {
            return error.what();
        }
        return {};
    }

    void testDefaults() {
        const Options options = read({{"contact_url", "https://us.example/bot"}, {"scope", nullptr}});
        CPPUNIT_ASSERT_EQUAL(std::size_t{7}, options.maxPages);
        CPPUNIT_ASSERT(options.respectRobots && options.scope == Scope::Domain && !options.collectPersonalEmails);
    }

    void testSomebodyMustBeReachable() {
        CPPUNIT_ASSERT(refusal(Json::object()).find("contact_url") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::string(), refusal({{"contact_email", "bot@us.example"}}));
        CPPUNIT_ASSERT(!refusal({{"contact_email", "nobody"}}).empty());
        CPPUNIT_ASSERT(!refusal({{"contact_url", "ftp://x.example"}}).empty());
    }

    void testUserAgentIsFilledIn() {
        CPPUNIT_ASSERT_EQUAL(std::string("LeadIntelBot/1.2.3 (+https://us.example/bot)"),
                             read({{"contact_url", "https://us.example/bot"}}).userAgent);
        CPPUNIT_ASSERT_EQUAL(std::string("B/1.2.3 (+mailto:b@us.example)"),
                             read({{"product", "B"}, {"contact_email", "b@us.example"}}).userAgent);
        CPPUNIT_ASSERT(!refusal({{"contact_email", "b@us.example"}, {"user_agent", "Mozilla/5.0"}}).empty());
        CPPUNIT_ASSERT(!refusal({{"contact_email", "b@us.example"}, {"user_agent", "LeadIntelBot\r\nX: y"}}).empty());
    }

    void testWrongOptionsAreNamed() {
        const struct {
            const char* key;
            Json value;
        } rows[] = {{"max_pages", 0},
                    {"max_pages", "7"},
                    {"max_pages", 1.5},
                    {"scope", "world"},
                    {"retries", -1},
                    {"respect_robots", "yes"},
                    {"product", "a b"},
                    {"opt_out_domains", 7},
                    {"preferred_languages", Json::array({1})},
                    {"backend", "native"},
                    {"scorer", "llm"},
                    {"cache_ttl_s", 1},
                    {"allow_private_hosts", true}};
        for (const auto& row : rows) {
            const std::string said = refusal({{"contact_email", "b@us.example"}, {row.key, row.value}});
            CPPUNIT_ASSERT_MESSAGE(row.key + (": " + said), said.starts_with(row.key));
        }
        CPPUNIT_ASSERT(!refusal(Json::array()).empty());
        CPPUNIT_ASSERT_MESSAGE("all findings, not the first",
                               refusal({{"max_pages", 0}, {"retries", -1}}).find("; ") != std::string::npos);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(OptionsTest);
