#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <vector>

#include "store/readers.h"
#include "store/store.h"

namespace stepd::test {

/// A store under test, on a disk that lives as long as this object.
class StoreBench {
public:
    virtual ~StoreBench() = default;
    virtual store::Store& store() = 0;
    virtual store::Readers& readers() = 0;
    /// Returns when all that was handed in has been carried out and its callbacks have run.
    virtual void settle() = 0;
    /// Ends the store properly and opens it again.
    virtual void reopen() = 0;
};

/// What every store does, whatever it is made of. A suite derives from it and says on which bench.
class StoreContract : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StoreContract);
    CPPUNIT_TEST(testStoresAnAdmissionWhole);
    CPPUNIT_TEST(testStoresStepsAndAttemptsWhole);
    CPPUNIT_TEST(testKeepsTheBytes);
    CPPUNIT_TEST(testEmptyBatchIsDurable);
    CPPUNIT_TEST(testBrokenGuardUndoesItsBatch);
    CPPUNIT_TEST(testBadBatchLeavesOthersIntact);
    CPPUNIT_TEST(testReplayChangesNothing);
    CPPUNIT_TEST(testLateReplayOfAnEarlierAttemptIsRefused);
    CPPUNIT_TEST(testTakenEventKeyAnswersWithTheFirst);
    CPPUNIT_TEST(testTakenRunKeySkipsThatRunAlone);
    CPPUNIT_TEST(testKeysAreSeparateByScope);
    CPPUNIT_TEST(testExpiredKeyIsFree);
    CPPUNIT_TEST(testUndoneBatchLeavesItsKeyFree);
    CPPUNIT_TEST(testLoadsUnfinishedRunsInPages);
    CPPUNIT_TEST(testLoadTellsWhatIsOpen);
    CPPUNIT_TEST(testLoadReadsBehindEarlierCommits);
    CPPUNIT_TEST(testListsEventsInPages);
    CPPUNIT_TEST(testListsRunsByEachFilter);
    CPPUNIT_TEST(testUnknownKeysAreAbsent);
    CPPUNIT_TEST(testStatsCountOpenRuns);
    CPPUNIT_TEST(testRevisionIsWrittenOnce);
    CPPUNIT_TEST(testReopenedStoreGoesOn);
    CPPUNIT_TEST_SUITE_END_ABSTRACT();

public:
    void setUp() override;

protected:
    virtual std::unique_ptr<StoreBench> makeBench() = 0;

private:
    void testStoresAnAdmissionWhole();
    void testStoresStepsAndAttemptsWhole();
    void testKeepsTheBytes();
    void testEmptyBatchIsDurable();
    void testBrokenGuardUndoesItsBatch();
    void testBadBatchLeavesOthersIntact();
    void testReplayChangesNothing();
    void testLateReplayOfAnEarlierAttemptIsRefused();
    void testTakenEventKeyAnswersWithTheFirst();
    void testTakenRunKeySkipsThatRunAlone();
    void testKeysAreSeparateByScope();
    void testExpiredKeyIsFree();
    void testUndoneBatchLeavesItsKeyFree();
    void testLoadsUnfinishedRunsInPages();
    void testLoadTellsWhatIsOpen();
    void testLoadReadsBehindEarlierCommits();
    void testListsEventsInPages();
    void testListsRunsByEachFilter();
    void testUnknownKeysAreAbsent();
    void testStatsCountOpenRuns();
    void testRevisionIsWrittenOnce();
    void testReopenedStoreGoesOn();

    store::Committed commit(std::vector<store::Change> changes);
    /// As `commit`, and fails the test unless durable.
    std::vector<store::Admitted> durable(std::vector<store::Change> changes);
    std::vector<store::UnfinishedRun> load(store::LoadQuery query = {});
    /// All that can be read about runs 1 to 9, for comparing before and after.
    std::string everything();

    std::unique_ptr<StoreBench> bench_;
    RevisionId revision_;
};

}  // namespace stepd::test
