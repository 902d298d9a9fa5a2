#include "engine/line.h"

#include <algorithm>

namespace stepd::engine {
namespace {

/// The one behind `last`, and the first again after the end; the set is not empty.
const std::string& behind(const std::set<std::string>& groups, const std::string& last) {
    const auto next = groups.upper_bound(last);
    return next == groups.end() ? *groups.begin() : *next;
}

void setMember(std::set<std::string>& set, const std::string& name, bool member) {
    if (member)
        set.insert(name);
    else
        set.erase(name);
}

}  // namespace

void Line::settle(Groups::iterator group) {
    const Group& g = group->second;
    setMember(inTurn_, group->first, !g.standing.empty());
    const bool storeIsFirst = g.joined.empty() || g.joined.begin()->first.rank > g.parkedFrom;
    setMember(toLoad_, group->first, g.parked > 0 && !g.loading && storeIsFirst);
    if (g.standing.empty() && g.joined.empty() && g.parked == 0 && !g.loading) groups_.erase(group);
}

void Line::join(Queue& queue) {
    const auto group = groupOf(queue.demand->group);
    group->second.joined.emplace(queue.head(), &queue);
    settle(group);
}

void Line::part(Queue& queue) {
    const auto group = groupOf(queue.demand->group);
    group->second.joined.erase(queue.head());
    settle(group);
}

void Line::enter(Queue& queue) {
    const auto group = groupOf(queue.demand->group);
    group->second.standing.emplace(queue.head(), &queue);
    settle(group);
}

void Line::leave(Queue& queue) {
    const auto group = groupOf(queue.demand->group);
    group->second.standing.erase(queue.head());
    settle(group);
}

Queue* Line::head() const {
    if (inTurn_.empty()) return nullptr;
    return groups_.find(behind(inTurn_, last_))->second.standing.begin()->second;
}

bool Line::betterStands(const std::string& group, const Ticket& ticket) const {
    if (!inTurn_.contains(group)) return false;
    return groups_.find(group)->second.standing.begin()->first < ticket;
}

bool Line::othersStand(const std::string& group) const {
    return inTurn_.size() > (inTurn_.contains(group) ? 1U : 0U);
}

std::size_t Line::countBefore(const std::string& group, const Ticket& ticket) const {
    const auto found = groups_.find(group);
    if (found == groups_.end()) return 0;
    std::size_t count = 0;
    for (const auto& [head, queue] : found->second.standing)
        count += static_cast<std::size_t>(std::distance(queue->tickets.begin(), queue->tickets.lower_bound(ticket)));
    return count;
}

void Line::park(const std::string& name, std::int64_t rank, std::size_t count) {
    const auto group = groupOf(name);
    Group& g = group->second;
    g.parked += count;
    g.parkedFrom = std::min(g.parkedFrom, rank);
    g.parkedSince += count;
    g.parkedSinceFrom = std::min(g.parkedSinceFrom, rank);
    settle(group);
}

bool Line::unpark(const std::string& name, std::int64_t rank) {
    const auto group = groups_.find(name);
    if (group == groups_.end() || group->second.parked == 0) return false;
    Group& g = group->second;
    if (--g.parked == 0) g.parkedFrom = INT64_MAX;
    g.loadedUpTo = std::max(g.loadedUpTo, rank);
    settle(group);
    return true;
}

std::optional<std::string> Line::nameParked() {
    if (toLoad_.empty()) return std::nullopt;
    lastNamed_ = behind(toLoad_, lastNamed_);
    const auto group = groups_.find(lastNamed_);
    Group& g = group->second;
    g.loading = true;
    g.parkedSince = 0;
    g.parkedSinceFrom = INT64_MAX;
    g.loadedUpTo = INT64_MIN;
    ++loading_;
    settle(group);
    return lastNamed_;
}

std::size_t Line::loaded(const std::string& name, std::size_t count) {
    const auto group = groups_.find(name);
    if (group == groups_.end() || !group->second.loading) return 0;
    Group& g = group->second;
    g.loading = false;
    --loading_;
    const std::size_t before = g.parked;
    if (count == 0) g.parked = std::min(g.parked, g.parkedSince);
    const std::size_t missing = before - g.parked;
    if (g.parked > 0)
        g.parkedFrom = std::min(g.parkedSinceFrom, std::max(g.parkedFrom, g.loadedUpTo));
    else
        g.parkedFrom = INT64_MAX;
    settle(group);
    return missing;
}

}  // namespace stepd::engine
