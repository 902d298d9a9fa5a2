#include "json/json_text.h"

#include <cppunit/extensions/HelperMacros.h>

#include <vector>

using namespace stepd;

class JsonTextTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(JsonTextTest);
    CPPUNIT_TEST(testTellsTheKind);
    CPPUNIT_TEST(testRefusesBombsAndRubbish);
    CPPUNIT_TEST(testBytesAreKept);
    CPPUNIT_TEST(testFieldsAndItems);
    CPPUNIT_TEST_SUITE_END();

    static std::string at(std::string_view text, const std::vector<std::string>& path) {
        return std::string(json::rawAt(text, path).value_or("<absent>"));
    }

    void testTellsTheKind() {
        CPPUNIT_ASSERT(json::check("{}").kind == json::Kind::Object);
        CPPUNIT_ASSERT(json::check(" [1] ").kind == json::Kind::Array);
        CPPUNIT_ASSERT(json::check("\"x\"").kind == json::Kind::String);
        CPPUNIT_ASSERT(json::check("null").kind == json::Kind::Null);
        CPPUNIT_ASSERT(json::check("true").kind == json::Kind::True);
    }

    void testRefusesBombsAndRubbish() {
        CPPUNIT_ASSERT(!json::check("").kind);
        CPPUNIT_ASSERT(!json::check("{\"a\":}").kind);
        for (const char* bad : {"{} {}", "1,2", "[1,]",     "{\"a\":1,}", "{\"a\" 1}", "{a:1}",   "nul",
                                "nulll", "tru", "truex",    "+1",         "01",        "1.",      ".5",
                                "1e",    "-",   "0x1",      "1 2",        "\"a",       "\"\\x\"", "\"\\ud800x\"",
                                "]",     "[",   "[1]]",     "{\"a\":[}]", "\"\x01\"",  "[1 2]",   "{\"a\":1 \"b\":2}",
                                "//",    "NaN", "Infinity", "'a'",        "[,1]",      "{,}"})
            CPPUNIT_ASSERT_MESSAGE(bad, !json::check(bad).kind);
        for (const char* good : {"1e400", "-0", "123456789012345678901234567890", "1E+9", "[ ]", "{ }", " 7 ",
                                 "\"\\u00e9\"", "[[],{},\"\",0,true,null]"})
            CPPUNIT_ASSERT_MESSAGE(good, json::check(good).kind.has_value());
        CPPUNIT_ASSERT(!json::check("\"\xFF\"").kind);
        const std::string deep = std::string(65, '[') + std::string(65, ']');
        CPPUNIT_ASSERT(!json::check(deep).kind);
        CPPUNIT_ASSERT(json::check(deep.substr(2, 126)).kind.has_value());
        std::string wide = "[0";
        for (int i = 0; i < 100'000; ++i) wide += ",0";
        CPPUNIT_ASSERT(!json::check(wide + "]").kind);
    }

    // hardening R14
    void testBytesAreKept() {
        const std::string text =
            R"({"a": 1.0, "b":-0, "c": {"d":[1e300, 123456789012345678901234567890 , "x\u00e9"] }, "a":2})";
        CPPUNIT_ASSERT_EQUAL(std::string("1.0"), at(text, {"a"}));
        CPPUNIT_ASSERT_EQUAL(std::string("-0"), at(text, {"b"}));
        CPPUNIT_ASSERT_EQUAL(std::string("123456789012345678901234567890"), at(text, {"c", "d", "1"}));
        CPPUNIT_ASSERT_EQUAL(std::string(R"("x\u00e9")"), at(text, {"c", "d", "2"}));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"d":[1e300, 123456789012345678901234567890 , "x\u00e9"] })"),
                             at(text, {"c"}));
        CPPUNIT_ASSERT_EQUAL(std::string("<absent>"), at(text, {"c", "e"}));
        CPPUNIT_ASSERT_EQUAL(std::string("<absent>"), at(text, {"a", "e"}));
    }

    void testFieldsAndItems() {
        const auto fields = json::fieldsOf(R"({"a": 1.0 , "b\u0041":{"x": [1]}, "a":"z"})");
        CPPUNIT_ASSERT(fields && fields->size() == 3);
        CPPUNIT_ASSERT_EQUAL(std::string("1.0"), std::string(fields->at(0).second));
        CPPUNIT_ASSERT_EQUAL(std::string("bA"), fields->at(1).first);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"x": [1]})"), std::string(fields->at(1).second));
        CPPUNIT_ASSERT_EQUAL(std::string("\"z\""), std::string(fields->at(2).second));
        const auto items = json::itemsOf(" [ {} , [1,2], 1e400 ]");
        CPPUNIT_ASSERT(items && items->size() == 3);
        CPPUNIT_ASSERT_EQUAL(std::string("[1,2]"), std::string(items->at(1)));
        CPPUNIT_ASSERT(!json::itemsOf("{}") && !json::fieldsOf("[]"));
        CPPUNIT_ASSERT(json::itemsOf("[]")->empty() && json::fieldsOf("{}")->empty());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(JsonTextTest);
