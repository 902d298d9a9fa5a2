#include "store/sqlite/sqlite_store.h"

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <functional>
#include <latch>

#include "base/error.h"
#include "store/faulty_vfs.h"
#include "store/sqlite/connection.h"
#include "support/store_samples.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::store;
using namespace stepd::test;

namespace {

/// Holds the first transaction until `release`, so that what is committed meanwhile waits together; may throw.
class Gate final : public CommitObserver {
public:
    std::latch entered{1};
    std::latch release{1};
    std::uint64_t transactions = 0;
    std::uint64_t throwAt = 0;
    ErrorCode code = ErrorCode::StoreFull;
    std::function<void(std::uint64_t)> committed = [](std::uint64_t) {};

    void beforeCommit(std::uint64_t number) override {
        transactions = number;
        if (number == 1) {
            entered.count_down();
            release.wait();
        }
        if (number == throwAt) throw Error(code, "the observer says so");
    }
    void afterCommit(std::uint64_t number) override { committed(number); }
};

}  // namespace

class SqliteStoreTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SqliteStoreTest);
    CPPUNIT_TEST(testSecondDaemonIsRefused);
    CPPUNIT_TEST(testWaitingBatchesShareOneSync);
    CPPUNIT_TEST(testBadBatchOfAGroupFailsAlone);
    CPPUNIT_TEST(testFullDiskIsPassing);
    CPPUNIT_TEST(testFailedDiskIsForEver);
    CPPUNIT_TEST(testEmptyBatchesWriteNothing);
    CPPUNIT_TEST(testExpiredKeysArePruned);
    CPPUNIT_TEST(testStopCarriesOutWhatWaits);
    CPPUNIT_TEST(testStopTwiceOrWithoutStart);
    CPPUNIT_TEST(testBlockingCallsNeedAStartedStore);
    CPPUNIT_TEST_SUITE_END();

    TempDir dir_;
    const std::string path_ = dir_.file("stepd.db");
    Gate gate_;
    std::vector<CommitStatus> statuses_;  // store's thread, until stop

    void hand(SqliteStore& store, std::int64_t id, RevisionId revision) {
        store.commit({{sampleAdmission(id, revision)}},
                     [this](const Committed& committed) { statuses_.push_back(committed.status); });
    }

    /// Hands in event 1 and, while its transaction is held, the others; returns when all is carried out.
    void commitTogether(SqliteStore& store, const std::vector<std::int64_t>& others) {
        const auto revision = store.saveRevision({{}, "p", "1", "{}"});
        hand(store, 1, revision);
        gate_.entered.wait();
        for (const auto id : others) hand(store, id, revision);
        gate_.release.count_down();
        store.lastRunId();
    }

    using enum CommitStatus;

    void testSecondDaemonIsRefused() {
        const SqliteStore first({.path = path_});
        try {
            const SqliteStore second({.path = path_});
            CPPUNIT_FAIL("two stores on one database");
        } catch (const Error& error) {
            CPPUNIT_ASSERT(error.code() == ErrorCode::StoreBusy);
            const std::string sentence = error.what();
            CPPUNIT_ASSERT_MESSAGE(sentence, sentence.find("stepd.lock") != std::string::npos);
            CPPUNIT_ASSERT_MESSAGE(sentence, sentence.find(std::to_string(::getpid())) != std::string::npos);
        }
    }

    void testWaitingBatchesShareOneSync() {
        const FaultyVfs disk;
        std::uint64_t syncs[3] = {};
        gate_.committed = [&](std::uint64_t number) { syncs[number] = disk.syncs(); };
        SqliteStore store({.path = path_, .observer = &gate_});
        store.start();
        commitTogether(store, {2, 3, 4, 5, 6, 7, 8, 9, 10});
        store.stop();
        CPPUNIT_ASSERT_EQUAL(std::size_t{10}, statuses_.size());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, gate_.transactions);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, syncs[2] - syncs[1]);
    }

    void testBadBatchOfAGroupFailsAlone() {
        SqliteStore store({.path = path_, .observer = &gate_});
        store.start();
        commitTogether(store, {2, 1, 3});
        store.stop();
        CPPUNIT_ASSERT((statuses_ == std::vector{Durable, Durable, Failed, Durable}));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, gate_.transactions);
        CPPUNIT_ASSERT_EQUAL(std::string("1,2,3"), ask("SELECT group_concat(id) FROM events"));
    }

    void testFullDiskIsPassing() {
        gate_.throwAt = 2;
        int failures = 0;
        SqliteStore store({.path = path_, .onFailure = [&](const std::string&) { ++failures; }, .observer = &gate_});
        store.start();
        commitTogether(store, {2, 3});
        hand(store, 3, store.saveRevision({{}, "p", "1", "{}"}));
        store.stop();
        CPPUNIT_ASSERT((statuses_ == std::vector{Durable, Full, Full, Durable}));
        CPPUNIT_ASSERT_EQUAL(0, failures);
        CPPUNIT_ASSERT_EQUAL(std::string("1,3"), ask("SELECT group_concat(id) FROM events"));
    }

    void testFailedDiskIsForEver() {
        gate_.throwAt = 2;
        gate_.code = ErrorCode::StoreIo;
        int failures = 0;
        SqliteStore store({.path = path_, .onFailure = [&](const std::string&) { ++failures; }, .observer = &gate_});
        store.start();
        commitTogether(store, {2, 3});
        hand(store, 4, {1});
        bool loaded = false;
        store.load({}, [&](const std::vector<UnfinishedRun>& runs) { loaded = !runs.empty(); });
        store.stop();
        CPPUNIT_ASSERT((statuses_ == std::vector{Durable, Failed, Failed, Failed}));
        CPPUNIT_ASSERT(!loaded);
        CPPUNIT_ASSERT_EQUAL(1, failures);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, gate_.transactions);
        CPPUNIT_ASSERT_EQUAL(std::string("1"), ask("SELECT group_concat(id) FROM events"));
    }

    void testEmptyBatchesWriteNothing() {
        const FaultyVfs disk;
        SqliteStore store({.path = path_, .observer = &gate_});
        store.start();
        store.lastRunId();
        const auto before = disk.writes() + disk.syncs();
        store.commit({}, [this](const Committed& committed) { statuses_.push_back(committed.status); });
        store.lastRunId();
        CPPUNIT_ASSERT_EQUAL(before, disk.writes() + disk.syncs());
        CPPUNIT_ASSERT((statuses_ == std::vector{Durable}));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, gate_.transactions);
    }

    void testExpiredKeysArePruned() {
        SqliteStore store({.path = path_});
        store.start();
        const auto admit = [&](std::int64_t from, std::int64_t to, std::int64_t second) {
            Batch batch;
            for (std::int64_t id = from; id < to; ++id) {
                Admission admission{sampleEvent(id), OnceKey{"event", std::to_string(id), at(second + 100)}, {}};
                admission.event.receivedAt = at(second);
                batch.changes.emplace_back(std::move(admission));
            }
            store.commit(std::move(batch), [](const Committed&) {});
            store.lastRunId();
        };
        admit(0, 20, 0);
        admit(20, 25, 100);  // the first twenty have just expired; ten of them go
        CPPUNIT_ASSERT_EQUAL(std::string("15"), ask("SELECT count(*) FROM once"));
        admit(25, 30, 101);
        CPPUNIT_ASSERT_EQUAL(std::string("10"), ask("SELECT count(*) FROM once"));
        admit(30, 31, 102);
        CPPUNIT_ASSERT_EQUAL(std::string("11"), ask("SELECT count(*) FROM once"));
    }

    void testStopCarriesOutWhatWaits() {
        SqliteStore store({.path = path_});
        store.start();
        const auto revision = store.saveRevision({{}, "p", "1", "{}"});
        for (std::int64_t id = 1; id <= 50; ++id) hand(store, id, revision);
        store.stop();
        CPPUNIT_ASSERT_EQUAL(std::size_t{50}, statuses_.size());
        hand(store, 51, revision);
        CPPUNIT_ASSERT_EQUAL(std::string("50"), ask("SELECT count(*) FROM events"));
    }

    void testStopTwiceOrWithoutStart() {
        SqliteStore store({.path = path_});
        store.stop();
        store.stop();
    }

    void testBlockingCallsNeedAStartedStore() {
        SqliteStore store({.path = path_});
        CPPUNIT_ASSERT_THROW(store.lastRunId(), Error);
        store.start();
        CPPUNIT_ASSERT(store.lastRunId() == RunId{});
        store.stop();
        CPPUNIT_ASSERT_THROW(store.lastRunId(), Error);
    }

    std::string ask(const std::string& sql) { return Connection(path_, Role::Reader).ask(sql); }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SqliteStoreTest);
