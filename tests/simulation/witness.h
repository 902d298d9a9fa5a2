#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rehearsal/rehearsal.h"
#include "simulation/history.h"
#include "simulation/start_rates.h"

namespace stepd::test {

/// Reads along with what is written to the disk and knows what must hold of it, whatever the pipelines are. It looks at
/// those runs alone that a batch has touched, so that it is cheap. A broken invariant fails the test with the seed.
/// One thread.
class Witness {
public:
    Witness(rehearsal::SimStore& store, std::uint64_t seed) : store_(store), seed_(seed) {}

    /// A pipeline, or a new revision of it, is in use from now on.
    void uses(const pipeline::Pipeline& pipeline);
    void limiter(const std::string& name, std::uint32_t slots) { mostSlots_["limiter:" + name] = slots; }
    /// This is being written.
    void written(const store::Batch& batch);
    /// What was written last holds what must always hold. Cheap where nothing was written since.
    void check();
    /// Nothing moves at this moment: whoever is in memory has a reason for it.
    void checkAtRest(const engine::Core& core);
    /// Nothing is left to be done, ever.
    void checkAtEnd();

    void clockWasSetBack() { rates_.clear(); }
    /// The limits of a pipeline that is not in use any more hold nobody back.
    void pipelineIsGone() { limitsHold_ = false; }
    const std::set<RunId>& openRuns() const { return open_; }
    /// How often what was written.
    const std::map<std::string, int>& seen() const { return seen_; }
    [[noreturn]] void broken(const std::string& invariant) const;

private:
    struct Known {
        Run run;
        std::set<RunId> openChildren;
        std::size_t waits = 0;
        std::set<std::pair<std::string, std::int32_t>> slots;
    };

    void see(const store::Admission& change);
    void see(const store::RunAdmission& change) { admit(change.fresh); }
    void see(const store::RunChange& change);
    void see(const store::StepChange& change);
    void see(const store::AttemptEnd& change) { touched_.insert(change.run); }
    void see(const store::WaitsChange& change);
    void see(const store::SlotChange& change);
    void see(const store::Wake&) { ++seen_["wake"]; }
    void see(const store::Collect&) { ++seen_["collect"]; }
    void see(const store::DeliveryChange&) { ++seen_["delivery"]; }
    template <typename Other>
    void see(const Other&) {}

    void admit(const store::NewRun& fresh);
    void key(const store::OnceKey& once, Timestamp at);
    void singleton(const Run& run);
    void timedOut(const Run& run, const StepRecord& step);
    void checkPlan(const Run& run, const std::vector<StepRecord>& steps) const;
    void checkRun(const Known& known);
    void checkSteps(const Run& run);
    void checkItems(const Run& run, const std::vector<StepRecord>& steps);
    void checkParked(const Known& known, const std::vector<StepRecord>& steps) const;
    void checkLane(const std::string& lane) const;
    void require(bool holds, const char* invariant, const Run& run) const;

    rehearsal::SimStore& store_;
    const std::uint64_t seed_;
    std::map<RunId, Known> runs_;
    std::set<RunId> open_;
    std::map<std::string, std::set<std::pair<RunId, std::int32_t>>> holders_;  // by lane
    std::map<std::string, std::uint32_t> mostSlots_;                           // by family, the most of all revisions
    std::map<std::string, Timestamp> keys_;                                    // taken until
    std::map<std::string, pipeline::PipelinePtr> pipelines_;                   // the newest of each
    StartRates rates_;
    History history_;
    std::map<std::string, int> seen_;
    bool limitsHold_ = true;
    std::set<RunId> touched_;
    std::set<std::string> taken_;  // lanes of which a slot was taken
};

}  // namespace stepd::test
