#include "store/sqlite/online_backup.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "base/error.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/inspection.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/statement.h"
#include "support/store_samples.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::store;
using namespace stepd::test;

class OnlineBackupTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(OnlineBackupTest);
    CPPUNIT_TEST(testWhatIsWrittenMeanwhileIsInTheCopy);
    CPPUNIT_TEST(testCopyIsPrivateAndNeverOverAnotherFile);
    CPPUNIT_TEST(testUnfinishedCopyGoesAway);
    CPPUNIT_TEST(testStoreCopiesBetweenItsCommits);
    CPPUNIT_TEST(testDamageIsFound);
    CPPUNIT_TEST_SUITE_END();

    TempDir dir_;
    const std::string path_ = dir_.file("stepd.db");
    const std::string copy_ = dir_.file("copy.db");

    static std::string ask(const std::string& path, const std::string& sql) {
        return Connection(path, Role::Reader).ask(sql);
    }

    /// Each step copies a few pages; a row is written to the first and to the last page after each.
    void testWhatIsWrittenMeanwhileIsInTheCopy() {
        Connection writer(path_, Role::Writer);
        writer.configure();
        execute(writer.handle(),
                "CREATE TABLE t (id INTEGER PRIMARY KEY, x); CREATE TABLE u (x); "
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
                "INSERT INTO t SELECT i, randomblob(1000) FROM n");
        OnlineBackup backup(writer.handle(), copy_);
        int steps = 0;
        for (; !backup.step(10); ++steps) {
            execute(writer.handle(), "UPDATE t SET x = 'seen' WHERE id = 1; INSERT INTO u VALUES (1)");
            CPPUNIT_ASSERT_MESSAGE("it does not begin again", steps < 100);
        }
        CPPUNIT_ASSERT(steps > 5);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), ask(copy_, "PRAGMA integrity_check"));
        CPPUNIT_ASSERT_EQUAL(std::to_string(steps), ask(copy_, "SELECT count(*) FROM u"));
        CPPUNIT_ASSERT_EQUAL(std::string("seen"), ask(copy_, "SELECT x FROM t WHERE id = 1"));
        CPPUNIT_ASSERT_EQUAL(std::string("500"), ask(copy_, "SELECT count(*) FROM t"));
    }

    void testCopyIsPrivateAndNeverOverAnotherFile() {
        Connection writer(path_, Role::Writer);
        writer.configure();
        execute(writer.handle(), "CREATE TABLE t (x)");
        std::ofstream(copy_) << "mine";
        CPPUNIT_ASSERT_THROW(OnlineBackup(writer.handle(), copy_), Error);
        CPPUNIT_ASSERT_EQUAL(std::uintmax_t{4}, std::filesystem::file_size(copy_));
        std::filesystem::remove(copy_);
        OnlineBackup backup(writer.handle(), copy_);
        CPPUNIT_ASSERT(backup.step(100));
        using std::filesystem::perms;
        CPPUNIT_ASSERT(std::filesystem::status(copy_).permissions() == (perms::owner_read | perms::owner_write));
    }

    void testUnfinishedCopyGoesAway() {
        Connection writer(path_, Role::Writer);
        writer.configure();
        execute(writer.handle(), "CREATE TABLE t (x); INSERT INTO t VALUES (randomblob(100000))");
        {
            OnlineBackup backup(writer.handle(), copy_);
            CPPUNIT_ASSERT(!backup.step(2));
            CPPUNIT_ASSERT(std::filesystem::exists(copy_));
        }
        CPPUNIT_ASSERT(!std::filesystem::exists(copy_));
    }

    void testStoreCopiesBetweenItsCommits() {
        SqliteStore store({.path = path_});
        store.start();
        const auto revision = store.saveRevision({{}, "p", "1", "{}"});
        const auto commit = [&](std::int64_t id, std::size_t bytes) {
            Admission admission = sampleAdmission(id, revision);
            admission.event.data = std::string(bytes, 'x');
            store.commit({{admission}}, [](const Committed&) {});
        };
        for (std::int64_t id = 1; id <= 100; ++id) commit(id, 50'000);
        std::promise<std::optional<Error>> copied;
        std::optional<Error> second;
        store.backUp(copy_, [&](std::optional<Error> problem) { copied.set_value(std::move(problem)); });
        store.backUp(dir_.file("other.db"), [&](std::optional<Error> problem) { second = std::move(problem); });
        for (std::int64_t id = 101; id <= 120; ++id) commit(id, 10);
        CPPUNIT_ASSERT(!copied.get_future().get());
        CPPUNIT_ASSERT_MESSAGE("one at a time", second && second->code() == ErrorCode::StoreBusy);
        Connection copy(copy_, Role::Reader);
        copy.configure();
        CPPUNIT_ASSERT(findDamage(copy).empty());
        CPPUNIT_ASSERT(std::stoi(copy.ask("SELECT count(*) FROM runs")) >= 100);
        CPPUNIT_ASSERT_EQUAL(RunId{120}.value, store.lastRunId().value);
    }

    void testDamageIsFound() {
        { const SqliteStore store({.path = path_}); }
        Connection reader(path_, Role::Reader);
        CPPUNIT_ASSERT(findDamage(reader).empty());
        {
            Connection writer(path_, Role::Writer);
            execute(writer.handle(),
                    "PRAGMA foreign_keys=0; INSERT INTO steps (id, state, attempts, crashes, lost, name, kind, "
                    "resume_token, output) VALUES (65536, 0, 0, 0, 0, 'a', 'plugin', '', '');"
                    "INSERT INTO slots VALUES ('lane', 7, -1); INSERT INTO deliveries VALUES (3, 0);"
                    "INSERT INTO run_events VALUES (5, 6); INSERT INTO once VALUES ('run:p', 'k', 9, 1)");
        }
        const auto damage = findDamage(reader);
        CPPUNIT_ASSERT_EQUAL(std::size_t{6}, damage.size());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(OnlineBackupTest);
