#include "disk/fault_sweep.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd::test;

/// Every call of a life that SQLite makes to the disk goes wrong, in turn (hardening R6); all but writes.
class FaultSweepTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FaultSweepTest);
    CPPUNIT_TEST(testEachSyncFails);
    CPPUNIT_TEST(testEachTruncationFails);
    CPPUNIT_TEST(testEachDeletionFails);
    CPPUNIT_TEST(testEachOpeningFails);
    CPPUNIT_TEST(testEachReadFails);
    CPPUNIT_TEST(testEachMappingFails);
    CPPUNIT_TEST(testEachLockFails);
    CPPUNIT_TEST_SUITE_END();

    void testEachSyncFails() { sweep(DiskCall::Sync, {DiskFault::Broken, DiskFault::NoSpace}); }
    void testEachTruncationFails() { sweep(DiskCall::Truncate, {DiskFault::Broken}); }
    void testEachDeletionFails() { sweep(DiskCall::Delete, {DiskFault::Broken}); }
    void testEachOpeningFails() { sweep(DiskCall::Open, {DiskFault::Broken, DiskFault::NoSpace}); }
    void testEachReadFails() { sweep(DiskCall::Read, {DiskFault::Broken}); }
    void testEachMappingFails() { sweep(DiskCall::Map, {DiskFault::Broken, DiskFault::NoSpace}); }
    void testEachLockFails() { sweep(DiskCall::Lock, {DiskFault::Busy, DiskFault::Broken}); }
};
CPPUNIT_TEST_SUITE_REGISTRATION(FaultSweepTest);
