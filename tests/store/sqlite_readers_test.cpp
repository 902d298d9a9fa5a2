#include "store/sqlite/sqlite_readers.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "base/system_clock.h"
#include "store/sqlite/sqlite_store.h"
#include "support/store_samples.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::store;
using namespace stepd::test;

namespace {

/// Each look at it finds two seconds gone.
class HastyClock final : public Clock {
public:
    Timestamp now() const override { return {}; }
    Instant instant() const override { return Instant(2s * ++looks_); }

private:
    mutable std::atomic<int> looks_{0};
};

}  // namespace

class SqliteReadersTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SqliteReadersTest);
    CPPUNIT_TEST(testEndsALongRead);
    CPPUNIT_TEST(testReadersBesideTheWriterSeeWholeBatches);
    CPPUNIT_TEST(testStatsTellTheFiles);
    CPPUNIT_TEST_SUITE_END();

    static constexpr std::int64_t kBatches = 200;
    TempDir dir_;
    const std::string path_ = dir_.file("stepd.db");
    SqliteStore store_{{.path = path_}};
    SystemClock clock_;

public:
    void setUp() override { store_.start(); }

private:
    /// Two events a batch.
    void commitPairs() {
        for (std::int64_t pair = 1; pair <= kBatches; ++pair)
            store_.commit({{Admission{sampleEvent(2 * pair - 1), {}, {}}, Admission{sampleEvent(2 * pair), {}, {}}}},
                          [](const Committed&) {});
    }

    void testEndsALongRead() {
        Batch batch;
        for (std::int64_t id = 1; id <= 3000; ++id) batch.changes.emplace_back(Admission{sampleEvent(id), {}, {}});
        store_.commit(std::move(batch), [](const Committed&) {});
        store_.lastRunId();
        const HastyClock hasty;
        SqliteReaders readers(path_, hasty);
        try {
            readers.listEvents({}, {{}, 3000});
            CPPUNIT_FAIL("the read went on");
        } catch (const Error& error) {
            CPPUNIT_ASSERT(error.code() == ErrorCode::Unavailable);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{5}, readers.listEvents({}, {{}, 5}).size());
    }

    void testReadersBesideTheWriterSeeWholeBatches() {
        SqliteReaders readers(path_, clock_);
        std::atomic<bool> torn = false;
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 3; ++i)
                threads.emplace_back([&] {
                    for (std::size_t seen = 0; seen < 2 * kBatches;) {
                        const auto now = readers.listEvents({}, {{}, 1000}).size();
                        if (now % 2 != 0 || now < seen) torn = true;
                        seen = now;
                    }
                });
            commitPairs();
        }
        CPPUNIT_ASSERT(!torn);
    }

    void testStatsTellTheFiles() {
        commitPairs();
        store_.lastRunId();
        SqliteReaders readers(path_, clock_);
        CPPUNIT_ASSERT(readers.stats().walBytes > 0 && readers.stats().databaseBytes > 0);
        store_.stop();
        CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, readers.stats().walBytes);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SqliteReadersTest);
