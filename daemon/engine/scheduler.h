#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/gcra.h"
#include "engine/lane.h"
#include "engine/ticket.h"
#include "host/invoker.h"
#include "model/ids.h"
#include "store/store.h"

namespace stepd::engine {

/// Where a ticket stands, for `why`.
struct PlaceInLine {
    std::string lane;       ///< its name, or `plugin NAME`, or `paused`
    std::size_t place = 1;  ///< from 1, of those of its group in memory; 0: it is in the store, where nobody counts
    std::size_t slots = 0;  ///< of the lane; 0: it has none
    std::size_t taken = 0;  ///< of those
    std::vector<Ticket> holders;     ///< who has them; at most 10 are named. Not known of plugins
    std::optional<Timestamp> opens;  ///< of a rate, or of a limiter that is closed
};

/// Decides who goes next: a line for each lane of flow control, each plugin's workers and each paused pipeline. Slots
/// of lanes and used-up rates are durable: what changed is gathered for the next batch, so a slot is taken in the
/// transaction that dispatches. Waiting is in memory, or parked in the store as waits with the signal
/// `lane:LANE|GROUP`; then the scheduler knows how many there are, and asks for them when there is room. Slots of
/// plugins live in memory alone. Deterministic. Engine thread only.
class Scheduler {
public:
    explicit Scheduler(const host::Invoker& invoker);
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    // ---- set up
    /// Replaces the rules of all families (the part of a lane's name before `[`).
    void setRules(std::map<std::string, LaneRule, std::less<>> rules);
    /// As the store has it at the start. Its lines are wanted once the rules are known.
    void restore(const store::Image& image);
    void setPaused(std::string_view pipeline, bool paused);
    bool paused(std::string_view pipeline) const;
    /// A new round: the time, and the invoker is asked again for its slots.
    void refresh(Timestamp now);
    /// No slot is given out any more; who asks stands in line.
    void close();

    // ---- in line
    /// True: everything is taken. False: the ticket stands in line at what blocks it.
    bool take(const Ticket& ticket, const Demand& demand);
    /// The next ticket that can have all it needs; that is taken for it.
    std::optional<Ticket> next();
    /// Gives back all that the ticket holds, or takes it out of its line. Nothing happens if it has neither.
    void release(const Ticket& ticket);
    /// As `release` but for the plugin's slot, which an abandoned call keeps until it has ended.
    void releaseLanes(const Ticket& ticket);
    void releasePlugin(std::string_view plugin);

    // ---- slots without a line: singleton, collecting runs
    /// The newest run that holds the lane; zero if nobody does.
    RunId holder(std::string_view lane) const;
    void hold(const std::string& lane, const Ticket& owner);
    /// All lanes that the run holds as a whole or for its steps are given back, and all its places in line: it has
    /// ended. The slot of a plugin stays until `release` of its ticket, or `releasePlugin`.
    void releaseRun(RunId run);
    /// One lane alone.
    void releaseLane(const std::string& lane, const Ticket& owner);

    // ---- rates without a line
    /// rate_limit: true and counted, or false.
    bool admit(const std::string& lane, const GcraRule& rule);
    /// Nobody passes the lane before then: `Retry-After` of a limiter.
    void closeLane(const std::string& lane, Timestamp until);
    /// A moment that the engine keeps under a name of its own (schedules); absent: none.
    std::optional<Timestamp> moment(std::string_view name) const;
    void setMoment(const std::string& name, std::optional<Timestamp> at);

    // ---- lines in the store
    /// The wait under which a ticket that stands in line is parked; it leaves the line in memory. Absent if it stands
    /// in none, or in one that is not kept in the store (a plugin's).
    std::optional<store::Wait> park(const Ticket& ticket);
    bool canPark(const Ticket& ticket) const;  ///< `park` would give one
    /// A parked ticket is in memory again, or its run has ended.
    void unparked(const store::Wait& wait);
    /// The signal of a line in the store that has room, and nobody in memory that is known to be better; each is named
    /// once until `loaded`.
    std::optional<std::string> wanted();
    /// A page of the line, the best first, is in memory: each was `unparked` before. With `count` 0 the store has none.
    void loaded(const std::string& signal, std::size_t count);

    // ---- what the caller has to do
    /// SlotChange, MomentChange: to go to disk with the next batch. Emptied by the call.
    std::vector<store::Change> drain();
    /// When a closed lane with somebody in line opens; absent: none will by time alone.
    std::optional<Timestamp> opens() const;
    /// True if someone waits for a plugin where nothing runs: no call will end there, so the caller must look again.
    bool stalled() const;
    std::size_t waiting() const;  ///< in memory
    std::size_t parked() const;
    std::optional<PlaceInLine> place(const Ticket& ticket) const;
    /// Of a parked ticket.
    std::optional<PlaceInLine> place(const store::Wait& wait) const;
    bool holds(const std::string& lane, const Ticket& owner) const;
    /// Everything that is held, for the audit; by lane. The ranks are zero.
    std::vector<std::pair<std::string, Ticket>> held() const;

private:
    using Lanes = std::map<std::string, Lane, std::less<>>;
    struct Holding {
        std::vector<Lane*> lanes;
        Lane* plugin = nullptr;
    };
    struct Waiting {
        Queue* queue = nullptr;
        Ticket ticket;
    };

    // ---- lanes
    Lane& flowLane(std::string_view name);
    Lane& pluginLane(std::string_view plugin);
    Lane& pauseLane(std::string_view pipeline);
    /// By its name in the store, which for the pause of a pipeline is `paused:PIPELINE`.
    Lane& storedLane(std::string_view name);
    PlaceInLine placeAt(const Lane& lane) const;
    static std::string signalOf(const Lane& lane, const std::string& group);
    std::vector<Lane*> pathOf(const Demand& demand);
    /// Something of the lane has changed: if it is open it is looked at again, else when it opens.
    void touch(Lane& lane);
    void dropIfIdle(Lane& lane);

    // ---- in line
    /// The first thing that keeps the ticket back; null: nothing. `tried`: the lane at whose head it stands.
    Lane* blockerOf(const std::vector<Lane*>& path, const Ticket& ticket, const std::string& group,
                    const Lane* tried) const;
    void grant(const Ticket& ticket, const std::vector<Lane*>& path, const std::string& group);
    void stand(const Ticket& ticket, const Demand& demand, const std::vector<Lane*>& path, Lane& at);
    /// Takes it out of its line; what it had to pass, if it was the first of its queue.
    std::vector<Lane*> leaveLine(const Ticket& ticket);
    void giveUpPlace(const Ticket& ticket);
    void joinAll(Queue& queue);
    void partAll(Queue& queue);
    std::optional<Ticket> takeHead(Lane& lane);

    // ---- slots
    void addSlot(Lane& lane, const Ticket& owner);
    void giveBackSlot(Lane& lane, const Ticket& owner);
    void giveBackPlugin(Lane& plugin);

    // ---- moments
    void momentChanged(Lane& lane);
    void watchExpiry(Lane& lane);
    void expire();
    void clockSetBack(Duration by);

    const host::Invoker& invoker_;
    std::map<std::string, LaneRule, std::less<>> rules_;
    Timestamp now_{};
    bool closed_ = false;

    Lanes flow_;
    Lanes plugins_;
    Lanes pauses_;

    std::map<Ticket, Holding> holdings_;  ///< by owner: the rank is zero
    std::map<Ticket, Waiting> waiting_;   ///< likewise
    std::map<Demand, Queue> queues_;
    std::deque<Lane*> ready_;                             ///< open, and somebody stands there
    std::set<std::pair<Timestamp, std::string>> alarms_;  ///< lanes that open by time, with somebody in line

    std::size_t parked_ = 0;
    std::deque<std::string> wanted_;

    std::map<std::string, Timestamp, std::less<>> moments_;  ///< those of the engine
    std::set<std::pair<Timestamp, std::string>> expiries_;   ///< lanes whose moments are over then, or later
    std::vector<store::Change> slotChanges_;
    std::map<std::string, std::optional<Timestamp>> momentChanges_;
    std::set<std::string> forgotten_;  ///< moments; they go with the next batch that has anything else
};

}  // namespace stepd::engine
