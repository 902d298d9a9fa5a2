#include "pipeline/json_schema.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

using namespace stepd::pipeline;

class JsonSchemaTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(JsonSchemaTest);
    CPPUNIT_TEST(testFindings);
    CPPUNIT_TEST(testWhatIsNoSchema);
    CPPUNIT_TEST(testPatternOnALongText);
    CPPUNIT_TEST(testPatternsOfReferencedAndNestedSchemas);
    CPPUNIT_TEST_SUITE_END();

    static std::string findings(const std::string& schema, const std::string& json) {
        const auto compiled = JsonSchema::compile(schema);
        if (!compiled) return "no schema: " + compiled.error();
        std::vector<std::string> lines;
        for (const auto& finding : compiled->validate(json))
            lines.push_back(finding.pointer + " " + finding.message + "\n");
        std::sort(lines.begin(), lines.end());
        std::string out;
        for (const auto& line : lines) out += line;
        return out;
    }

    void testFindings() {
        const struct {
            const char* schema;
            const char* json;
            const char* want;
        } rows[] = {
            {R"({"type":"object"})", "{}", ""},
            {R"({"type":"object"})", "[]", " has the wrong type\n"},
            {R"({"required":["a","b"]})", "{}", "/a is required\n/b is required\n"},
            {R"({"properties":{"a":{"type":"string","pattern":"^x"}}})", R"({"a":"y"})",
             "/a does not have the expected form\n"},
            {R"({"properties":{"a":{"type":"string"},"b":{"type":"integer"}}})", R"({"a":1,"b":"x"})",
             "/a has the wrong type\n/b has the wrong type\n"},
            {R"({"properties":{"a/b":{"properties":{"~":{"type":"string"}}}}})", R"({"a/b":{"~":1}})",
             "/a~1b/~0 has the wrong type\n"},
            {R"({"items":{"type":"integer"}})", R"([1,"x",2,"y"])", "/1 has the wrong type\n/3 has the wrong type\n"},
            {R"({"properties":{"a":true},"additionalProperties":false})", R"({"a":1,"b":2})", "/b is not known here\n"},
            {R"({"enum":["a","b"]})", R"("c")", " is none of the allowed values\n"},
            {R"({"const":5})", "6", " is none of the allowed values\n"},
            {R"({"const":5})", "5", ""},
            {R"({"maxLength":2})", R"("abc")", " String should be no more than 2 characters in length.\n"},
            {R"({"type":["string","null"],"pattern":"^a"})", "null", ""},
            {R"({"properties":{"n":{"minimum":3}}})", R"({"n":2})",
             "/n Expected number greater than or equal to 3.000000\n"},
            {R"({"format":"date-time"})", R"("not a date")", ""},
            {R"({})", "nonsense", " is not JSON\n"},
        };
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(row.schema) + " on " + row.json, std::string(row.want),
                                         findings(row.schema, row.json));
    }

    void testWhatIsNoSchema() {
        for (const char* schema :
             {"[]", "nonsense", R"({"type":"strin"})", R"x({"pattern":"("})x", R"({"pattern":5})",
              R"x({"pattern":"(?=a)"})x", R"({"patternProperties":{"^a":{}}})",
              R"x({"properties":{"a":{"items":{"pattern":"("}}}})x", R"({"$ref":"http://127.0.0.1:1/x.json"})",
              R"({"$ref":"#/nowhere"})", R"({"$ref":"#/definitions/nowhere"})", R"({"x":{},"$ref":"#/x"})",
              R"({"maxLength":-1})"})
            CPPUNIT_ASSERT_MESSAGE(schema, findings(schema, "{}").starts_with("no schema: "));
    }

    void testPatternOnALongText() {
        // Deep recursion once a character ends a process that runs this with std::regex.
        const std::string text = "\"" + std::string(5'000'000, 'a') + "\"";
        CPPUNIT_ASSERT_EQUAL(std::string(), findings(R"x({"pattern":"^(a|b)*$"})x", text));
        CPPUNIT_ASSERT_EQUAL(std::string(" does not have the expected form\n"),
                             findings(R"x({"pattern":"^(a|b)*c$"})x", text));
    }

    void testPatternsOfReferencedAndNestedSchemas() {
        const std::string schema = R"({"definitions":{"name":{"pattern":"^[A-Z]"}},
            "properties":{"pattern":{"$ref":"#/definitions/name"}, "list":{"items":{"allOf":[{"pattern":"^x"},{"not":{"pattern":"y$"}}]}}}})";
        CPPUNIT_ASSERT_EQUAL(std::string(), findings(schema, R"({"pattern":"Abc","list":["x1"]})"));
        CPPUNIT_ASSERT_EQUAL(std::string("/pattern does not have the expected form\n"),
                             findings(schema, R"({"pattern":"abc"})"));
        CPPUNIT_ASSERT(findings(schema, R"({"list":["a"]})").find("/list/0 does not have") != std::string::npos);
        CPPUNIT_ASSERT(!findings(schema, R"({"list":["xy"]})").empty());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(JsonSchemaTest);
