#include <cppunit/extensions/HelperMacros.h>

#include <stepd/step.h>

using namespace std::chrono_literals;
using stepd::Json;

namespace {

struct Account {
    std::string user;
    int tries = 0;
};
struct Options {
    std::string url;
    std::string mode = "fast";
    std::string folder = "out";
    int max_pages = 7;
    double ratio = 0.5;
    std::chrono::milliseconds wait_ms{500};
    std::vector<std::string> hosts{"a"};
    std::optional<std::string> colour;
    bool follow = false;
    Account account;

    void check(std::vector<stepd::Finding>& findings) const {
        if (follow && max_pages > 50) findings.push_back({"/follow", "does not go with more than 50 pages"});
    }
};
STEPD_REFLECT(Account, user, tries)
STEPD_REFLECT(Options, url, mode, folder, max_pages, ratio, wait_ms, hosts, colour, follow, account)
STEPD_DESCRIBE(Options, {"url", "where it begins", {.required = true}}, {"mode", {}, {.oneOf = {"fast", "slow"}}},
               {"folder", {}, {.notEmpty = true}}, {"max_pages", "pages", {.minimum = 1, .maximum = 100}},
               {"ratio", {}, {.minimum = 0.25}}, {"hosts", {}, {.oneOf = {"a", "b"}}},
               {"colour", {}, {.oneOf = {"red"}, .secret = true}});

struct Found {
    int pages = 0;
    std::optional<std::string> title;
};
STEPD_REFLECT(Found, pages, title)

std::string refusal(const Json& options) {
    try {
        (void)stepd::readConfig<Options>(options);
        return "";
    } catch (const stepd::InvalidConfig& refused) {
        return refused.what();
    }
}

}  // namespace

/// Options that a person wrote, read into a struct.
class ConfigTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ConfigTest);
    CPPUNIT_TEST(testWhatIsLeftOutKeepsItsDefault);
    CPPUNIT_TEST(testEveryFieldIsRead);
    CPPUNIT_TEST(testAllThatIsWrongIsNamed);
    CPPUNIT_TEST(testSchemaSaysTheSame);
    CPPUNIT_TEST(testSchemaOfAnOutputIsClosed);
    CPPUNIT_TEST(testCapabilitiesAsJson);
    CPPUNIT_TEST_SUITE_END();

    void testWhatIsLeftOutKeepsItsDefault() {
        const auto options = stepd::readConfig<Options>({{"url", "u"}, {"mode", nullptr}, {"account", {{"tries", 3}}}});
        CPPUNIT_ASSERT_EQUAL(std::string("fast out"), options.mode + " " + options.folder);
        CPPUNIT_ASSERT(options.max_pages == 7 && options.wait_ms == 500ms && !options.follow && !options.colour);
        CPPUNIT_ASSERT(options.account.user.empty() && options.account.tries == 3);
    }

    void testEveryFieldIsRead() {
        const auto options = stepd::readConfig<Options>(
            Json::parse(R"({"url": "u", "mode": "slow", "folder": "f", "max_pages": 100, "ratio": 1, "wait_ms": 20,
                            "hosts": ["b", "a"], "colour": "red", "follow": false, "account": {"user": "x"}})"));
        CPPUNIT_ASSERT_EQUAL(std::string("slow f red x"),
                             options.mode + " " + options.folder + " " + *options.colour + " " + options.account.user);
        CPPUNIT_ASSERT(options.max_pages == 100 && options.ratio == 1.0 && options.wait_ms == 20ms);
        CPPUNIT_ASSERT(options.hosts == std::vector<std::string>({"b", "a"}));
    }

    void testAllThatIsWrongIsNamed() {
        const struct {
            const char* options;
            const char* want;
        } rows[] = {
            {R"({})", "url is missing"},
            {R"([])", "the options must be an object"},
            {R"({"url": "u", "max_pages": 0})", "max_pages must be from 1 to 100"},
            {R"({"url": "u", "ratio": 0.1})", "ratio must be at least 0.25"},
            {R"({"url": "u", "mode": "fats", "hosts": ["a", "c"]})",
             "mode must be one of fast, slow; hosts/1 must be one of a, b"},
            {R"({"url": "u", "wait_ms": "20ms"})", "wait_ms must be a whole number"},
            {R"({"url": "u", "folder": "", "colour": 3})", "folder must not be empty; colour must be a string"},
            {R"({"url": "u", "max_page": 1})", "max_page is not a known option, did you mean max_pages?"},
            {R"({"url": "u", "quite_other": 1})", "quite_other is not a known option"},
            {R"({"url": "u", "account": {"usr": 1, "tries": true}})",
             "account/tries must be a whole number; account/usr is not a known option, did you mean user?"},
            {R"({"url": "u", "follow": true, "max_pages": 60, "x": 1})",
             "x is not a known option; follow does not go with more than 50 pages"},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.options, std::string(row.want), refusal(Json::parse(row.options)));
    }

    void testSchemaSaysTheSame() {
        const Json schema = stepd::configSchemaOf<Options>();
        CPPUNIT_ASSERT_EQUAL(std::string(R"(["url"])"), schema.at("required").dump());
        CPPUNIT_ASSERT_EQUAL(false, schema.at("additionalProperties").get<bool>());
        const struct {
            const char* field;
            const char* want;
        } rows[] = {
            {"url", R"({"type":"string","description":"where it begins"})"},
            {"mode", R"({"type":"string","enum":["fast","slow"],"default":"fast"})"},
            {"folder", R"({"type":"string","minLength":1,"default":"out"})"},
            {"max_pages", R"({"type":"integer","description":"pages","minimum":1,"maximum":100,"default":7})"},
            {"ratio", R"({"type":"number","minimum":0.25,"default":0.5})"},
            {"wait_ms", R"({"type":"integer","default":500})"},
            {"hosts", R"({"type":"array","items":{"type":"string","enum":["a","b"]},"default":["a"]})"},
            {"colour",
             R"({"anyOf":[{"type":"string"},{"type":"null"}],"x-stepd":{"secret":true},"enum":["red",null]})"},
            {"follow", R"({"type":"boolean","default":false})"},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.field, std::string(row.want),
                                         schema.at("properties").at(row.field).dump());
        CPPUNIT_ASSERT_EQUAL(false, schema.at("properties").at("account").at("additionalProperties").get<bool>());
    }

    void testSchemaOfAnOutputIsClosed() {
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                R"({"type":"object","properties":{"pages":{"type":"integer"},"title":{"anyOf":[{"type":"string"},)"
                R"({"type":"null"}]}},"required":["pages","title"],"additionalProperties":false})"),
            stepd::detail::Codec<Found>::schema(stepd::detail::Use::Output).dump());
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"pages":0,"title":null})"), stepd::toJson(Found{}).dump());
    }

    void testCapabilitiesAsJson() {
        static constexpr stepd::Capabilities all{.net = {"a", "b"}, .write = {"c"}, .exec = true, .idempotent = false};
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"net":["a","b"],"write":["c"],"exec":true,"idempotent":false})"),
                             stepd::toJson(all).dump());
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), stepd::toJson(stepd::Capabilities{}).dump());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConfigTest);
