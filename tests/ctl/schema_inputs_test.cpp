#include "ctl/schema_inputs.h"

#include <cppunit/extensions/HelperMacros.h>

#include <set>

using namespace stepd;
using namespace stepd::ctl;

class SchemaInputsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SchemaInputsTest);
    CPPUNIT_TEST(testValidOnesFulfilTheirSchema);
    CPPUNIT_TEST(testInvalidOnesMostlyDoNot);
    CPPUNIT_TEST(testSeedGivesTheSame);
    CPPUNIT_TEST(testHostileOnesAreJson);
    CPPUNIT_TEST(testExampleStandsInForASchema);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* kSchemas[] = {
        R"({"type":"object","properties":{"url":{"type":"string","format":"uri"},"pages":{"type":"integer","minimum":1,"maximum":5}},"required":["url","pages"]})",
        R"({"type":"object","properties":{"n":{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1}},"required":["n"],"additionalProperties":false})",
        R"({"type":"object","properties":{"tags":{"type":"array","items":{"enum":["a","b"]},"minItems":2,"maxItems":3}},"required":["tags"]})",
        R"({"type":"object","properties":{"who":{"anyOf":[{"type":"null"},{"type":"string","minLength":3,"maxLength":4}]}},"required":["who"]})",
        R"({"definitions":{"p":{"type":"object","properties":{"x":{"type":"boolean"}},"required":["x"]}},"type":"object","properties":{"p":{"$ref":"#/definitions/p"},"m":{"type":"object","additionalProperties":{"type":"integer"}}},"required":["p","m"]})",
        R"({"allOf":[{"type":"object","required":["a"]},{"type":"object","properties":{"a":{"const":7}}}]})"};

    void testValidOnesFulfilTheirSchema() {
        for (const char* schema : kSchemas) {
            const auto compiled = pipeline::JsonSchema::compile(schema);
            CPPUNIT_ASSERT(compiled);
            SeededRandom random(1);
            SchemaInputs inputs(schema, {}, random);
            for (int i = 0; i < 200; ++i)
                for (const Json& json : {inputs.valid(), inputs.boundary()})
                    CPPUNIT_ASSERT_MESSAGE(schema + json.dump(), compiled->validate(json.dump()).empty());
        }
    }

    void testInvalidOnesMostlyDoNot() {
        const auto compiled = pipeline::JsonSchema::compile(kSchemas[0]);
        SeededRandom random(1);
        SchemaInputs inputs(kSchemas[0], {}, random);
        int refused = 0;
        for (int i = 0; i < 200; ++i) refused += compiled->validate(inputs.invalid().dump()).empty() ? 0 : 1;
        CPPUNIT_ASSERT(refused > 100);
    }

    void testSeedGivesTheSame() {
        std::set<std::string> different;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            SeededRandom first(seed), second(seed);
            SchemaInputs one(kSchemas[4], {}, first), other(kSchemas[4], {}, second);
            const std::string json = one.valid().dump();
            CPPUNIT_ASSERT_EQUAL(json, other.valid().dump());
            different.insert(json);
        }
        CPPUNIT_ASSERT(different.size() > 5);
    }

    void testHostileOnesAreJson() {
        SeededRandom random(1);
        for (const std::string& text : SchemaInputs(kSchemas[0], {}, random).hostile())
            CPPUNIT_ASSERT_MESSAGE(text.substr(0, 80), Json::accept(text) || text == "1e400");
    }

    void testExampleStandsInForASchema() {
        SeededRandom random(1);
        SchemaInputs inputs("", Json{{"known", "to work"}}, random);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"known":"to work"})"), inputs.valid().dump());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SchemaInputsTest);
