#include "base/ulid.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;

class UlidTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(UlidTest);
    CPPUNIT_TEST(testKnownVector);
    CPPUNIT_TEST(testParsesItsOwnText);
    CPPUNIT_TEST(testRefusesOtherText);
    CPPUNIT_TEST_SUITE_END();

    // inngest-protocol.md 1.5: 1735689600123 with entropy 112233445566000000fe.
    void testKnownVector() {
        const Ulid ulid{1735689600123, 0x1122, 0x33445566000000fe};
        CPPUNIT_ASSERT_EQUAL(std::string("01JGFJJZ3V24H36H2NCR00007Y"), ulid.text());
    }

    void testParsesItsOwnText() {
        const Ulid ulid{1735689600123, 0xFFFF, 0xFFFFFFFFFFFFFFFF};
        CPPUNIT_ASSERT(Ulid::parse(ulid.text()) == ulid);
        CPPUNIT_ASSERT(Ulid::parse("01jgfjjz3v24h36h2ncr00007y") == Ulid::parse("01JGFJJZ3V24H36H2NCR00007Y"));
    }

    void testRefusesOtherText() {
        for (const char* text :
             {"", "01JGFJJZ3V24H36H2NCR00007", "81JGFJJZ3V24H36H2NCR00007Y", "01JGFJJZ3V24H36H2NCR0000U!"})
            CPPUNIT_ASSERT_MESSAGE(text, !Ulid::parse(text));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(UlidTest);
