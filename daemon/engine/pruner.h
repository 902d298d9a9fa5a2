#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/catalog.h"
#include "engine/engine_state.h"
#include "engine/stretches.h"

namespace stepd::engine {

/// Has the store delete runs and events whose time is over: slice by slice, one at a time, with as much rest between
/// two as the last one took, so that at most half of the writer's time goes there, and less the busier it is. It knows
/// when the next row is over and sleeps until then: an idle engine stays idle. Engine thread only.
class Pruner {
public:
    /// `families` of waits in the store tell which events are looked back for.
    Pruner(EngineState& state, const store::Image& image);

    /// Runs of these pipelines are kept as they say; those of others as the engine's options say.
    void use(const std::vector<Catalog::EntryPtr>& current);
    /// The store is asked about an ended run that is about to be written about: nothing is deleted until `letGo`, and
    /// what the ledger has by then has been handed in.
    void hold() { ++holders_; }
    void letGo() { --holders_; }

    /// All that was gathered has been handed in: the next slice, if it is time.
    void tick();
    std::optional<Instant> nextDue() const;
    std::uint64_t prunedRuns() const { return prunedRuns_; }

private:
    void begin();
    void end();
    void ask(store::Prune::What what, const Stretches::Stretch& stretch);
    void answered(store::Prune::What what, const Stretches::Stretch& stretch, const store::Pruned& found);
    void askForSpace();
    void putOff(Duration by);
    void rest();
    Duration between() const;
    Stretches& of(store::Prune::What what) { return what == store::Prune::What::Runs ? runs_ : events_; }

    EngineState& state_;
    std::shared_ptr<const store::RetentionRules> rules_;  // null: everything is kept
    std::set<std::string> lookedBackFor_;                 // only grows: runs of earlier revisions may still be there
    Stretches runs_;
    Stretches events_;
    bool active_ = false;  // a pass goes on until nothing is over
    bool keysLeft_ = false;
    bool spaceLeft_ = true;
    bool asked_ = false;
    std::uint64_t view_ = 0;  // of the rules: answers to earlier ones do not count
    int holders_ = 0;
    Timestamp nextPass_{};
    Instant askedAt_{};
    Instant restUntil_{};
    std::uint64_t prunedRuns_ = 0;
};

}  // namespace stepd::engine
