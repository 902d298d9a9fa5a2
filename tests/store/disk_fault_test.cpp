#include <cppunit/extensions/HelperMacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "base/error.h"
#include "base/system_clock.h"
#include "store/faulty_vfs.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_readers.h"
#include "store/sqlite/sqlite_store.h"
#include "support/store_samples.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::store;
using namespace stepd::test;

namespace {

constexpr std::int64_t kBatches = 4;

using Told = std::function<void(std::int64_t id, CommitStatus status)>;

/// A life of the store: opens it, commits batch after batch, each an event with a run, and ends it.
void live(const std::string& path, const Told& told) {
    SqliteStore store({.path = path});
    store.start();
    const auto revision = store.saveRevision({{}, "p", "1", "{}"});
    for (std::int64_t id = 1; id <= kBatches; ++id) {
        store.commit({{sampleAdmission(id, revision)}},
                     [&told, id](const Committed& committed) { told(id, committed.status); });
        store.lastRunId();  // one transaction each
    }
    store.stop();
}

/// All or nothing of each batch, everything acknowledged, nothing that was refused as Full.
void checkWhole(const std::string& path, const std::set<std::int64_t>& durable, const std::set<std::int64_t>& full) {
    { SqliteStore recovered({.path = path}); }
    const SystemClock clock;
    SqliteReaders readers(path, clock);
    for (std::int64_t id = 1; id <= kBatches; ++id) {
        const bool there = readers.findEvent({id}).has_value();
        CPPUNIT_ASSERT_EQUAL(there, readers.findRun({id}).has_value());
        CPPUNIT_ASSERT_EQUAL(there ? std::size_t{1} : 0, readers.stepsOf({id}).size());
        CPPUNIT_ASSERT_MESSAGE("an acknowledged event is lost", there || !durable.contains(id));
        CPPUNIT_ASSERT_MESSAGE("an event refused for lack of space is stored", !there || !full.contains(id));
    }
    CPPUNIT_ASSERT_EQUAL(std::string("ok"), Connection(path, Role::Reader).ask("PRAGMA integrity_check"));
}

}  // namespace

/// Each call that reaches the disk goes wrong once, in turn (hardening R6, R1).
class DiskFaultTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DiskFaultTest);
    CPPUNIT_TEST(testFullAtEachWrite);
    CPPUNIT_TEST(testFailureOfEachWrite);
    CPPUNIT_TEST(testFailureOfEachSync);
    CPPUNIT_TEST(testDeathAtEachCall);
    CPPUNIT_TEST_SUITE_END();

    void testFullAtEachWrite() { failEach(DiskFault::Full); }
    void testFailureOfEachWrite() { failEach(DiskFault::WriteFails); }
    void testFailureOfEachSync() { failEach(DiskFault::SyncFails); }

    void failEach(DiskFault fault) {
        bool happened = true;
        for (std::uint64_t n = 1; happened; ++n) {
            const TempDir dir;
            const auto path = dir.file("stepd.db");
            std::set<std::int64_t> durable;
            std::set<std::int64_t> full;
            bool failed = false;
            FaultyVfs disk;
            disk.failAt(n, fault);
            try {
                live(path, [&](std::int64_t id, CommitStatus status) {
                    CPPUNIT_ASSERT_MESSAGE("after a failure all fails", !failed || status == CommitStatus::Failed);
                    failed = failed || status == CommitStatus::Failed;
                    if (status == CommitStatus::Durable) durable.insert(id);
                    if (status == CommitStatus::Full) full.insert(id);
                });
            } catch (const Error&) {
                CPPUNIT_ASSERT_MESSAGE("an error without a fault", disk.happened());
            }
            happened = disk.happened();
            disk.disarm();
            CPPUNIT_ASSERT(fault != DiskFault::Full || !failed);
            CPPUNIT_ASSERT(fault == DiskFault::Full || full.empty());
            CPPUNIT_ASSERT(happened || durable.size() == kBatches);
            checkWhole(path, durable, full);
        }
    }

    void testDeathAtEachCall() {
        bool died = true;
        for (std::uint64_t n = 1; died; ++n) {
            const TempDir dir;
            const auto path = dir.file("stepd.db");
            std::set<std::int64_t> durable;
            FaultyVfs disk;
            died = liveInChild(disk, n, path, durable);
            CPPUNIT_ASSERT(died || durable.size() == kBatches);
            checkWhole(path, durable, {});
        }
    }

    /// True if the child died at its n-th call; `durable` is what it said before.
    bool liveInChild(FaultyVfs& disk, std::uint64_t n, const std::string& path, std::set<std::int64_t>& durable) {
        int pipe[2];
        CPPUNIT_ASSERT_EQUAL(0, ::pipe(pipe));
        const pid_t child = ::fork();
        if (child == 0) {
            disk.failAt(n, DiskFault::ProcessDies);
            live(path, [&](std::int64_t id, CommitStatus status) {
                const char byte = static_cast<char>(id);
                if (status != CommitStatus::Durable || ::write(pipe[1], &byte, 1) != 1) ::_exit(1);
            });
            ::_exit(0);
        }
        ::close(pipe[1]);
        for (char byte = 0; ::read(pipe[0], &byte, 1) == 1;) durable.insert(byte);
        ::close(pipe[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        CPPUNIT_ASSERT(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 9));
        return WEXITSTATUS(status) == 9;
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DiskFaultTest);
