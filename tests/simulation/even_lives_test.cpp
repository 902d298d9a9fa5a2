#include <cppunit/extensions/HelperMacros.h>

#include "simulation/lives.h"

/// Half of the random lives, so that two processes play them all.
class EvenLivesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(EvenLivesTest);
    CPPUNIT_TEST(testInvariantsHoldInEveryLife);
    CPPUNIT_TEST_SUITE_END();

public:
    void testInvariantsHoldInEveryLife() { stepd::test::playEverySecond(2); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EvenLivesTest);
