#include <atomic>

#include "base/error.h"
#include "base/system_clock.h"
#include "contract/store_contract.h"
#include "store/sqlite/sqlite_readers.h"
#include "store/sqlite/sqlite_store.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::test;

class SqliteStoreContractTest : public StoreContract {
    CPPUNIT_TEST_SUB_SUITE(SqliteStoreContractTest, StoreContract);
    CPPUNIT_TEST_SUITE_END();

    struct FullOnce final : store::CommitObserver {
        std::atomic<bool> armed = false;
        void beforeCommit(std::uint64_t) override {
            if (armed.exchange(false)) throw Error(ErrorCode::StoreFull, "the observer says so");
        }
        void afterCommit(std::uint64_t) override {}
    };

    class Bench final : public StoreBench {
    public:
        Bench() { open(); }
        store::Store& store() override { return *store_; }
        store::Readers& readers() override { return *readers_; }
        /// The store carries out calls in order: this one is behind all others.
        void settle() override { store_->lastRunId(); }
        void reopen() override {
            readers_.reset();
            store_.reset();
            open();
        }
        void fillDisk() override { disk_.armed = true; }

    private:
        void open() {
            store_ = std::make_unique<store::SqliteStore>(
                store::SqliteOptions{.path = dir_.file("stepd.db"), .observer = &disk_});
            store_->start();
            readers_ = std::make_unique<store::SqliteReaders>(dir_.file("stepd.db"), clock_);
        }

        TempDir dir_;
        FullOnce disk_;
        SystemClock clock_;
        std::unique_ptr<store::SqliteStore> store_;
        std::unique_ptr<store::SqliteReaders> readers_;
    };
    std::unique_ptr<StoreBench> makeBench() override { return std::make_unique<Bench>(); }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SqliteStoreContractTest);
