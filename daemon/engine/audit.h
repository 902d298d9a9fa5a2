#pragma once

#include <functional>
#include <optional>

#include "engine/run_life.h"

namespace stepd::engine {

/// Looks for what must never be, in production too: a slot whose owner is gone, a parked run that nothing would wake, a
/// run in memory that rests without a reason. What it finds is repaired, counted and told. It runs while anything
/// moves, so an idle engine stays idle. Engine thread only.
class Audit {
public:
    Audit(EngineState& state, RunLife& life, std::function<void(Timestamp)> wakeStored)
        : state_(state), life_(life), wakeStored_(std::move(wakeStored)) {}

    /// Something has been committed: there may be something to look at.
    void moved() { moved_ = true; }
    /// Looks if it is time.
    void tick();
    std::optional<Instant> nextDue() const;
    std::uint64_t violations() const { return violations_; }

private:
    void checkMemory();
    void checkStore(const store::Violations& found);
    void violation(const std::string& sentence);

    EngineState& state_;
    RunLife& life_;
    const std::function<void(Timestamp)> wakeStored_;
    bool moved_ = true;
    Instant last_{};
    std::uint64_t violations_ = 0;
};

}  // namespace stepd::engine
