#include "store/sqlite/migrations.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "base/error.h"
#include "base/system_clock.h"
#include "store/faulty_vfs.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_readers.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/statement.h"
#include "support/store_samples.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::store;
using namespace stepd::test;

namespace {

constexpr Migration kFirst{1, "0001_a.sql", "CREATE TABLE a (x); INSERT INTO a VALUES (1), (2);"};
constexpr Migration kSecond{2, "0002_b.sql", "CREATE TABLE b AS SELECT x * 10 AS y FROM a; INSERT INTO b VALUES (99);"};
constexpr Migration kThird{3, "0003_c.sql", "ALTER TABLE b ADD COLUMN z; UPDATE b SET z = y + 1;"};
constexpr Migration kBroken{3, "0003_bad.sql", "CREATE TABLE c (x); INSERT INTO nowhere VALUES (1);"};

/// What is durable in the database's folder: not the lock, nor the log's index, which SQLite makes anew.
std::map<std::string, std::string> filesOf(const std::string& path) {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(path).parent_path())) {
        if (entry.path().extension() == ".lock" || entry.path().native().ends_with("-shm")) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        files[entry.path().filename()] = std::string(std::istreambuf_iterator<char>(in), {});
    }
    return files;
}

void migrateTo(const std::string& path, std::span<const Migration> known) {
    Connection connection(path, Role::Writer);
    checkSchema(connection, known);
    connection.configure();
    migrate(connection, path, known);
}

template <std::size_t N>
void migrateTo(const std::string& path, const Migration (&known)[N]) {
    migrateTo(path, std::span<const Migration>(known));
}

std::string ask(const std::string& path, const std::string& sql) {
    return Connection(path, Role::Reader).ask(sql);
}

}  // namespace

class MigrationsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(MigrationsTest);
    CPPUNIT_TEST(testOursAreNumberedFromOne);
    CPPUNIT_TEST(testFreshDatabaseGetsTheSchemaAndNoBackup);
    CPPUNIT_TEST(testOlderDatabaseIsBackedUpFirst);
    CPPUNIT_TEST(testBrokenStepIsUndoneWhole);
    CPPUNIT_TEST(testNewerSchemaIsRefusedUntouched);
    CPPUNIT_TEST(testForeignDatabaseIsRefusedUntouched);
    CPPUNIT_TEST(testKilledAtAnyWriteItGoesOn);
    CPPUNIT_TEST(testRunsOfTheFirstSchemaGoOn);
    CPPUNIT_TEST(testRunsOfTheSecondSchemaGoOn);
    CPPUNIT_TEST(testRunsOfTheFourthSchemaGoOn);
    CPPUNIT_TEST(testOursKilledAtAnyWriteGoOn);
    CPPUNIT_TEST(testFourthKilledAtAnyWriteGoesOn);
    CPPUNIT_TEST_SUITE_END();

    TempDir dir_;
    const std::string path_ = dir_.file("stepd.db");

    void testOursAreNumberedFromOne() {
        int version = 0;
        for (const auto& step : migrations()) CPPUNIT_ASSERT_EQUAL(++version, step.version);
        CPPUNIT_ASSERT(version >= 1);
    }

    void testFreshDatabaseGetsTheSchemaAndNoBackup() {
        const SqliteStore store({.path = path_});
        CPPUNIT_ASSERT_EQUAL(std::to_string(migrations().back().version), ask(path_, "PRAGMA user_version"));
        for (const auto& [name, bytes] : filesOf(path_)) CPPUNIT_ASSERT_MESSAGE(name, !name.ends_with(".bak"));
    }

    void testOlderDatabaseIsBackedUpFirst() {
        migrateTo(path_, {kFirst});
        migrateTo(path_, {kFirst, kSecond, kThird});
        CPPUNIT_ASSERT_EQUAL(std::string("3"), ask(path_, "PRAGMA user_version"));
        CPPUNIT_ASSERT_EQUAL(std::string("11,21,100"), ask(path_, "SELECT group_concat(z) FROM b"));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), ask(path_ + ".v1.bak", "PRAGMA user_version"));
        CPPUNIT_ASSERT_EQUAL(std::string("3"), ask(path_ + ".v1.bak", "SELECT sum(x) FROM a"));
        CPPUNIT_ASSERT(!std::filesystem::exists(path_ + ".v1.bak.part"));
    }

    void testBrokenStepIsUndoneWhole() {
        try {
            migrateTo(path_, {kFirst, kSecond, kBroken});
            CPPUNIT_FAIL("a broken migration passed");
        } catch (const Error& error) {
            CPPUNIT_ASSERT_MESSAGE(error.what(), std::string(error.what()).find("0003_bad.sql") != std::string::npos);
        }
        CPPUNIT_ASSERT_EQUAL(std::string("2"), ask(path_, "PRAGMA user_version"));
        CPPUNIT_ASSERT_EQUAL(std::string("0"), ask(path_, "SELECT count(*) FROM sqlite_schema WHERE name = 'c'"));
        migrateTo(path_, {kFirst, kSecond, kThird});
    }

    void testNewerSchemaIsRefusedUntouched() {
        { const SqliteStore store({.path = path_}); }
        execute(Connection(path_, Role::Writer).handle(), "PRAGMA user_version=99");
        const auto before = filesOf(path_);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, before.size());
        refused(ErrorCode::StoreTooNew);
        CPPUNIT_ASSERT(before == filesOf(path_));
    }

    void testForeignDatabaseIsRefusedUntouched() {
        execute(Connection(path_, Role::Writer).handle(), "CREATE TABLE theirs (x)");
        const auto before = filesOf(path_);
        refused(ErrorCode::StoreCorrupt);
        CPPUNIT_ASSERT(before == filesOf(path_));
    }

    void refused(ErrorCode code) {
        try {
            const SqliteStore store({.path = path_});
            CPPUNIT_FAIL("the database was opened");
        } catch (const Error& error) {
            CPPUNIT_ASSERT_EQUAL(std::string(toString(code)), std::string(toString(error.code())));
        }
    }

    void testKilledAtAnyWriteItGoesOn() {
        std::uint64_t kills = 0;
        for (bool killed = true; killed;) {
            const TempDir dir;
            const auto path = dir.file("stepd.db");
            FaultyVfs disk;
            migrateTo(path, {kFirst});
            constexpr Migration kAll[] = {kFirst, kSecond, kThird};
            killed = killedAt(disk, ++kills, path, kAll);
            if (killed) migrateTo(path, {kFirst, kSecond, kThird});
            CPPUNIT_ASSERT_EQUAL(std::string("3"), ask(path, "PRAGMA user_version"));
            CPPUNIT_ASSERT_EQUAL(std::string("11,21,100"), ask(path, "SELECT group_concat(z) FROM b"));
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), ask(path, "PRAGMA integrity_check"));
            if (std::filesystem::exists(path + ".v1.bak"))
                CPPUNIT_ASSERT_EQUAL(std::string("3"), ask(path + ".v1.bak", "SELECT sum(x) FROM a"));
        }
        CPPUNIT_ASSERT_MESSAGE("copy, two steps and their log were each interrupted", kills > 10);
    }

    void testRunsOfTheFirstSchemaGoOn() {
        const Migration first[] = {migrations().front()};
        migrateTo(path_, first);
        execute(
            Connection(path_, Role::Writer).handle(),
            "INSERT INTO revisions VALUES (1, 'p', 'cafe', '{}');"
            "INSERT INTO events VALUES (1, 'a', 'x', 5, 6, 'req', '', '{\"n\":1}'), (2, 'b', '', 7, 8, '', '', '{}');"
            "INSERT INTO runs VALUES (1, 1, 1, 'p', 1, 6, 9, NULL, '', ''), (2, 1, 1, 'p', 10, 6, 9, 10, '', '[1]'),"
            " (3, 2, 1, 'p', 2, 8, 9, NULL, '', ''), (4, 2, 1, 'p', 0, 8, NULL, NULL, '', ''),"
            " (5, 2, 1, 'p', 11, 8, 9, 10, '{}', '');"
            "INSERT INTO steps (id, state, attempts, crashes, lost, wake_at, name, kind, resume_token, output)"
            " VALUES (65536, 10, 1, 0, 0, NULL, 'validate', 'plugin', '', '{\"ok\":1}'),"
            " (65537, 1, 2, 1, 0, NULL, 'fetch', 'plugin', 'page-2', ''),"
            " (196608, 2, 1, 0, 0, 99, 'fetch', 'plugin', '', '');"
            "INSERT INTO attempts VALUES (65537, 2, 9, NULL, NULL, '', '');"
            "INSERT INTO once VALUES ('event:a', 'x', 1, 1000)");

        SqliteStore store({.path = path_});
        store.start();
        LoadedRuns backlog;
        Found found;
        store.load({}, [&](LoadedRuns loaded) { backlog = std::move(loaded); });
        store.lookup({.now = fromMicros(999), .once = {{"event:a", "x"}}, .cache = {}},
                     [&](Found answer) { found = std::move(answer); });
        const Image image = store.image();
        CPPUNIT_ASSERT_EQUAL_MESSAGE("the waiting one as well", std::size_t{3}, backlog.runs.size());
        const UnfinishedRun& running = backlog.runs[0];
        CPPUNIT_ASSERT(running.run.id == RunId{1} && running.run.state == RunState::Running && !running.run.parked);
        CPPUNIT_ASSERT(running.run.attempt == 1 && !running.run.rerunOf && !running.run.wakeAt && !running.run.ending);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"n\":1}"), running.event.data);
        CPPUNIT_ASSERT(running.steps.size() == 2 && running.steps[1].attemptStartedAt == fromMicros(9) &&
                       running.more.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("page-2"), running.steps[1].resumeToken);
        CPPUNIT_ASSERT(running.steps[1].memo.empty() && running.steps[1].crashes == 1);
        CPPUNIT_ASSERT(backlog.runs[1].run.id == RunId{3} && backlog.runs[1].steps[0].wakeAt == fromMicros(99));
        CPPUNIT_ASSERT(backlog.runs[2].run.id == RunId{4});
        CPPUNIT_ASSERT(found.once.at(0) && found.once[0]->id == 1 && found.once[0]->runs.size() == 2);
        CPPUNIT_ASSERT(image.slots.empty() && image.waiting.empty() && !image.nextWake);

        // Each can be moved on.
        Run ended = backlog.runs[1].run;
        ended.state = RunState::Completed;
        std::string problem;
        store.commit({{RunChange{RunState::Waiting, ended}}}, [&](const Committed& done) { problem = done.message; });
        store.stop();
        CPPUNIT_ASSERT_EQUAL(std::string(), problem);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), ask(path_, "PRAGMA integrity_check"));
        CPPUNIT_ASSERT_EQUAL(std::string("5"), ask(path_ + ".v1.bak", "SELECT count(*) FROM runs"));
    }

    /// A database as the daemon with that schema left it when it was killed.
    void makeSecond(const std::string& path) {
        const Migration both[] = {migrations()[0], migrations()[1]};
        migrateTo(path, both);
        execute(
            Connection(path, Role::Writer).handle(),
            "INSERT INTO revisions VALUES (1, 'p', 'cafe', '{}');"
            "INSERT INTO events (id, name, external_id, ts, received_at, request_id, user, data)"
            " VALUES (1, 'a', 'x', 5, 6, 'req', '', '{}'), (2, 'b', '', 7, 8, '', '', '{}'),"
            " (3, 'b', '', 9, 9, '', '', '{}');"
            "INSERT INTO runs (id, event, revision, pipeline, state, created_at, started_at, finished_at, error,"
            " output, parent, parent_step, parked, wake_at, lanes) VALUES"
            " (1, 1, 1, 'p', 1, 6, 9, NULL, '', '', 0, 0, 0, NULL, '[\"p:concurrency\"]'),"
            " (2, 1, 1, 'p', 2, 6, 9, NULL, '', '', 0, 0, 1, 500, ''),"
            " (3, 2, 1, 'p', 0, 8, NULL, NULL, '', '', 0, 0, 1, 700, ''),"
            " (4, 2, 1, 'p', 10, 8, 9, 10, '', '[1]', 2, 1, 0, NULL, '');"
            "INSERT INTO steps (id, state, attempts, crashes, lost, wake_at, name, kind, resume_token, output, memo)"
            " VALUES (65536, 1, 1, 0, 0, NULL, 'fetch', 'plugin', '', '', ''),"
            " (131073, 2, 0, 0, 0, NULL, 'call', 'invoke', '', '', '4');"
            "INSERT INTO attempts VALUES (65536, 1, 9, NULL, NULL, '', '');"
            "INSERT INTO run_events VALUES (3, 3);"
            "INSERT INTO waits VALUES (2, 1, 'event:go', 'event:go', 3);"
            "INSERT INTO slots VALUES ('p:concurrency', 1, -1);"
            "INSERT INTO once VALUES ('run:p', 'k', 1, 1000), ('event:a', 'x', 1, 1000)");
    }

    void testRunsOfTheSecondSchemaGoOn() {
        makeSecond(path_);
        SqliteStore store({.path = path_});
        CPPUNIT_ASSERT_EQUAL(path_ + ".v2.bak", store.copyBeforeMigration());
        store.start();
        LoadedRuns backlog;
        LoadedRuns due;
        store.load(LoadBacklog{}, [&](LoadedRuns loaded) { backlog = std::move(loaded); });
        store.load(LoadDue{.until = fromMicros(600)}, [&](LoadedRuns loaded) { due = std::move(loaded); });
        const Image image = store.image();
        CPPUNIT_ASSERT(backlog.runs.size() == 1 && backlog.runs[0].run.id == RunId{1});
        CPPUNIT_ASSERT(backlog.runs[0].steps.at(0).attemptStartedAt == fromMicros(9));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, backlog.runs[0].run.lanes.size());
        CPPUNIT_ASSERT(due.runs.size() == 1 && due.nextWake == fromMicros(700));
        CPPUNIT_ASSERT(due.runs[0].waits.size() == 1 && due.runs[0].children.size() == 1);
        CPPUNIT_ASSERT(image.slots.size() == 1 && image.waiting.size() == 1);

        std::string problem;
        const auto end = [&](Run run, RunState from) {
            run.state = RunState::Completed;
            run.finishedAt = fromMicros(20);
            run.parked = false;
            run.wakeAt.reset();
            store.commit({{RunChange{from, run}}}, [&](const Committed& done) { problem += done.message; });
        };
        end(backlog.runs[0].run, RunState::Running);
        end(due.runs[0].run, RunState::Waiting);
        const auto rules = std::make_shared<const RetentionRules>();
        std::size_t pruned = 0;
        store.prune({.now = at(0), .rules = rules}, [&](const Pruned& done) { pruned = done.deleted; });
        store.stop();
        CPPUNIT_ASSERT_EQUAL(std::string(), problem);
        CPPUNIT_ASSERT_EQUAL_MESSAGE("all but the one that goes on", std::size_t{3}, pruned);
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), ask(path_, "PRAGMA integrity_check"));
        CPPUNIT_ASSERT_EQUAL(std::string("4"), ask(path_ + ".v2.bak", "SELECT count(*) FROM runs"));
        CPPUNIT_ASSERT_EQUAL(std::string("2"), ask(path_ + ".v2.bak", "PRAGMA user_version"));
    }

    /// Likewise: one run goes on, one has failed at its second attempt, one is over.
    void makeFourth(const std::string& path) {
        const Migration four[] = {migrations()[0], migrations()[1], migrations()[2], migrations()[3]};
        migrateTo(path, four);
        execute(Connection(path, Role::Writer).handle(),
                "INSERT INTO revisions VALUES (1, 'p', 'cafe', '{}');"
                "INSERT INTO events (id, name, external_id, ts, received_at, request_id, user, data)"
                " VALUES (1, 'a', 'x', 5, 6, 'req', '', '{}');"
                "INSERT INTO runs (id, event, revision, pipeline, state, created_at, started_at, finished_at, error,"
                " output) VALUES (1, 1, 1, 'p', 1, 6, 9, NULL, '', ''), (2, 1, 1, 'p', 11, 6, 9, 20, '{}', ''),"
                " (3, 1, 1, 'p', 10, 6, 9, 20, '', '[1]');"
                "INSERT INTO steps (id, state, attempts, crashes, lost, started_at, finished_at, name, kind,"
                " error_class, error_code, error_message, error_details, resume_token, output, attempt_started_at)"
                " VALUES (65536, 1, 1, 0, 0, 9, NULL, 'fetch', 'plugin', NULL, NULL, NULL, NULL, '', '', NULL),"
                " (131072, 11, 2, 0, 0, 9, 20, 'fetch', 'plugin', 25, 'c', 'm', '{\"d\":1}', '', '', 15),"
                " (196608, 10, 1, 0, 0, 9, 20, 'fetch', 'plugin', NULL, NULL, NULL, NULL, '', '[1]', NULL);"
                "INSERT INTO attempts VALUES (131072, 1, 9, 12, 10, 'c', 'first'), (131072, 2, 15, 20, 25, 'c', 'm')");
    }

    void testRunsOfTheFourthSchemaGoOn() {
        makeFourth(path_);
        SqliteStore store({.path = path_});
        CPPUNIT_ASSERT_EQUAL(path_ + ".v4.bak", store.copyBeforeMigration());
        store.start();
        LoadedRuns backlog;
        store.load(LoadBacklog{}, [&](LoadedRuns loaded) { backlog = std::move(loaded); });
        CPPUNIT_ASSERT(store.image().pluginSets.empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, backlog.runs.size());
        CPPUNIT_ASSERT_MESSAGE("pinned to nothing", !backlog.runs[0].run.plugins);
        CPPUNIT_ASSERT(backlog.runs[0].steps.at(0).receipt == Receipt{});
        const SystemClock clock;
        SqliteReaders readers(path_, clock);
        const auto attempts = readers.attemptsOf({2});
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, attempts.size());
        CPPUNIT_ASSERT(attempts[0].message == "first" && attempts[0].details.empty());
        CPPUNIT_ASSERT(attempts[1].receipt == Receipt{} && attempts[1].outcome == OutcomeClass::Permanent);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"d\":1}"), readers.stepsOf({2}).at(0).error->details);

        // The step goes on and gets what is new; so does a run that begins now.
        StepRecord step = backlog.runs[0].steps[0];
        step.state = StepState::Completed;
        step.receipt = sampleReceipt(1);
        Admission fresh = sampleAdmission(4, {1});
        fresh.runs[0].run.plugins = {1};
        std::string problem;
        store.commit({{StepChange{{1}, StepState::Running, step}, PluginSet{{1}, "{\"a\":\"b\"}"}, fresh}},
                     [&](const Committed& done) { problem = done.message; });
        store.stop();
        CPPUNIT_ASSERT_EQUAL(std::string(), problem);
        CPPUNIT_ASSERT(readers.stepsOf({1}).at(0).receipt == sampleReceipt(1));
        CPPUNIT_ASSERT(readers.findRun({4})->plugins == PluginSetId{1});
        CPPUNIT_ASSERT_EQUAL(std::string("ok"), ask(path_, "PRAGMA integrity_check"));
        CPPUNIT_ASSERT_EQUAL(std::string("4"), ask(path_ + ".v4.bak", "PRAGMA user_version"));
    }

    void testFourthKilledAtAnyWriteGoesOn() {
        std::uint64_t kills = 0;
        for (bool killed = true; killed;) {
            const TempDir dir;
            const auto path = dir.file("stepd.db");
            FaultyVfs disk;
            makeFourth(path);
            killed = killedAt(disk, ++kills, path, migrations());
            { const SqliteStore store({.path = path}); }
            CPPUNIT_ASSERT_EQUAL(std::to_string(migrations().back().version), ask(path, "PRAGMA user_version"));
            CPPUNIT_ASSERT_EQUAL(std::string("3"), ask(path, "SELECT count(*) FROM steps WHERE cpu_us = 0"));
            CPPUNIT_ASSERT_EQUAL(std::string("2"), ask(path, "SELECT count(*) FROM attempts WHERE details = ''"));
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), ask(path, "PRAGMA integrity_check"));
            CPPUNIT_ASSERT_EQUAL(std::string("3"), ask(path + ".v4.bak", "SELECT count(*) FROM runs"));
        }
        CPPUNIT_ASSERT(kills > 5);
    }

    void testOursKilledAtAnyWriteGoOn() {
        std::uint64_t kills = 0;
        for (bool killed = true; killed;) {
            const TempDir dir;
            const auto path = dir.file("stepd.db");
            FaultyVfs disk;
            makeSecond(path);
            killed = killedAt(disk, ++kills, path, migrations());
            { const SqliteStore store({.path = path}); }
            CPPUNIT_ASSERT_EQUAL(std::to_string(migrations().back().version), ask(path, "PRAGMA user_version"));
            CPPUNIT_ASSERT_EQUAL(std::string("4"), ask(path, "SELECT count(*) FROM runs"));
            CPPUNIT_ASSERT_EQUAL(std::string("ok"), ask(path, "PRAGMA integrity_check"));
            CPPUNIT_ASSERT_EQUAL(std::string("4"), ask(path + ".v2.bak", "SELECT count(*) FROM runs"));
        }
        CPPUNIT_ASSERT(kills > 10);
    }

    /// Migrates in a child that dies at its n-th write. False if it came through.
    bool killedAt(FaultyVfs& disk, std::uint64_t n, const std::string& path, std::span<const Migration> known) {
        const pid_t child = ::fork();
        if (child == 0) {
            disk.failAt(n, DiskFault::ProcessDies);
            migrateTo(path, known);
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        CPPUNIT_ASSERT(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 9));
        return WEXITSTATUS(status) == 9;
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MigrationsTest);
