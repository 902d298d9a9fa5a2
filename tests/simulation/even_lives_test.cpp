#include <cppunit/extensions/HelperMacros.h>

#include "simulation/lives.h"

/// Half of the random lives, so that two processes play them all.
class EvenLivesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(EvenLivesTest);
    CPPUNIT_TEST(testInvariantsHoldInEveryLife);
    CPPUNIT_TEST_SUITE_END();

public:
    void testInvariantsHoldInEveryLife() {
        const auto seen = stepd::test::playEverySecond(2);
        if (seen.empty()) return;  // a few lives need not show everything
        for (const char* what : {"run completed", "run failed", "run cancelled", "run quarantined", "run waiting",
                                 "duplicate event", "duplicate run", "store full", "skipped", "rerun", "released"})
            CPPUNIT_ASSERT_MESSAGE(std::string("never seen: ") + what, seen.contains(what));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EvenLivesTest);
