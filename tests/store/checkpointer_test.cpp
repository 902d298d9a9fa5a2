#include "store/sqlite/checkpointer.h"

#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <string>

#include "store/sqlite/connection.h"
#include "store/sqlite/statement.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::store;

class CheckpointerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CheckpointerTest);
    CPPUNIT_TEST(testLogStartsOverAtTheLimit);
    CPPUNIT_TEST(testLogThatAReaderHeldIsCutAfterwards);
    CPPUNIT_TEST(testEndEmptiesTheLog);
    CPPUNIT_TEST_SUITE_END();

    static constexpr std::int64_t kPage = 4096;
    test::TempDir dir_;
    const std::string path_ = dir_.file("stepd.db");
    Connection writer_{path_, Role::Writer};

public:
    void setUp() override {
        writer_.configure();
        execute(writer_.handle(), "CREATE TABLE t (x); PRAGMA busy_timeout=0");
    }

private:
    std::int64_t logPages() const {
        return static_cast<std::int64_t>(std::filesystem::file_size(path_ + "-wal")) / kPage;
    }

    void write(Checkpointer& checkpointer, int times) {
        for (int i = 0; i < times; ++i) {
            execute(writer_.handle(), "INSERT INTO t VALUES (randomblob(8000))");
            checkpointer.afterCommit();
        }
    }

    void testLogStartsOverAtTheLimit() {
        Checkpointer checkpointer(writer_.handle(), {20, 1000});
        write(checkpointer, 200);
        CPPUNIT_ASSERT(logPages() < 40);
        CPPUNIT_ASSERT(std::filesystem::file_size(path_) > 190 * 8000);
    }

    void testLogThatAReaderHeldIsCutAfterwards() {
        Checkpointer checkpointer(writer_.handle(), {20, 100});
        Connection reader(path_, Role::Reader);
        reader.configure();
        execute(reader.handle(), "BEGIN; SELECT count(*) FROM t");
        write(checkpointer, 100);
        CPPUNIT_ASSERT_MESSAGE("a reader's snapshot is kept", logPages() > 200);
        execute(reader.handle(), "COMMIT");
        write(checkpointer, 10);
        CPPUNIT_ASSERT(logPages() < 40);
    }

    void testEndEmptiesTheLog() {
        Checkpointer checkpointer(writer_.handle(), {1000, 2000});
        write(checkpointer, 10);
        CPPUNIT_ASSERT(logPages() > 20);
        checkpointer.atEnd();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, logPages());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CheckpointerTest);
