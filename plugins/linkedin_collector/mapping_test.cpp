#include "linkedin_collector/mapping.h"

#include <cppunit/extensions/HelperMacros.h>

#include "linkedin_collector/raw_data.h"
#include "linkedin_collector/text_template.h"
#include "url/unicode.h"

using namespace stepd;
using namespace stepd::linkedin;

class MappingTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(MappingTest);
    CPPUNIT_TEST(testFirstNonEmptyPointerWins);
    CPPUNIT_TEST(testTransforms);
    CPPUNIT_TEST(testListsOfObjects);
    CPPUNIT_TEST(testLimits);
    CPPUNIT_TEST(testBadRulesAreFindings);
    CPPUNIT_TEST(testPointersNeverThrow);
    CPPUNIT_TEST(testTemplatesEscapeByPlace);
    CPPUNIT_TEST(testThirdPartiesAreDropped);
    CPPUNIT_TEST_SUITE_END();

    static Json mapped(const Json& rules, const Json& root) {
        kit::OptionReader reader(rules);
        const Mapping mapping(reader);
        return mapping.apply(root);
    }

    /// What `rule` makes of `root`, as the headline.
    static std::string one(const Json& rule, const Json& root) {
        return mapped({{"headline", rule}}, root).at("headline").dump();
    }

    void testFirstNonEmptyPointerWins() {
        const Json root = Json::parse(R"({"a":"","b":null,"c":[],"d":"x","e":{"f~/":["y"]},"n":0})");
        CPPUNIT_ASSERT_EQUAL(std::string(R"("x")"), one({"/a", "/b", "/c", "/missing", "/d"}, root));
        CPPUNIT_ASSERT_EQUAL(std::string(R"("y")"), one("/e/f~0~1/0", root));
        CPPUNIT_ASSERT_EQUAL(std::string("0"), one({"/n", "/d"}, root));
        CPPUNIT_ASSERT_EQUAL(std::string("null"), one({"/a", "/b"}, root));
    }

    void testTransforms() {
        const struct {
            const char* pipe;
            const char* value;
            const char* want;
        } rows[] = {{"trim", R"(" x ")", R"("x")"},
                    {"lower", R"("ÀB")", R"("àb")"},
                    {"int", R"(" 42 ")", "42"},
                    {"int", "42.9", "42"},
                    {"int", R"("4x")", "null"},
                    {"count", R"("1.2K")", "1200"},
                    {"count", "7", "7"},
                    {"date", R"("Jan 2020")", R"("2020-01")"},
                    {"date", R"("soon")", "null"},
                    {"first", R"(["a","b"])", R"("a")"},
                    {"first", R"("a")", "null"},
                    {"join(', ')", R"(["a","","b",3])", R"("a, b")"},
                    {"join('|') | lower", R"(["A","B"])", R"("a|b")"},
                    {"strip_html", R"("<p>a &amp;lt;</p><p>b<br>c</p>")", R"("a &lt; b c")"},
                    {"absolute_url", R"("/in/x")", R"("https://www.linkedin.com/in/x")"},
                    {"absolute_url", R"("//a.b/c")", R"("https://a.b/c")"},
                    {"absolute_url", R"("https://a.b/c")", R"("https://a.b/c")"},
                    {"absolute_url", R"("javascript:x")", "null"},
                    {"default('x')", "null", R"("x")"},
                    {"default('x')", R"("")", R"("x")"},
                    {"default(\"x\")", R"("y")", R"("y")"},
                    {"trim", "5", "null"},
                    {"lower", "[]", "null"},
                    {"strip_html", "{}", "null"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.pipe, std::string(row.want),
                                         one(std::string("/v | ") + row.pipe, {{"v", Json::parse(row.value)}}));
    }

    void testListsOfObjects() {
        const Json rules = Json::parse(
            R"({"experience":{"from":["/none","/jobs"],"each":{"position":["/p","/t"],"company_name":"/c/name"}}})");
        const Json out = mapped(rules, Json::parse(R"({"jobs":[{"t":"Dev","c":{"name":"Acme"}},"odd",{"p":"Boss"}]})"));
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                R"({"experience":[{"position":"Dev","company_name":"Acme"},{"position":"Boss","company_name":null}]})"),
            out.dump());
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"experience":[]})"), mapped(rules, {{"jobs", "none"}}).dump());
    }

    void testLimits() {
        Json jobs = Json::array();
        for (int i = 0; i < 150; ++i) jobs.push_back({{"t", "x"}});
        CPPUNIT_ASSERT_EQUAL(
            std::size_t{100},
            mapped({{"experience", {{"from", "/jobs"}, {"each", {{"position", "/t"}}}}}}, {{"jobs", jobs}})
                .at("experience")
                .size());
        std::string text;
        for (int i = 0; i < 20001; ++i) text += "é";
        CPPUNIT_ASSERT_EQUAL(std::size_t{20000},
                             url::length(mapped({{"about", "/a"}}, {{"a", text}}).at("about").get<std::string>()));
    }

    void testBadRulesAreFindings() {
        const Json rows[] = {{{"full_name", "name"}},
                             {{"full_name", "/a | nonsense"}},
                             {{"full_name", "/a | join"}},
                             {{"full_name", "/a | trim('x')"}},
                             {{"full_name", "/~2"}},
                             {{"nick_name", "/a"}},
                             {{"experience", {{"from", "/a"}, {"each", {{"salary", "/s"}}}}}},
                             {{"full_name", 3}}};
        for (const Json& row : rows) {
            kit::OptionReader reader(row);
            CPPUNIT_ASSERT_THROW_MESSAGE(
                row.dump(), (Mapping(reader.nested(row, "")), reader.find(row.begin().key()), reader.finish()),
                InvalidConfig);
        }
    }

    void testPointersNeverThrow() {
        const Json list = Json::array({1});
        for (const char* pointer : {"/0/a", "/-", "/1", "/x", "/99999999999999999999999", "/18446744073709551615"})
            CPPUNIT_ASSERT_MESSAGE(pointer, lookUp(list, Pointer(pointer)).is_null());
        CPPUNIT_ASSERT(lookUp(list, Pointer("")) == list);
    }

    void testTemplatesEscapeByPlace() {
        const TemplateValues values{{"id", "a/b \"é\""}, {"x", ""}};
        const TextTemplate made("<{{ id }}|{{x}}|{{none}}>");
        CPPUNIT_ASSERT_EQUAL(std::string("<a%2Fb%20%22%C3%A9%22||>"), made.render(values, Escaping::Percent));
        CPPUNIT_ASSERT_EQUAL(std::string("<a/b \\\"é\\\"||>"), made.render(values, Escaping::JsonString));
        CPPUNIT_ASSERT_EQUAL(std::string("<a/b \"é\"||>"), made.render(values, Escaping::None));
        CPPUNIT_ASSERT_EQUAL(std::string("<"), std::string(made.literalPrefix()));
        CPPUNIT_ASSERT_THROW(TextTemplate("{{id"), std::invalid_argument);
        CPPUNIT_ASSERT_EQUAL(std::string("{{id}}"),
                             TextTemplate("{{x}}").render({{"x", "{{id}}"}, {"id", "1"}}, Escaping::None));
    }

    void testThirdPartiesAreDropped() {
        const Json root = Json::parse(
            R"({"name":"J","people_also_viewed":[1],"peopleAlsoViewed":[1],"more":[{"similar_profiles":{},"Recommendations":1,"k":2}],"similarly_named_profiles":3})");
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"name":"J","more":[{"k":2}]})"), withoutThirdParties(root).dump());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MappingTest);
