#include "yaml/scalar.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd::yaml;

class ScalarTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ScalarTest);
    CPPUNIT_TEST(testCoreSchema);
    CPPUNIT_TEST(testNumbers);
    CPPUNIT_TEST(testJson);
    CPPUNIT_TEST_SUITE_END();

    static Node scalar(const char* text) {
        Node node;
        node.kind = resolvePlain(text);
        node.text = text;
        return node;
    }

    void testCoreSchema() {
        const struct {
            Kind kind;
            std::vector<const char*> texts;
        } rows[] = {
            {Kind::Null, {"", "~", "null", "Null", "NULL"}},
            {Kind::Bool, {"true", "True", "TRUE", "false", "False", "FALSE"}},
            {Kind::Int, {"0", "-1", "+12", "007", "0o7", "0xfF"}},
            {Kind::Float, {"1.", ".5", "-1.5", "1e5", "1E-5", "+.5e+3", ".inf", "-.INF", ".nan", ".NaN"}},
            {Kind::Text, {"yes",  "no", "on", "off", "y",  "nULL", "tRUE",  "1_0", "0b1",       "0o8",   "0xg", "-0x1",
                          "1:30", ".",  "-",  "+",   "e5", "1e",   "1.5.2", "5s",  ".infinity", "-.nan", " 1"}},
        };
        for (const auto& row : rows)
            for (const char* text : row.texts)
                CPPUNIT_ASSERT_EQUAL_MESSAGE(text, static_cast<int>(row.kind), static_cast<int>(resolvePlain(text)));
    }

    void testNumbers() {
        CPPUNIT_ASSERT_EQUAL(std::int64_t(-9223372036854775807 - 1), scalar("-9223372036854775808").integer().value());
        CPPUNIT_ASSERT_EQUAL(std::int64_t(255), scalar("0xff").integer().value());
        CPPUNIT_ASSERT_EQUAL(std::int64_t(8), scalar("0o10").integer().value());
        CPPUNIT_ASSERT_EQUAL(std::int64_t(5), scalar("+5").integer().value());
        CPPUNIT_ASSERT(!scalar("9223372036854775808").integer());
        CPPUNIT_ASSERT(!scalar("1.0").integer());
        CPPUNIT_ASSERT_EQUAL(0.25, scalar(".25").number().value());
        CPPUNIT_ASSERT_EQUAL(3.0, scalar("3").number().value());
        CPPUNIT_ASSERT(!scalar(".inf").number());
        CPPUNIT_ASSERT(!scalar("1e999").number());
        CPPUNIT_ASSERT(!scalar("true").number());
    }

    void testJson() {
        const struct {
            const char* yaml;
            const char* json;
        } rows[] = {{"0xffffffffffffffff", "18446744073709551615"},
                    {"-007", "-7"},
                    {"+1.5e+3", "1.5e+3"},
                    {"00", "0"},
                    {"00.50", "0.50"},
                    {"True", "true"},
                    {"~", "null"},
                    {"a\"b", "\"a\\\"b\""}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.yaml, std::string(row.json), scalarJson(scalar(row.yaml)).value());
        CPPUNIT_ASSERT(!scalarJson(scalar(".inf")));
        CPPUNIT_ASSERT(!scalarJson(scalar("0x10000000000000000")));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ScalarTest);
