#include "rehearsal/json_difference.h"

#include <cppunit/extensions/HelperMacros.h>

#include "rehearsal/rehearsal_fixture.h"

using namespace stepd::rehearsal;
using stepd::test::joined;

class JsonDifferenceTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(JsonDifferenceTest);
    CPPUNIT_TEST(testEachDifferenceHasItsPath);
    CPPUNIT_TEST(testAnotherOrderOrFormOfNumbersIsNone);
    CPPUNIT_TEST(testMoreKeysDifferOnlyWhereExact);
    CPPUNIT_TEST(testLongValuesAreCut);
    CPPUNIT_TEST_SUITE_END();

    static std::string subset(const std::string& expected, const std::string& actual) {
        return joined(jsonDifferences(expected, actual, "output", Match::Subset));
    }

public:
    void testEachDifferenceHasItsPath() {
        const struct {
            const char* expected;
            const char* actual;
            const char* want;
        } rows[] = {
            {"1", "2", "output: expected 1, was 2\n"},
            {"{}", "[]", "output: expected {}, was []\n"},
            {"null", "{}", "output: expected null, was {}\n"},
            {"1", "", "output: expected 1, was null\n"},
            {"1", "{", "output: is no JSON: {\n"},
            {R"({"a":{"b":[1,{"c":"x"}]},"d":true})", R"({"a":{"b":[1,{"c":"y"}]}})",
             "output.a.b[1].c: expected \"x\", was \"y\"\noutput.d: expected true, is not there\n"},
            {R"({"a":[1,2]})", R"({"a":[1]})", "output.a: expected 2 items, was [1]\n"},
            {R"({"a":1})", R"({"a":"1"})", "output.a: expected 1, was \"1\"\n"},
        };
        for (const auto& row : rows) CPPUNIT_ASSERT_EQUAL(std::string(row.want), subset(row.expected, row.actual));
    }

    void testAnotherOrderOrFormOfNumbersIsNone() {
        CPPUNIT_ASSERT_EQUAL(std::string(), subset(R"({"a":1,"b":[2.0]})", R"({ "b": [2], "a": 1.0 })"));
        CPPUNIT_ASSERT_EQUAL(std::string(), subset("null", ""));
        CPPUNIT_ASSERT_EQUAL(std::string(),
                             joined(jsonDifferences(R"({"a":1,"b":2})", R"({"b":2,"a":1})", "x", Match::Exact)));
    }

    void testMoreKeysDifferOnlyWhereExact() {
        CPPUNIT_ASSERT_EQUAL(std::string(), subset(R"({"a":[{}]})", R"({"a":[{"b":1}],"c":2})"));
        CPPUNIT_ASSERT_EQUAL(std::string("x.a[0].b: expected nothing, was 1\nx.c: expected nothing, was 2\n"),
                             joined(jsonDifferences(R"({"a":[{}]})", R"({"a":[{"b":1}],"c":2})", "x", Match::Exact)));
    }

    void testLongValuesAreCut() {
        const std::string line = subset("1", "\"" + std::string(159, 'a') + "\u00e4" + std::string(500, 'b') + "\"");
        CPPUNIT_ASSERT_EQUAL("output: expected 1, was \"" + std::string(159, 'a') + "...\n", line);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JsonDifferenceTest);
