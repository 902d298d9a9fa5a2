#include <cppunit/extensions/HelperMacros.h>

#include "simulation/lives.h"

/// Half of the random lives, so that two processes play them all.
class OddLivesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(OddLivesTest);
    CPPUNIT_TEST(testInvariantsHoldInEveryLife);
    CPPUNIT_TEST_SUITE_END();

public:
    void testInvariantsHoldInEveryLife() { stepd::test::playEverySecond(1); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OddLivesTest);
