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
    /// The next commit finds no space on the disk.
    virtual void fillDisk() = 0;
};

/// What every store does, whatever it is made of. A suite derives from it and says on which bench.
class StoreContract : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StoreContract);
    CPPUNIT_TEST(testStoresAnAdmissionWhole);
    CPPUNIT_TEST(testRunChangeLeavesTheRestAlone);
    CPPUNIT_TEST(testStoresStepsAndAttemptsWhole);
    CPPUNIT_TEST(testCompletedAttemptHasTheReceiptOfItsStep);
    CPPUNIT_TEST(testKeepsTheBytes);
    CPPUNIT_TEST(testEmptyBatchIsDurable);
    CPPUNIT_TEST(testBrokenGuardUndoesItsBatch);
    CPPUNIT_TEST(testBadBatchLeavesOthersIntact);
    CPPUNIT_TEST(testReplayChangesNothing);
    CPPUNIT_TEST(testLateReplayOfAnEarlierAttemptIsRefused);
    CPPUNIT_TEST(testFullGivesTheBatchBack);
    CPPUNIT_TEST(testRevisionIsWrittenOnce);
    CPPUNIT_TEST(testReopenedStoreGoesOn);
    CPPUNIT_TEST(testPluginSetIsWrittenOnce);
    CPPUNIT_TEST(testRunOfAnUnknownPluginSetIsRefused);
    CPPUNIT_TEST(testTakenKeyIsABrokenGuard);
    CPPUNIT_TEST(testKeysAreSeparateByScope);
    CPPUNIT_TEST(testExpiredKeyIsFree);
    CPPUNIT_TEST(testUndoneBatchLeavesItsKeyFree);
    CPPUNIT_TEST(testLookupNamesTheHolders);
    CPPUNIT_TEST(testLookupFindsTheRunOfABatchedEvent);
    CPPUNIT_TEST(testLookupFindsCachedResults);
    CPPUNIT_TEST(testWaitsAreReplacedAsAWhole);
    CPPUNIT_TEST(testEndedRunLosesItsWaits);
    CPPUNIT_TEST(testCollectAddsEventsInOrder);
    CPPUNIT_TEST(testCollectReplacesTheEvent);
    CPPUNIT_TEST(testCollectRefusesARunThatHasStarted);
    CPPUNIT_TEST(testRerunIsForTheWholeBatch);
    CPPUNIT_TEST(testWakeTouchesParkedRunsAlone);
    CPPUNIT_TEST(testUndoneBatchLeavesFlowAlone);
    CPPUNIT_TEST(testImageOfAnEmptyStore);
    CPPUNIT_TEST(testImageAfterReopen);
    CPPUNIT_TEST(testAuditFindsSlotsWithoutOwner);
    CPPUNIT_TEST(testAuditFindsParkedRunsWithoutWake);
    CPPUNIT_TEST(testLoadsUnfinishedRunsInPages);
    CPPUNIT_TEST(testLoadTellsWhatIsOpen);
    CPPUNIT_TEST(testLoadTellsChildrenAndWaits);
    CPPUNIT_TEST(testLoadReadsBehindEarlierCommits);
    CPPUNIT_TEST(testBacklogLeavesParkedRunsOut);
    CPPUNIT_TEST(testLoadsDueRunsInPages);
    CPPUNIT_TEST(testLoadsWaitingRunsInPages);
    CPPUNIT_TEST(testLoadsOneRun);
    CPPUNIT_TEST(testFindsEventsByName);
    CPPUNIT_TEST(testFindsEventsByPattern);
    CPPUNIT_TEST(testListsEventsInPages);
    CPPUNIT_TEST(testListsRunsByEachFilter);
    CPPUNIT_TEST(testListsRunsByTime);
    CPPUNIT_TEST(testListsRunsOfABatchedEvent);
    CPPUNIT_TEST(testUnknownKeysAreAbsent);
    CPPUNIT_TEST(testStatsCountOpenRuns);
    CPPUNIT_TEST(testPrunesRunsThatAreOver);
    CPPUNIT_TEST(testPruneFollowsThePipelinesOwnRetention);
    CPPUNIT_TEST(testPruneWithNothingToDo);
    CPPUNIT_TEST(testPruneKeepsChildrenOfRunsThatGoOn);
    CPPUNIT_TEST(testPruneKeepsTheHolderOfAKey);
    CPPUNIT_TEST(testPrunesEventsThatNoRunIsFor);
    CPPUNIT_TEST(testPruneKeepsEventsInUse);
    CPPUNIT_TEST(testPruneGoesInSlices);
    CPPUNIT_TEST(testPrunedKeysAreNotGivenOutAgain);
    CPPUNIT_TEST(testPrunesExpiredKeys);
    CPPUNIT_TEST(testFullDiskPutsPruningOff);
    CPPUNIT_TEST(testLookupTellsWhichRunsAreStored);
    CPPUNIT_TEST_SUITE_END_ABSTRACT();

public:
    void setUp() override;

protected:
    virtual std::unique_ptr<StoreBench> makeBench() = 0;

private:
    // store_contract_changes.cpp
    void testStoresAnAdmissionWhole();
    void testRunChangeLeavesTheRestAlone();
    void testStoresStepsAndAttemptsWhole();
    void testCompletedAttemptHasTheReceiptOfItsStep();
    void testKeepsTheBytes();
    void testEmptyBatchIsDurable();
    void testBrokenGuardUndoesItsBatch();
    void testBadBatchLeavesOthersIntact();
    void testReplayChangesNothing();
    void testLateReplayOfAnEarlierAttemptIsRefused();
    void testFullGivesTheBatchBack();
    void testRevisionIsWrittenOnce();
    void testReopenedStoreGoesOn();
    void testPluginSetIsWrittenOnce();
    void testRunOfAnUnknownPluginSetIsRefused();

    // store_contract_keys.cpp
    void testTakenKeyIsABrokenGuard();
    void testKeysAreSeparateByScope();
    void testExpiredKeyIsFree();
    void testUndoneBatchLeavesItsKeyFree();
    void testLookupNamesTheHolders();
    void testLookupFindsTheRunOfABatchedEvent();
    void testLookupFindsCachedResults();

    // store_contract_flow.cpp
    void testWaitsAreReplacedAsAWhole();
    void testEndedRunLosesItsWaits();
    void testCollectAddsEventsInOrder();
    void testCollectReplacesTheEvent();
    void testCollectRefusesARunThatHasStarted();
    void testRerunIsForTheWholeBatch();
    void testWakeTouchesParkedRunsAlone();
    void testUndoneBatchLeavesFlowAlone();
    void testImageOfAnEmptyStore();
    void testImageAfterReopen();
    void testAuditFindsSlotsWithoutOwner();
    void testAuditFindsParkedRunsWithoutWake();

    // store_contract_loads.cpp
    void testLoadsUnfinishedRunsInPages();
    void testLoadTellsWhatIsOpen();
    void testLoadTellsChildrenAndWaits();
    void testLoadReadsBehindEarlierCommits();
    void testBacklogLeavesParkedRunsOut();
    void testLoadsDueRunsInPages();
    void testLoadsWaitingRunsInPages();
    void testLoadsOneRun();
    void testFindsEventsByName();
    void testFindsEventsByPattern();

    // store_contract_reads.cpp
    void testListsEventsInPages();
    void testListsRunsByEachFilter();
    void testListsRunsByTime();
    void testListsRunsOfABatchedEvent();
    void testUnknownKeysAreAbsent();
    void testStatsCountOpenRuns();

    // store_contract_prune.cpp
    void testPrunesRunsThatAreOver();
    void testPruneFollowsThePipelinesOwnRetention();
    void testPruneWithNothingToDo();
    void testPruneKeepsChildrenOfRunsThatGoOn();
    void testPruneKeepsTheHolderOfAKey();
    void testPrunesEventsThatNoRunIsFor();
    void testPruneKeepsEventsInUse();
    void testPruneGoesInSlices();
    void testPrunedKeysAreNotGivenOutAgain();
    void testPrunesExpiredKeys();
    void testFullDiskPutsPruningOff();
    void testLookupTellsWhichRunsAreStored();

    store::Committed commit(std::vector<store::Change> changes);
    /// As `commit`, and fails the test unless durable.
    void durable(std::vector<store::Change> changes);
    /// As `commit`, and fails the test unless a guard is broken and its sentence has these words.
    void refused(std::vector<store::Change> changes, const std::vector<std::string>& words = {});
    store::LoadedRuns load(store::LoadQuery query = {});
    std::vector<std::int64_t> keysOf(store::LoadQuery query);
    store::Found lookup(store::Lookup lookup);
    /// Who holds a key at a second; zero: nobody.
    std::int64_t holderOf(const std::string& scope, const std::string& key, std::int64_t second);
    std::vector<std::int64_t> findEvents(store::EventQuery query);
    store::Violations audit(std::size_t limit = 100);
    store::Pruned prune(store::Prune::What what, std::int64_t second, store::RetentionRules rules,
                        std::int64_t first = 1, std::size_t most = 500);
    /// Keys, growing, each with a space behind it.
    std::string runsLeft();
    std::string eventsLeft();
    /// All that can be read about runs 1 to 9, for comparing before and after.
    std::string everything();

    std::unique_ptr<StoreBench> bench_;
    RevisionId revision_;
};

}  // namespace stepd::test
