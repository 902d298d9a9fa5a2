#include "base/time.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;

class TimeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TimeTest);
    CPPUNIT_TEST(testWritesSixDecimals);
    CPPUNIT_TEST(testReadsOffsetsAndFractions);
    CPPUNIT_TEST(testRefusesWhatIsNoTime);
    CPPUNIT_TEST_SUITE_END();

    void testWritesSixDecimals() {
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-02T03:04:05.678901Z"), toRfc3339(fromMicros(1767323045678901)));
        CPPUNIT_ASSERT_EQUAL(std::string("1969-12-31T23:59:59.999999Z"), toRfc3339(fromMicros(-1)));
    }

    void testReadsOffsetsAndFractions() {
        const struct {
            const char* text;
            std::int64_t micros;
        } rows[] = {{"2026-01-02T03:04:05.678901Z", 1767323045678901},
                    {"2026-01-02t04:04:05.678901+01:00", 1767323045678901},
                    {"2026-01-02T03:04:05z", 1767323045000000},
                    {"2026-01-02T03:04:05.6789019Z", 1767323045678901},
                    {"2026-01-02T03:04:05.5-00:30", 1767324845500000}};
        for (const auto& row : rows) {
            const auto got = parseRfc3339(row.text);
            CPPUNIT_ASSERT_MESSAGE(row.text, got.has_value());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, row.micros, toMicros(*got));
        }
    }

    void testRefusesWhatIsNoTime() {
        for (const char* text :
             {"", "2026-01-02", "2026-01-02T03:04:05", "2026-02-30T00:00:00Z", "2026-01-02T24:00:00Z",
              "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Zx", "2026-01-02 03:04:05Z"})
            CPPUNIT_ASSERT_MESSAGE(text, !parseRfc3339(text));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TimeTest);
