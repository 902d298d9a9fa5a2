#include <cppunit/extensions/HelperMacros.h>

#include "disk/disk_life.h"
#include "store/sqlite/sqlite_readers.h"
#include "support/engine_fixture.h"
#include "support/sim_disk.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::test;
using engine::SubmitStatus;

namespace {

constexpr std::int64_t kReserve = 256 << 10;  // bytes

/// As ReserveFile, on a SimDisk.
class SimReserve final : public store::Reserve {
public:
    explicit SimReserve(SimDisk& disk) : disk_(disk) {}
    ~SimReserve() override { release(); }
    bool fill() override {
        if (held_) return true;
        if (!disk_.take(2 * kReserve)) return false;
        disk_.give(kReserve);
        return held_ = true;
    }
    bool release() override {
        if (!held_) return false;
        held_ = false;
        disk_.give(kReserve);
        return true;
    }
    bool held() const override { return held_; }

private:
    SimDisk& disk_;
    bool held_ = false;
};

}  // namespace

/// A disk with so many bytes and no more, and a reserve on it (hardening R6).
class FullDiskTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FullDiskTest);
    CPPUNIT_TEST(testRunsUnderWayAreRecordedFromTheReserve);
    CPPUNIT_TEST(testEventsAreTakenWhenThereIsSpaceAgain);
    CPPUNIT_TEST(testNothingIsLostWhenTheReserveIsUsedUp);
    CPPUNIT_TEST(testStartsOnADiskWithoutRoomForTheReserve);
    CPPUNIT_TEST_SUITE_END();

    // Not made with the fixture: CppUnit makes all fixtures at once, and the last disk would be that of all.
    std::unique_ptr<TempDir> dir_;
    std::unique_ptr<SimDisk> disk_;
    std::unique_ptr<DiskLife> life_;

public:
    void setUp() override {
        dir_ = std::make_unique<TempDir>();
        disk_ = std::make_unique<SimDisk>();
        life_ = std::make_unique<DiskLife>(dir_->file("stepd.db"));
        life_->use(
            loadPipeline("version: 1\nid: one\non: [{event: go}]\ndefaults: {retry: never}\n"
                         "steps: [{id: a, uses: a}, {id: b, uses: b}]\n"));
        life_->adjust = [this](store::SqliteOptions& options) {
            options.reserve = std::make_unique<SimReserve>(*disk_);
        };
        life_->invoker.script("a", [](const host::StepCall&) { return "in 1s done {}"; });
    }
    void tearDown() override {
        life_.reset();
        disk_.reset();
        dir_.reset();
    }

private:
    engine::Submitted send(const std::string& id, std::size_t bytes = 1) {
        std::optional<engine::Submitted> answer;
        const std::string data = "{\"text\":\"" + std::string(bytes, 'x') + "\"}";
        life_->post(
            engine::Submit{{{.name = "go", .externalId = id, .data = data, .user = {}, .ts = {}, .requestId = {}}},
                           [&](std::vector<engine::Submitted> all) { answer = std::move(all.front()); }});
        life_->settle();
        CPPUNIT_ASSERT(answer);
        return *answer;
    }
    RunState state(RunId run) { return store::SqliteReaders(dir_->file("stepd.db"), life_->clock).findRun(run)->state; }
    /// No room for anything beside what is there.
    void fillUp() { disk_->setCapacity(disk_->used()); }
    RunId startOne() {
        life_->start();
        const auto first = send("first");
        CPPUNIT_ASSERT(first.status == SubmitStatus::Accepted);
        return first.runs.front().id;
    }

    void testRunsUnderWayAreRecordedFromTheReserve() {
        const RunId run = startOne();
        fillUp();
        life_->advance(5s);
        life_->advance(5s);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, state(run));
        CPPUNIT_ASSERT(life_->core->stats().storeFull && life_->core->stats().onReserve);
        CPPUNIT_ASSERT(send("second").status == SubmitStatus::StoreFull);
        CPPUNIT_ASSERT(life_->fatal.empty() && life_->diskFailures.empty());
    }

    void testEventsAreTakenWhenThereIsSpaceAgain() {
        startOne();
        fillUp();
        life_->advance(5s);
        life_->advance(5s);
        disk_->setCapacity(disk_->used() + kReserve);  // enough for the reserve, and for nothing else
        life_->advance(5s);
        CPPUNIT_ASSERT(life_->full());
        disk_->setCapacity(disk_->used() + 2 * kReserve);
        life_->advance(2s);
        CPPUNIT_ASSERT(!life_->full());
        const auto second = send("second");
        CPPUNIT_ASSERT(second.status == SubmitStatus::Accepted);
        life_->advance(5s);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, state(second.runs.front().id));
        CPPUNIT_ASSERT(disk_->used() >= kReserve);
    }

    void testNothingIsLostWhenTheReserveIsUsedUp() {
        const RunId run = startOne();
        life_->invoker.script("a", [](const host::StepCall&) { return "done {}"; });
        life_->invoker.script("b", [](const host::StepCall&) {
            return "in 1s done {\"text\":\"" + std::string(2 * kReserve, 'y') + "\"}";
        });
        fillUp();
        life_->advance(20s);
        life_->advance(20s);
        CPPUNIT_ASSERT(life_->full());
        CPPUNIT_ASSERT(state(run) != RunState::Completed);
        CPPUNIT_ASSERT(life_->fatal.empty() && life_->diskFailures.empty());
        disk_->setCapacity(0);
        life_->advance(5s);
        CPPUNIT_ASSERT(!life_->full());
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), life_->invoker.callsOf("b").size());
    }

    void testStartsOnADiskWithoutRoomForTheReserve() {
        startOne();
        life_->advance(10s);
        life_->stop();
        disk_->setCapacity(disk_->used() + 2 * kReserve - 1);
        life_->start();
        CPPUNIT_ASSERT(life_->full());
        CPPUNIT_ASSERT(send("second").status == SubmitStatus::StoreFull);
        disk_->setCapacity(0);
        life_->advance(2s);
        CPPUNIT_ASSERT(send("second").status == SubmitStatus::Accepted);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(FullDiskTest);
