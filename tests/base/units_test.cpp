#include "base/units.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;

class UnitsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(UnitsTest);
    CPPUNIT_TEST(testDurations);
    CPPUNIT_TEST(testWhatIsNoDuration);
    CPPUNIT_TEST(testTextIsReadBack);
    CPPUNIT_TEST(testByteSizes);
    CPPUNIT_TEST(testByteText);
    CPPUNIT_TEST_SUITE_END();

    void testDurations() {
        const struct {
            const char* text;
            Duration want;
        } rows[] = {{"250ms", 250ms}, {"5s", 5s},       {"10m", 10min}, {"2h", 2h}, {"7d", 168h}, {"1h30m", 90min},
                    {"PT5M", 5min},   {"P1DT12H", 36h}, {"P2W", 336h},  {"0s", 0s}, {"3us", 3us}, {"7ns", 7ns}};
        for (const auto& row : rows) {
            const auto got = parseDuration(row.text);
            CPPUNIT_ASSERT_MESSAGE(row.text, got.has_value());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, row.want.count(), got->count());
        }
    }

    void testWhatIsNoDuration() {
        for (const char* text :
             {"", "5", "s", "-5s", "5 s", "5parsecs", "1.5s", "PT", "P", "P5M", "PT5", "99999999999999d"})
            CPPUNIT_ASSERT_MESSAGE(text, !parseDuration(text));
    }

    void testTextIsReadBack() {
        for (const Duration d :
             {Duration(0s), Duration(90s), Duration(250ms), Duration(36h), Duration(1ns), Duration(1001us)})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(toText(d), d.count(), parseDuration(toText(d)).value_or(-1s).count());
        CPPUNIT_ASSERT_EQUAL(std::string("1m30s"), toText(90s));
    }

    void testByteText() {
        const std::pair<std::uint64_t, const char*> rows[] = {
            {0, "0B"},          {1023, "1023B"},        {1024, "1KiB"},
            {1U << 30, "1GiB"}, {1610612736, "1.5GiB"}, {1048575, "1023.9KiB"}};
        for (const auto& [bytes, want] : rows) CPPUNIT_ASSERT_EQUAL(std::string(want), byteText(bytes));
        CPPUNIT_ASSERT_EQUAL(std::string("16777215.9TiB"), byteText(~std::uint64_t{0}));
    }

    void testByteSizes() {
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(65536), parseByteSize("64KiB").value_or(0));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(10'000'000), parseByteSize("10MB").value_or(0));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(512), parseByteSize("512B").value_or(0));
        for (const char* text : {"", "10", "MB", "10 MB", "10Mb", "-1B", "99999999999GiB"})
            CPPUNIT_ASSERT_MESSAGE(text, !parseByteSize(text));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(UnitsTest);
