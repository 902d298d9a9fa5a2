#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ticket.h"

namespace stepd::engine {

class Lane;

/// Waiting tickets that want the same. What blocks one of them blocks all, so they stand in one place and move as one;
/// never empty.
struct Queue {
    const Demand* demand = nullptr;
    std::vector<Lane*> path;  ///< all that they have to pass, in the order in which it is tried
    std::set<Ticket> tickets;
    Lane* at = nullptr;  ///< where they stand

    const Ticket& head() const { return *tickets.begin(); }
};

/// Those who wait at one lane, in groups that take turns: queues in memory, and tickets in the store, of which only
/// the number is known and a rank that none of them is better than. Every call is logarithmic.
class Line {
public:
    // ---- in memory; a queue's head must not change between join and part

    /// The queue has to pass here, wherever it stands.
    void join(Queue& queue);
    void part(Queue& queue);
    /// It stands here.
    void enter(Queue& queue);
    void leave(Queue& queue);
    bool nobodyStands() const { return inTurn_.empty(); }
    /// The best queue of the group whose turn it is; null if nobody stands here.
    Queue* head() const;
    /// Somebody of the group has passed: the others are next.
    void served(const std::string& group) { last_ = group; }
    /// Whether a better one of the ticket's group stands here.
    bool betterStands(const std::string& group, const Ticket& ticket) const;
    /// Whether somebody of another group stands here.
    bool othersStand(const std::string& group) const;
    /// Of the group's tickets that stand here, so many are better.
    std::size_t countBefore(const std::string& group, const Ticket& ticket) const;

    // ---- in the store
    void park(const std::string& group, std::int64_t rank, std::size_t count = 1);
    /// False if nobody of the group is parked.
    bool unpark(const std::string& group, std::int64_t rank);
    /// The group whose turn it is to be loaded: some of it are in the store, and nobody in memory is known to be
    /// better. It is not named again before `loaded`.
    std::optional<std::string> nameParked();
    /// A page of the group, the best first, was unparked; `count` 0: the store has none. So many turn out not to be
    /// there.
    std::size_t loaded(const std::string& group, std::size_t count);
    std::size_t loading() const { return loading_; }
    bool somebodyWanted() const { return !inTurn_.empty() || !toLoad_.empty(); }

    bool idle() const { return groups_.empty(); }

private:
    using Queues = std::map<Ticket, Queue*>;
    struct Group {
        Queues standing;
        Queues joined;
        std::size_t parked = 0;
        std::int64_t parkedFrom = INT64_MAX;  ///< none of them has a smaller rank
        bool loading = false;
        // since it was named
        std::size_t parkedSince = 0;
        std::int64_t parkedSinceFrom = INT64_MAX;
        std::int64_t loadedUpTo = INT64_MIN;
    };
    using Groups = std::map<std::string, Group>;

    Groups::iterator groupOf(const std::string& name) { return groups_.try_emplace(name).first; }
    /// Brings the sets below in order after a change of the group.
    void settle(Groups::iterator group);

    Groups groups_;
    std::set<std::string> inTurn_;  ///< groups of which somebody stands here
    std::set<std::string> toLoad_;  ///< groups that may be named
    std::string last_;              ///< group that passed last
    std::string lastNamed_;
    std::size_t loading_ = 0;
};

}  // namespace stepd::engine
