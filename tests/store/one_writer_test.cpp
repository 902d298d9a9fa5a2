// One connection writes and checkpoints (hardening R3), and readers keep the log bounded (R5).
#include <cppunit/extensions/HelperMacros.h>
#include <sqlite3.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/system_clock.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_readers.h"
#include "store/sqlite/sqlite_store.h"
#include "support/store_samples.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::store;
using namespace stepd::test;

namespace {

/// While it lives, every connection that is opened tells which statements that are not only reads it runs, and which
/// checkpoints.
class Watch {
public:
    Watch() {
        self = this;
        sqlite3_auto_extension(reinterpret_cast<void (*)()>(&Watch::opened));
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() {
        sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&Watch::opened));
        self = nullptr;
    }

    std::size_t connections() {
        const std::lock_guard lock(mutex_);
        return connections_.size();
    }
    /// Connections that ran such statements.
    std::set<sqlite3*> writers() {
        const std::lock_guard lock(mutex_);
        return writers_;
    }

private:
    static int opened(sqlite3* db, char**, const sqlite3_api_routines*) {
        const std::lock_guard lock(self->mutex_);
        self->connections_.insert(db);
        sqlite3_trace_v2(db, SQLITE_TRACE_STMT, &Watch::ran, db);
        return SQLITE_OK;
    }
    static int ran(unsigned, void* db, void* statement, void*) {
        auto* prepared = static_cast<sqlite3_stmt*>(statement);
        const std::string sql = sqlite3_sql(prepared);
        // Settings of the connection itself are not writes, whatever SQLite calls them.
        if (sqlite3_stmt_readonly(prepared) == 0 && sql.find("PRAGMA ") != 0 && self != nullptr) {
            const std::lock_guard lock(self->mutex_);
            self->writers_.insert(static_cast<sqlite3*>(db));
        }
        return 0;
    }

    static inline Watch* self = nullptr;
    std::mutex mutex_;
    std::set<sqlite3*> connections_;
    std::set<sqlite3*> writers_;
};

Batch large(std::int64_t id, RevisionId revision, std::size_t bytes) {
    Admission admission = sampleAdmission(id, revision);
    admission.event.data = std::string(bytes, 'x');
    return {{std::move(admission)}};
}

}  // namespace

class OneWriterTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(OneWriterTest);
    CPPUNIT_TEST(testOneConnectionWrites);
    CPPUNIT_TEST(testReadersNeverCheckpoint);
    CPPUNIT_TEST(testLogStaysBoundedBesideManyReaders);
    CPPUNIT_TEST_SUITE_END();

    TempDir dir_;
    const std::string path_ = dir_.file("stepd.db");
    SystemClock clock_;

    void testOneConnectionWrites() {
        Watch watch;
        SqliteStore store({.path = path_});
        store.start();
        const auto revision = store.saveRevision({{}, "p", "1", "{}"});
        SqliteReaders readers(path_, clock_);
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int n = 0; n < 50; ++n) {
                    readers.listRuns({}, {});
                    readers.listEvents({}, {});
                    readers.stats();
                }
            });
        for (std::int64_t id = 1; id <= 200; ++id) store.commit(large(id, revision, 100), [](const Committed&) {});
        const auto rules = std::make_shared<const RetentionRules>();
        store.prune({.now = at(1'000'000'000), .rules = rules}, [](const Pruned&) {});
        store.shrink(100, [](bool) {});
        store.lastRunId();
        for (auto& thread : threads) thread.join();
        CPPUNIT_ASSERT(watch.connections() >= 2);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, watch.writers().size());
    }

    /// Neither by themselves, nor as the last that closes.
    void testReadersNeverCheckpoint() {
        {
            Connection writer(path_, Role::Writer);
            writer.configure();
            writer.ask("CREATE TABLE t (x)");
        }
        const auto size = [this] { return std::filesystem::file_size(path_ + "-wal"); };
        const auto before = size();
        CPPUNIT_ASSERT_MESSAGE("the writer leaves its log as well", before > 0);
        {
            Connection reader(path_, Role::Reader);
            reader.configure();
            CPPUNIT_ASSERT_EQUAL(std::string("0"), reader.ask("SELECT count(*) FROM t"));
            CPPUNIT_ASSERT_EQUAL(std::string("0"), reader.ask("PRAGMA wal_autocheckpoint"));
        }
        CPPUNIT_ASSERT_EQUAL(before, size());
    }

    /// Pages of some megabytes for twenty at once, while more than twice the limit is written.
    void testLogStaysBoundedBesideManyReaders() {
        constexpr std::uintmax_t kLimit = 64U << 20;
        constexpr std::int64_t kMebibytes = 160;
        SqliteStore store({.path = path_});
        store.start();
        const auto revision = store.saveRevision({{}, "p", "1", "{}"});
        SqliteReaders readers(path_, clock_);
        std::atomic<bool> stop = false;
        std::vector<std::thread> threads;
        for (int i = 0; i < 20; ++i)
            threads.emplace_back([&] {
                while (!stop) {
                    try {
                        readers.listEvents({}, {.before = {}, .limit = 3});
                        readers.listRuns({}, {});
                    } catch (const Error& error) {
                        CPPUNIT_ASSERT_MESSAGE(error.what(), error.code() == ErrorCode::Unavailable);
                    }
                }
            });
        std::uintmax_t largest = 0;
        for (std::int64_t id = 1; id <= kMebibytes; ++id) {
            store.commit(large(id, revision, 1U << 20), [](const Committed&) {});
            store.lastRunId();
            largest = std::max(largest, std::filesystem::file_size(path_ + "-wal"));
        }
        stop = true;
        for (auto& thread : threads) thread.join();
        const auto text = std::to_string(largest) + " bytes";
        CPPUNIT_ASSERT_MESSAGE(text, largest > (4U << 20));
        // A checkpoint that waits for readers gives up after a second; then some more commits pass before the next.
        CPPUNIT_ASSERT_MESSAGE(text, largest <= 2 * kLimit);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(OneWriterTest);
