#include "verification.h"

#include <cppunit/extensions/HelperMacros.h>

#include <latch>

#include "bench_event.h"
#include "store/sqlite/sqlite_store.h"
#include "support/temp_dir.h"
#include "w4_batches.h"

using namespace stepd;
using namespace stepd::bench;

namespace {

constexpr int kAllStages = 4;

/// The texts of a batch speak of the event with this serial number.
store::Batch about(std::uint64_t serial, store::Batch batch) {
    const std::string json = "{" + serialMember(serial) + "}";
    for (auto& change : batch.changes) {
        if (auto* admission = std::get_if<store::Admission>(&change)) admission->event.data = json;
        if (auto* step = std::get_if<store::StepChange>(&change); step != nullptr && !step->step.output.empty())
            step->step.output = "{" + serialMember(serial) + ",\"step\":\"" + step->step.name + "\"}";
        if (auto* run = std::get_if<store::RunChange>(&change); run != nullptr && !run->run.output.empty())
            run->run.output = json;
    }
    return batch;
}

}  // namespace

/// What the measurements call right must be able to be wrong.
class VerificationTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(VerificationTest);
    CPPUNIT_TEST(testCompletedRunsAreRight);
    CPPUNIT_TEST(testMissingRun);
    CPPUNIT_TEST(testRunThatHasNotEnded);
    CPPUNIT_TEST(testResultOfAnotherEvent);
    CPPUNIT_TEST(testEventWithTwoRuns);
    CPPUNIT_TEST_SUITE_END();

    test::TempDir directory_;
    const std::string database_ = directory_.file("stepd.db");
    std::unique_ptr<store::SqliteStore> store_;
    RevisionId revision_;

    void commit(store::Batch batch) {
        std::latch done(1);
        store_->commit(std::move(batch), [&](const store::Committed& committed) {
            CPPUNIT_ASSERT_MESSAGE(committed.message, committed.status == store::CommitStatus::Durable);
            done.count_down();
        });
        done.wait();
    }
    /// A run of the event with the same number, with its stages up to `last`.
    void addRun(std::int64_t id, int last, std::uint64_t serial) {
        for (int stage = 0; stage <= last; ++stage) commit(about(serial, test::fourSteps(id, revision_, stage)));
    }
    std::string wrong(std::uint64_t runs) const {
        return examine(database_, {.pipeline = "process-registration", .runs = runs, .steps = 4}).wrong;
    }
    void assertWrong(const std::string& part, std::uint64_t runs) const {
        const std::string found = wrong(runs);
        CPPUNIT_ASSERT_MESSAGE(found, found.find(part) != std::string::npos);
    }

public:
    void setUp() override {
        store_ = std::make_unique<store::SqliteStore>(store::SqliteOptions{.path = database_});
        store_->start();
        revision_ = store_->saveRevision({{}, "process-registration", "1", "{}"});
        for (int id = 1; id <= 3; ++id) addRun(id, kAllStages, static_cast<std::uint64_t>(id));
    }

    void testCompletedRunsAreRight() { CPPUNIT_ASSERT_EQUAL(std::string(), wrong(3)); }
    void testMissingRun() { assertWrong("4 runs were acknowledged, 3 are stored", 4); }
    void testRunThatHasNotEnded() {
        addRun(4, kAllStages - 1, 4);
        assertWrong("run 4 is running", 4);
    }
    void testResultOfAnotherEvent() {
        addRun(4, kAllStages - 1, 4);
        commit(about(5, test::fourSteps(4, revision_, kAllStages)));
        assertWrong("run 4 has the result", 4);
    }
    void testEventWithTwoRuns() {
        addRun(4, kAllStages, 3);
        assertWrong("event 3 has two runs", 4);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(VerificationTest);
