#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "engine/core.h"
#include "rehearsal/scripted_invoker.h"
#include "rehearsal/sim_store.h"
#include "rehearsal/virtual_clock.h"

namespace stepd::rehearsal {

/// The engine's core in virtual time over a SimStore and a ScriptedInvoker. Nothing moves but as the caller says, so a
/// year takes milliseconds and comes out the same each time. The process may be killed and started again over the same
/// disk. One thread.
class Rehearsal {
public:
    /// Not started. `observer` outlives it; null: nobody watches.
    explicit Rehearsal(std::unique_ptr<Random> random, engine::EngineOptions options = {},
                       engine::RunObserver* observer = nullptr);

    VirtualClock clock;
    SimStore store;
    ScriptedInvoker invoker{clock};
    /// What the engine said as it gave up for good.
    std::vector<std::string> fatal;
    /// Revisions that cannot be compiled any more, by key.
    std::set<RevisionId> brokenRevisions;
    /// Null until `start` and after `kill`.
    std::unique_ptr<engine::Core> core;

    /// Uses the pipeline beside those before; one with the same id is replaced.
    pipeline::PipelinePtr use(const pipeline::Pipeline& pipeline);

    // Handed in without running.
    void post(std::vector<engine::NewEvent> events, engine::Engine::SubmitCallback done);
    void post(engine::Message message) { inbox_.push_back(std::move(message)); }

    /// One message, one call of the store or one answer of the invoker. False if nothing moves at this moment.
    bool turn();
    /// True if something moves at this moment.
    bool moves() const;
    /// Until nothing moves at this moment.
    void settle();
    /// When something moves by itself; absent: never.
    std::optional<Instant> nextDue() const;
    /// Settles, then moves time to where something is due, and settles. False, and time stays, if nothing is due up to
    /// `until`.
    bool goOn(Instant until);
    /// Moves time, stopping wherever something is due.
    void advance(Duration by);
    /// Why the run does not go on at this moment, one sentence; empty if the engine does not know it.
    std::string why(RunId run);

    /// The process dies: what is not on disk is gone, and so are the workers.
    void kill();
    /// A new process over the same disk, with the same pipelines.
    void start();
    bool dead() const { return core == nullptr || store.crashed(); }

private:
    std::vector<pipeline::PipelinePtr> current() const;

    const std::unique_ptr<Random> random_;
    const engine::EngineOptions options_;
    engine::RunObserver* const observer_;
    std::deque<engine::Message> inbox_;
    std::vector<pipeline::PipelinePtr> pipelines_;
    std::map<RevisionId, pipeline::PipelinePtr> revisions_;
};

}  // namespace stepd::rehearsal
