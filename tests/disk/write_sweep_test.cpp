#include <cppunit/extensions/HelperMacros.h>

#include "disk/fault_sweep.h"

using namespace stepd::test;

/// Every write of a life to the disk goes wrong, in turn (hardening R6).
class WriteSweepTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WriteSweepTest);
    CPPUNIT_TEST(testNoSpaceAtEachWrite);
    CPPUNIT_TEST(testEachWriteFails);
    CPPUNIT_TEST_SUITE_END();

    void testNoSpaceAtEachWrite() { sweep(DiskCall::Write, {DiskFault::Full, DiskFault::Short, DiskFault::NoSpace}); }
    void testEachWriteFails() { sweep(DiskCall::Write, {DiskFault::Broken, DiskFault::Torn}); }
};
CPPUNIT_TEST_SUITE_REGISTRATION(WriteSweepTest);
