#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "engine/gcra.h"
#include "engine/line.h"

namespace stepd::engine {

/// What a lane lets through. Both may be set: a limiter has slots and a rate.
struct LaneRule {
    std::optional<std::uint32_t> slots;
    std::optional<GcraRule> rate;
};

/// One thing that a ticket has to pass: a lane of flow control, the workers of a plugin, or the pause of a pipeline
/// (no slots while it is paused). It knows who is in it and how far its rate is used, and has the line before it.
class Lane {
public:
    enum class Kind { Flow, Plugin, Pause };

    Lane(std::string name, Kind kind, LaneRule lets) : rule(lets), name_(std::move(name)), kind_(kind) {}

    const std::string& name() const { return name_; }
    Kind kind() const { return kind_; }

    LaneRule rule;
    Line line;

    // ---- may one pass?
    bool hasSlot() const { return !rule.slots || taken() < *rule.slots; }
    /// Rate and closing alone.
    bool inTime(Timestamp now) const { return !opensAt(now); }
    bool open(Timestamp now) const { return hasSlot() && inTime(now); }
    /// When time lets one pass; absent: now.
    std::optional<Timestamp> opensAt(Timestamp now) const;
    /// Forgets what cannot be true of the rate because the clock was set back.
    void believe(const GcraRule& by, Timestamp now);
    /// So many groups are worth loading from the store now.
    std::size_t loadsAtOnce(Timestamp now) const;

    // ---- slots
    /// False if it is held already.
    bool hold(const Ticket& owner) { return holders_.insert(owner).second; }
    bool giveBack(const Ticket& owner) { return holders_.erase(owner) != 0; }
    bool heldBy(const Ticket& owner) const { return holders_.contains(owner); }
    const std::set<Ticket>& holders() const { return holders_; }
    /// Of a plugin, where nobody asks who holds them.
    void holdUnnamed() { ++unnamed_; }
    void giveBackUnnamed() { unnamed_ -= unnamed_ > 0 ? 1 : 0; }
    std::size_t taken() const { return holders_.size() + unnamed_; }

    // ---- moments
    std::optional<Timestamp> used;    ///< Gcra's theoretical arrival time
    std::optional<Timestamp> closed;  ///< nobody passes before then
    void pass(const GcraRule& by, Timestamp now);

    // ---- of the scheduler
    std::optional<Timestamp> alarm;  ///< in its list of lanes that open
    bool ready = false;              ///< in its list of lanes to look at
    bool expiring = false;           ///< in its list of moments to forget

    /// Nothing is lost if it is made anew.
    bool idle() const {
        return kind_ == Kind::Flow && taken() == 0 && line.idle() && !used && !closed && !alarm && !ready && !expiring;
    }

private:
    std::string name_;
    Kind kind_;
    std::set<Ticket> holders_;  ///< their ranks are zero
    std::size_t unnamed_ = 0;
};

}  // namespace stepd::engine
