#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <iostream>

#include "base/error.h"
#include "base/random.h"
#include "disk/database_digest.h"
#include "disk/story_of_runs.h"
#include "store/sqlite/commit_observer.h"
#include "store/sqlite/connection.h"
#include "support/fault_vfs.h"
#include "support/sim_disk.h"
#include "support/temp_dir.h"

using namespace stepd;
using namespace stepd::test;

namespace {

constexpr int kCutsACall = 2;
constexpr int kCutsASync = 10;  // most is at stake right before one
constexpr int kGoesOn = 40;     // in one of so many images the runs go on to their end

std::uint64_t seed() {
    const char* text = std::getenv("STEPD_SEED");
    return text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
}

/// Cuts the power at each call of a life that changes the disk, and opens what it leaves.
class PowerCuts final : public store::CommitObserver {
public:
    enum class Then { OnlyOpen, GoOn };
    PowerCuts(std::uint64_t seed, Then then) : seed_(seed), then_(then) {
        vfs_.before([this](DiskCall call) { at(call); });
    }

    FaultVfs& vfs() { return vfs_; }

    std::string path() const { return life_.file("stepd.db"); }
    std::uint64_t images = 0;
    std::uint64_t continued = 0;
    std::uint64_t early = 0;  ///< images with a commit that had not been answered yet
    std::vector<std::string> problems;

    /// All that the store shows is durable now.
    void atRest() {
        if (std::exchange(syncing_, false)) synced();
        if (digestOf(path()) != durable_) problem("what is committed would not survive");
    }

private:
    // CommitObserver: nobody has been told yet.
    void beforeCommit(std::uint64_t) override {}
    void afterCommit(std::uint64_t) override { atRest(); }

    void at(DiskCall call) {
        if (std::exchange(syncing_, false)) synced();
        if (call != DiskCall::Write && call != DiskCall::Sync && call != DiskCall::Truncate && call != DiskCall::Delete)
            return;
        ++calls_;
        if (!problems.empty()) return;  // the first one is what counts
        for (int i = call == DiskCall::Sync ? kCutsASync : kCutsACall; i > 0; --i) cut();
        syncing_ = call == DiskCall::Sync;
    }

    /// What is durable has become more; images that were ahead of it must have been just there.
    void synced() {
        durable_ = opened(disk_.synced(life_.path()), false);
        for (const std::uint64_t digest : std::exchange(ahead_, {}))
            if (digest != durable_) problem("a part of a transaction survived");
    }

    void cut() {
        SeededRandom random((seed_ << 32) + ++images);
        const std::uint64_t digest =
            opened(disk_.cut(life_.path(), random), then_ == Then::GoOn && images % kGoesOn == 0);
        if (digest == durable_) return;
        ++early;
        ahead_.insert(digest);
        if (ahead_.size() > 1) problem("two different futures survived");
    }

    /// By the real store, as after the power has come back.
    std::uint64_t opened(const DiskImage& image, bool goesOn) {
        disk_.install(found_.path(), image);
        const std::string database = found_.file("stepd.db");
        try {
            std::uint64_t digest = 0;
            {
                const store::SqliteStore store({.path = database});
                digest = digestOf(database);
                const auto verdict = store::Connection(database, store::Role::Reader).ask("PRAGMA integrity_check");
                if (verdict != "ok") problem("damaged: " + verdict);
            }
            if (goesOn) {
                StoryOfRuns rest(database);
                rest.goOn();
                rest.check("after a cut");
                ++continued;
            }
            return digest;
        } catch (const std::exception& error) {
            problem(error.what());
            return 0;
        }
    }

    void problem(const std::string& what) {
        problems.push_back("STEPD_SEED=" + std::to_string(seed_) + ", call " + std::to_string(calls_) + ", image " +
                           std::to_string(images) + ": " + what);
    }

    const std::uint64_t seed_;
    const Then then_;
    const TempDir life_;
    const TempDir found_;
    SimDisk disk_;
    FaultVfs vfs_{life_.path()};
    std::uint64_t calls_ = 0;
    bool syncing_ = true;  // what is durable must be looked at again
    std::uint64_t durable_ = 0;
    std::set<std::uint64_t> ahead_;  // of images with more than what is durable
};

}  // namespace

/// What a power cut leaves is opened by the real store: it is sound, all that was answered is there, nothing is there
/// in part, and the runs go on. `STEPD_SEED=N` plays other cuts.
class PowerCutTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PowerCutTest);
    CPPUNIT_TEST(testEveryImageIsWhole);
    CPPUNIT_TEST(testDiskThatLiesAboutASyncIsFound);
    CPPUNIT_TEST_SUITE_END();

    static void live(PowerCuts& cuts) {
        StoryOfRuns story(cuts.path());
        story.life.adjust = [&](store::SqliteOptions& options) {
            options.observer = &cuts;
            options.checkpoint = kEarlyCheckpoints;
        };
        story.atRest = [&] { cuts.atRest(); };
        story.play();
        story.check("with the power on");
        story.life.stop();
    }

    void testEveryImageIsWhole() {
        PowerCuts cuts(seed(), PowerCuts::Then::GoOn);
        live(cuts);
        CPPUNIT_ASSERT_MESSAGE(cuts.problems.empty() ? "" : cuts.problems.front(), cuts.problems.empty());
        CPPUNIT_ASSERT_MESSAGE(std::to_string(cuts.images) + " images", cuts.images >= 2000);
        CPPUNIT_ASSERT_MESSAGE(std::to_string(cuts.early) + " early commits", cuts.early >= 20);
        CPPUNIT_ASSERT_MESSAGE(std::to_string(cuts.continued) + " went on", cuts.continued >= 50);
        std::cerr << cuts.images << " images, " << cuts.early << " with a commit that nobody had heard of, "
                  << cuts.continued << " lived on; ";
    }

    /// The checker itself: without a sync of the log the answers are not true.
    void testDiskThatLiesAboutASyncIsFound() {
        PowerCuts cuts(seed(), PowerCuts::Then::OnlyOpen);
        cuts.vfs().arm({.call = DiskCall::Sync, .n = 20, .fault = DiskFault::Dropped, .sticky = true});
        live(cuts);
        CPPUNIT_ASSERT(!cuts.problems.empty());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PowerCutTest);
