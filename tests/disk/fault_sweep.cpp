#include "disk/fault_sweep.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "disk/story_of_runs.h"
#include "support/sim_disk.h"
#include "support/temp_dir.h"

namespace stepd::test {
namespace {

/// Later the disk may work again, so the process waits.
bool passes(const FaultPlan& plan) {
    switch (plan.fault) {
        case DiskFault::Full:
        case DiskFault::Short: return true;
        case DiskFault::NoSpace: return plan.call != DiskCall::Sync;  // what a failed sync left is unknown
        default: return false;
    }
}

bool changesTheDisk(DiskCall call) {
    return call == DiskCall::Write || call == DiskCall::Sync || call == DiskCall::Truncate;
}

/// One life. Without a plan nothing goes wrong.
class Life {
public:
    explicit Life(const std::optional<FaultPlan>& plan) {
        if (plan) vfs_.arm(*plan);
        story_.life.adjust = [this](store::SqliteOptions& options) {
            options.checkpoint = kEarlyCheckpoints;
            wrongHere_ = false;
            seen_ = seen_ || vfs_.happened();
        };
        vfs_.before([this](DiskCall call) {
            if (wrongHere_ && changesTheDisk(call)) ++changesAfter_;
            wrongHere_ = wrongHere_ || (!seen_ && vfs_.happened());
            seen_ = seen_ || wrongHere_;
        });
    }

    void live(const std::string& where) {
        story_.play();
        happened = vfs_.happened();
        vfs_.disarm();
        story_.check(where);
        calls = vfs_.calls();
    }
    const StoryOfRuns& story() const { return story_; }
    std::vector<std::string> ends() { return story_.ends(); }
    int changesAfterTheFault() const { return changesAfter_; }

    bool happened = false;
    std::uint64_t calls = 0;

private:
    const TempDir directory_;
    SimDisk disk_;
    FaultVfs vfs_{directory_.path()};
    StoryOfRuns story_{directory_.file("stepd.db"), [this] { vfs_.disarm(); }};
    bool seen_ = false;
    bool wrongHere_ = false;  // the fault has happened to the process that runs now
    int changesAfter_ = 0;
};

const std::vector<std::string>& endsWithoutFault() {
    static const auto ends = [] {
        Life life(std::nullopt);
        life.live("without a fault");
        CPPUNIT_ASSERT_MESSAGE(std::to_string(life.calls) + " calls", life.calls >= 2000);
        CPPUNIT_ASSERT_EQUAL(0, life.story().deaths + life.story().failedStarts + life.story().refusals);
        return life.ends();
    }();
    return ends;
}

/// False: there is no such call any more.
bool play(const FaultPlan& plan) {
    const std::string where = "STEPD_FAULTS=" + std::to_string(plan.n) + ": " + toString(plan.call) + " " +
                              toString(plan.fault) + (plan.sticky ? " from then on" : " once");
    try {
        Life life(plan);
        life.live(where);
        const StoryOfRuns& story = life.story();
        CPPUNIT_ASSERT_MESSAGE(where + ": it ends in another way", life.ends() == endsWithoutFault());
        const auto gaveUp = story.failedStarts + static_cast<int>(story.life.diskFailures.size());
        if (passes(plan)) {
            const auto& said = story.life.diskFailures;
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where + ": gave up: " + (said.empty() ? "" : said.front()), 0, story.deaths);
        } else if (life.happened && changesTheDisk(plan.call)) {
            CPPUNIT_ASSERT_MESSAGE(where + ": went on", gaveUp > 0);
            if (story.failedStarts == 0)
                CPPUNIT_ASSERT_EQUAL_MESSAGE(where + ": writes and syncs afterwards", 0, life.changesAfterTheFault());
        }
        return life.happened;
    } catch (const CppUnit::Exception&) {
        throw;
    } catch (const std::exception& error) {
        CPPUNIT_FAIL(where + ": " + error.what());
        return false;
    }
}

}  // namespace

void sweep(DiskCall call, const std::vector<DiskFault>& faults) {
    const char* wish = std::getenv("STEPD_FAULTS");
    const bool all = wish != nullptr && std::string_view(wish) == "all";
    const auto inAllWays = [&](std::uint64_t n) {
        bool happened = false;
        for (const DiskFault fault : faults)
            for (const bool sticky : {false, true})
                happened = play({.call = call, .n = n, .fault = fault, .sticky = sticky}) || happened;
        return happened;
    };
    if (wish != nullptr && !all) {
        inAllWays(std::strtoull(wish, nullptr, 10));
        return;
    }
    std::uint64_t n = 1;
    for (bool happened = true; happened; ++n)
        happened =
            all ? inAllWays(n)
                : play(
                      {.call = call, .n = n, .fault = faults[n % faults.size()], .sticky = n / faults.size() % 2 != 0});
    std::cerr << n - 2 << " calls; ";
}

}  // namespace stepd::test
