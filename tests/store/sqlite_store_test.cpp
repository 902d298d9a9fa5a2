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
    CPPUNIT_TEST(testExpiredCacheIsPruned);
    CPPUNIT_TEST(testPlainRunLeavesNothingInTheTablesOfFlow);
    CPPUNIT_TEST(testAuditGoesOnWhereItEnded);
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
        int answers = 0;
        store.load({}, [&](const LoadedRuns& loaded) { answers += loaded.runs.empty() ? 1 : 0; });
        store.findEvents({"*", {}}, [&](const std::vector<Event>& events) { answers += events.empty() ? 1 : 0; });
        store.audit(10, [&](const Violations& found) { answers += found.slotsWithoutOwner.empty() ? 1 : 0; });
        store.lookup({.now = at(1), .once = {{"event:a", "k"}}, .cache = {{"p/fetch", "k"}, {"p/fetch", "j"}}},
                     [&](const Found& found) {
                         CPPUNIT_ASSERT(found.once.size() == 1 && found.cached.size() == 2);
                         answers += found.once[0] || found.cached[0] || found.cached[1] ? 0 : 1;
                     });
        store.stop();
        CPPUNIT_ASSERT((statuses_ == std::vector{Durable, Failed, Failed, Failed}));
        CPPUNIT_ASSERT_EQUAL(4, answers);
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
                Admission admission{sampleEvent(id), OnceKey{"event:a", std::to_string(id), at(second + 100)}, {}};
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

    void testExpiredCacheIsPruned() {
        SqliteStore store({.path = path_});
        store.start();
        const auto cache = [&](std::int64_t from, std::int64_t to, std::int64_t second) {
            Admission admission{sampleEvent(to), {}, {}};
            admission.event.receivedAt = at(second);
            Batch batch{{admission}};
            for (std::int64_t key = from; key < to; ++key)
                batch.changes.emplace_back(CacheChange{"p/fetch", std::to_string(key), "{}", at(second + 100)});
            store.commit(std::move(batch), [](const Committed&) {});
            store.lastRunId();
        };
        cache(0, 20, 0);
        cache(20, 25, 100);  // the first twenty have just expired; ten of them go
        CPPUNIT_ASSERT_EQUAL(std::string("15"), ask("SELECT count(*) FROM cache"));
        cache(25, 25, 101);
        CPPUNIT_ASSERT_EQUAL(std::string("15"), ask("SELECT count(*) FROM cache"));
        cache(25, 30, 102);
        CPPUNIT_ASSERT_EQUAL(std::string("10"), ask("SELECT count(*) FROM cache"));
    }

    void testPlainRunLeavesNothingInTheTablesOfFlow() {
        SqliteStore store({.path = path_, .observer = &gate_});
        store.start();
        commitTogether(store, {2});
        Run ended = sampleRun(1, 1, {1});
        ended.state = RunState::Completed;
        store.commit({{RunChange{RunState::Queued, ended}}}, [](const Committed&) {});
        store.stop();
        for (const char* table : {"run_events", "waits", "slots", "moments", "cache", "deliveries", "pauses"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(table, std::string("0"), ask("SELECT count(*) FROM " + std::string(table)));
        // Only the unfinished run is in the index, and neither is in those of sleepers and of children.
        CPPUNIT_ASSERT_EQUAL(std::string("1"),
                             ask("SELECT count(*) FROM runs INDEXED BY runs_by_state WHERE state <> 10"));
        CPPUNIT_ASSERT_EQUAL(std::string("0"), ask("SELECT count(*) FROM runs INDEXED BY runs_by_wake "
                                                   "WHERE wake_at IS NOT NULL AND parked = 1 AND state < 10"));
        CPPUNIT_ASSERT_EQUAL(std::string("0"),
                             ask("SELECT count(*) FROM runs INDEXED BY runs_by_parent WHERE parent <> 0"));
    }

    void testAuditGoesOnWhereItEnded() {
        constexpr std::int64_t kRuns = 10'005;  // it looks at 10,000 at a time
        SqliteStore store({.path = path_});
        store.start();
        const auto revision = store.saveRevision({{}, "p", "1", "{}"});
        Batch batch;
        for (std::int64_t id = 1; id <= kRuns; ++id) {
            Admission admission = sampleAdmission(id, revision);
            admission.runs[0].run.parked = true;
            if (id != 3 && id != kRuns) admission.runs[0].run.wakeAt = at(60);
            batch.changes.emplace_back(std::move(admission));
        }
        store.commit(std::move(batch), [](const Committed&) {});
        std::vector<std::vector<RunId>> found;
        for (int i = 0; i < 3; ++i)
            store.audit(10, [&](const Violations& violations) { found.push_back(violations.parkedWithoutWake); });
        store.stop();
        CPPUNIT_ASSERT((found == std::vector<std::vector<RunId>>{{{3}}, {{kRuns}}, {{3}}}));
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
