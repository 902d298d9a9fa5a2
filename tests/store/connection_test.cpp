#include "store/sqlite/connection.h"

#include <cppunit/extensions/HelperMacros.h>

#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "store/sqlite/lock_file.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/statement.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::store;
using stepd::test::TempDir;

class ConnectionTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ConnectionTest);
    CPPUNIT_TEST(testSettingsAreAsHardeningWantsThem);
    CPPUNIT_TEST(testReaderCannotWrite);
    CPPUNIT_TEST(testReaderDoesNotMakeADatabase);
    CPPUNIT_TEST(testNewDatabaseIsPrivate);
    CPPUNIT_TEST(testLockNamesItsHolder);
    CPPUNIT_TEST(testWarnsOfLibrariesWithTwoWriterBug);
    CPPUNIT_TEST_SUITE_END();

    TempDir dir_;
    const std::string path_ = dir_.file("stepd.db");

    void testSettingsAreAsHardeningWantsThem() {
        const struct {
            const char* pragma;
            const char* writer;
            const char* reader;
        } rows[] = {{"journal_mode", "wal", "wal"},   {"synchronous", "2", "2"},        {"foreign_keys", "1", "1"},
                    {"trusted_schema", "0", "0"},     {"busy_timeout", "1000", "1000"}, {"mmap_size", "0", "0"},
                    {"wal_autocheckpoint", "0", "0"}, {"query_only", "0", "1"}};
        Connection writer(path_, Role::Writer);
        writer.configure();
        Connection reader(path_, Role::Reader);
        reader.configure();
        for (const auto& row : rows) {
            const std::string ask = std::string("PRAGMA ") + row.pragma;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.pragma, std::string(row.writer), writer.ask(ask));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.pragma, std::string(row.reader), reader.ask(ask));
        }
    }

    void testReaderCannotWrite() {
        Connection writer(path_, Role::Writer);
        writer.configure();
        migrate(writer, path_, migrations());
        Connection reader(path_, Role::Reader);
        reader.configure();
        CPPUNIT_ASSERT_EQUAL(std::string("0"), reader.ask("SELECT count(*) FROM events"));
        CPPUNIT_ASSERT_THROW(execute(reader.handle(), "DELETE FROM events"), Error);
    }

    void testReaderDoesNotMakeADatabase() {
        CPPUNIT_ASSERT_THROW(Connection(path_, Role::Reader), Error);
        CPPUNIT_ASSERT(!std::filesystem::exists(path_));
    }

    void testNewDatabaseIsPrivate() {
        Connection writer(path_, Role::Writer);
        writer.configure();
        execute(writer.handle(), "CREATE TABLE t (x)");
        using std::filesystem::perms;
        const auto others = perms::group_all | perms::others_all;
        for (const char* suffix : {"", "-wal", "-shm"})
            CPPUNIT_ASSERT(perms::none == (std::filesystem::status(path_ + suffix).permissions() & others));
    }

    void testLockNamesItsHolder() {
        const auto path = dir_.file("stepd.lock");
        {
            const LockFile first(path);
            try {
                const LockFile second(path);
                CPPUNIT_FAIL("a second lock was given");
            } catch (const Error& error) {
                CPPUNIT_ASSERT(error.code() == ErrorCode::StoreBusy);
                CPPUNIT_ASSERT_EQUAL(path + " is held by process " + std::to_string(::getpid()),
                                     std::string(error.what()));
            }
        }
        const LockFile again(path);
    }

    void testWarnsOfLibrariesWithTwoWriterBug() {
        const bool affected = sqlite3_libversion_number() <= 3051002;
        CPPUNIT_ASSERT_EQUAL(affected, libraryWarning().find(sqlite3_libversion()) != std::string::npos);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConnectionTest);
