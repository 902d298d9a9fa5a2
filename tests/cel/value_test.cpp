#include "cel/value.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cmath>

#include "base/error.h"

using namespace stepd;
using cel::Value;

class ValueTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ValueTest);
    CPPUNIT_TEST(testJsonComesBackAsItWas);
    CPPUNIT_TEST(testJsonKindsOfNumbers);
    CPPUNIT_TEST(testJsonOfWhatJsonDoesNotHave);
    CPPUNIT_TEST(testRubbishIsNoJson);
    CPPUNIT_TEST(testOfEqualKeysTheFirstIsKept);
    CPPUNIT_TEST(testLargeMapsFindEveryKey);
    CPPUNIT_TEST(testNumbersOfAllKindsAreOneKey);
    CPPUNIT_TEST(testEqualityAndOrder);
    CPPUNIT_TEST(testWeightCountsWhatIsShared);
    CPPUNIT_TEST(testTimestampsKeepTheirPart);
    CPPUNIT_TEST_SUITE_END();

    static std::string json(const Value& value) { return cel::toJson(value).value_or("<absent>"); }

    void testJsonComesBackAsItWas() {
        for (const char* text : {"null", "true", "0", "-7", "9223372036854775807", "-9223372036854775808", "1.5", "1.0",
                                 "-0.0", "1e+300", "\"\"", "\"a\\u0000\\n\\\"\u00e9\U0001F600\"", "[]", "{}",
                                 "[[1],[]]", "{\"z\":1,\"a\":[{\"b\":null}],\"\":false}", "\"[1,2]\""})
            CPPUNIT_ASSERT_EQUAL(std::string(text), json(cel::fromJson(text)));
        CPPUNIT_ASSERT_EQUAL(std::string("{\"a\":[1,2]}"), json(cel::fromJson(" { \"a\" : [ 1 , 2 ] } \n")));
    }

    void testJsonKindsOfNumbers() {
        CPPUNIT_ASSERT(cel::fromJson("12").isInt());
        CPPUNIT_ASSERT(cel::fromJson("12.0").is(cel::Kind::Double));
        CPPUNIT_ASSERT(cel::fromJson("1e2").asDouble() == 100.0);
        CPPUNIT_ASSERT(cel::fromJson("9223372036854775808").asDouble() == 9223372036854775808.0);
        CPPUNIT_ASSERT(cel::fromJson("123456789012345678901234567890").asDouble() == 123456789012345678901234567890.0);
        CPPUNIT_ASSERT(std::signbit(*cel::fromJson("-0").asDouble()));
    }

    void testJsonOfWhatJsonDoesNotHave() {
        CPPUNIT_ASSERT_EQUAL(std::string("<absent>"), json(Value::real(NAN)));
        CPPUNIT_ASSERT_EQUAL(std::string("<absent>"), json(Value::list({Value::real(HUGE_VAL)})));
        CPPUNIT_ASSERT_EQUAL(std::string("<absent>"),
                             json(Value::map({{Value::string("t"), Value::type(cel::Kind::Int)}})));
        CPPUNIT_ASSERT_EQUAL(std::string("\"AP8=\""), json(Value::bytes(std::string("\0\xFF", 2))));
        CPPUNIT_ASSERT_EQUAL(std::string("\"-1.5s\""), json(Value::duration(-1500ms)));
        CPPUNIT_ASSERT_EQUAL(std::string("\"1970-01-01T00:00:00.25Z\""), json(Value::timestamp(fromMicros(250'000))));
        CPPUNIT_ASSERT_EQUAL(std::string("18446744073709551615"), json(Value::uinteger(UINT64_MAX)));
        CPPUNIT_ASSERT_EQUAL(
            std::string("{\"1\":null,\"true\":[7]}"),
            json(Value::map({{Value::integer(1), Value::optionalNone()},
                             {Value::boolean(true), Value::optionalOf(Value::list({Value::integer(7)}))}})));
    }

    void testRubbishIsNoJson() {
        for (const char* text : {"", "{", "[1,", "1]", "1,2", "nul", "-", "1.2.3", "{\"a\"}", "\"\xFF\"", "\"\\x\""})
            CPPUNIT_ASSERT_THROW_MESSAGE(text, cel::fromJson(text), Error);
        CPPUNIT_ASSERT_THROW(cel::fromJson(std::string(100'000, '[') + std::string(100'000, ']')), Error);
    }

    void testOfEqualKeysTheFirstIsKept() {
        CPPUNIT_ASSERT_EQUAL(std::string("{\"a\":1,\"b\":2}"), json(cel::fromJson(R"({"a":1,"b":2,"a":3})")));
        std::vector<cel::MapEntry> entries;
        for (int i = 0; i < 100; ++i) entries.emplace_back(Value::integer(i % 50), Value::integer(i));
        const auto map = Value::map(entries);
        CPPUNIT_ASSERT_EQUAL(std::size_t{50}, map.entries()->size());
        CPPUNIT_ASSERT(map.find(Value::integer(49))->asInt() == 49);
    }

    void testLargeMapsFindEveryKey() {
        std::vector<cel::MapEntry> entries;
        for (int i = 0; i < 1000; ++i)
            entries.emplace_back(Value::string("key" + std::to_string(i * 7919 % 1000)), Value::integer(i));
        entries.emplace_back(Value::boolean(true), Value::null());
        const auto map = Value::map(entries);
        for (const auto& [key, value] : entries) CPPUNIT_ASSERT(*map.find(key) == value);
        CPPUNIT_ASSERT(map.find("key999"));
        CPPUNIT_ASSERT(!map.find("key1000"));
        CPPUNIT_ASSERT(!map.find(""));
        CPPUNIT_ASSERT(!map.find(Value::boolean(false)));
        CPPUNIT_ASSERT(!map.find(Value::integer(1)));
        CPPUNIT_ASSERT_EQUAL(std::string("key0"), *map.entries()->front().first.text());
    }

    void testNumbersOfAllKindsAreOneKey() {
        for (const std::size_t size : {2U, 100U}) {
            std::vector<cel::MapEntry> entries;
            for (std::size_t i = 0; i < size; ++i)
                entries.emplace_back(Value::uinteger(i), Value::integer(static_cast<int>(i)));
            const auto map = Value::map(entries);
            CPPUNIT_ASSERT(map.find(Value::integer(1))->asInt() == 1);
            CPPUNIT_ASSERT(map.find(Value::real(1.0))->asInt() == 1);
            CPPUNIT_ASSERT(!map.find(Value::real(1.5)));
            CPPUNIT_ASSERT(!map.find(Value::real(NAN)));
            CPPUNIT_ASSERT(!map.find(Value::integer(-1)));
        }
    }

    void testEqualityAndOrder() {
        CPPUNIT_ASSERT(Value::integer(1) == Value::real(1.0));
        CPPUNIT_ASSERT(Value::uinteger(1) == Value::integer(1));
        CPPUNIT_ASSERT(!(Value::integer(-1) == Value::uinteger(UINT64_MAX)));
        CPPUNIT_ASSERT(!(Value::real(NAN) == Value::real(NAN)));
        CPPUNIT_ASSERT(!(Value::string("a") == Value::bytes("a")));
        CPPUNIT_ASSERT(!(Value::null() == Value::boolean(false)));
        CPPUNIT_ASSERT(cel::fromJson(R"({"a":1,"b":[1,2]})") == cel::fromJson(R"({"b":[1.0,2],"a":1})"));
        CPPUNIT_ASSERT(!(cel::fromJson(R"({"a":1})") == cel::fromJson(R"({"a":1,"b":2})")));
        CPPUNIT_ASSERT(cel::compare(Value::string("a"), Value::string("b")) == std::partial_ordering::less);
        CPPUNIT_ASSERT(cel::compare(Value::integer(-1), Value::uinteger(0)) == std::partial_ordering::less);
        CPPUNIT_ASSERT(cel::compare(Value::real(NAN), Value::integer(1)) == std::partial_ordering::unordered);
        CPPUNIT_ASSERT(!cel::compare(Value::string("1"), Value::integer(1)));
        CPPUNIT_ASSERT(!cel::compare(Value::list({}), Value::list({})));
    }

    void testWeightCountsWhatIsShared() {
        const auto text = Value::string(std::string(1000, 'x'));
        CPPUNIT_ASSERT(text.weight() >= 1000);
        Value value = text;
        for (int i = 0; i < 10; ++i) value = Value::list({value, value});
        CPPUNIT_ASSERT(value.weight() >= 1'024'000);
    }

    void testTimestampsKeepTheirPart() {
        const auto before = Value::timestamp(fromMicros(-1)).asTimestamp();
        CPPUNIT_ASSERT(before == (cel::TimePoint{-1, 999'999'000}));
        CPPUNIT_ASSERT(Value::string("x").asString() == "x");
        CPPUNIT_ASSERT(!Value::string("x").asInt());
        CPPUNIT_ASSERT(!Value::null().text());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ValueTest);
