#include "telemetry/log.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;

class LogTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LogTest);
    CPPUNIT_TEST(testFieldsAreJson);
    CPPUNIT_TEST(testHostileNamesGiveOneLine);
    CPPUNIT_TEST_SUITE_END();

    void testFieldsAreJson() {
        CPPUNIT_ASSERT_EQUAL(std::string("3"), log::Field("attempt", 3).json);
        CPPUNIT_ASSERT_EQUAL(std::string("true"), log::Field("ok", true).json);
        CPPUNIT_ASSERT_EQUAL(std::string("0.25"), log::Field("seconds", 0.25).json);
        CPPUNIT_ASSERT_EQUAL(std::string("\"fetch\""), log::Field("step", "fetch").json);
        CPPUNIT_ASSERT(log::Field("run_id", "").json.empty());
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"time":"T","level":"info","message":"run completed","step":"a"})"),
                             log::render(log::Format::Json, "T", log::Level::Info, "run completed", R"(,"step":"a")"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"(T warning slow "step":"a")"),
                             log::render(log::Format::Text, "T", log::Level::Warning, "slow", R"(,"step":"a")"));
    }

    // hardening R33
    void testHostileNamesGiveOneLine() {
        for (const char* name : {"a\nb", "\x1B[2J", "<script>", "\xE2\x80\xAEmoc", "../../x", "\xFF\xFE", "\r\n\r\n"}) {
            const log::Field field("name", name);
            const std::string line =
                log::render(log::Format::Json, "T", log::Level::Info, name, ",\"name\":" + field.json);
            CPPUNIT_ASSERT_EQUAL(std::string::npos, line.find_first_of("\n\r\x1B"));
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LogTest);
