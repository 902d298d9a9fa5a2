#include "engine/scheduler.h"

#include <algorithm>
#include <utility>

#include "engine/lanes.h"

namespace stepd::engine {
namespace {

/// Before the first `refresh`.
constexpr Timestamp kNoTime{};

Ticket ownerOf(const Ticket& ticket) {
    return {.rank = 0, .run = ticket.run, .step = ticket.step};
}

}  // namespace

Scheduler::Scheduler(const host::Invoker& invoker) : invoker_(invoker) {}

// ---- lanes

Lane& Scheduler::flowLane(std::string_view name) {
    const auto found = flow_.find(name);
    if (found != flow_.end()) return found->second;
    const auto rule = rules_.find(lanes::familyOf(name));
    return flow_
        .try_emplace(std::string(name), std::string(name), Lane::Kind::Flow,
                     rule == rules_.end() ? LaneRule{} : rule->second)
        .first->second;
}

Lane& Scheduler::pluginLane(std::string_view plugin) {
    const auto found = plugins_.find(plugin);
    if (found != plugins_.end()) return found->second;
    const LaneRule rule{.slots = static_cast<std::uint32_t>(invoker_.slots(plugin))};
    return plugins_.try_emplace(std::string(plugin), std::string(plugin), Lane::Kind::Plugin, rule).first->second;
}

Lane& Scheduler::pauseLane(std::string_view pipeline) {
    const auto found = pauses_.find(pipeline);
    if (found != pauses_.end()) return found->second;
    return pauses_.try_emplace(std::string(pipeline), std::string(pipeline), Lane::Kind::Pause, LaneRule{})
        .first->second;
}

std::vector<Lane*> Scheduler::pathOf(const Demand& demand) {
    std::vector<Lane*> path{&pauseLane(demand.pipeline)};
    for (const std::string& name : demand.lanes) {
        Lane* lane = &flowLane(name);
        if (std::find(path.begin(), path.end(), lane) == path.end()) path.push_back(lane);
    }
    if (!demand.plugin.empty()) path.push_back(&pluginLane(demand.plugin));
    return path;
}

void Scheduler::touch(Lane& lane) {
    if (lane.rule.rate && now_ != kNoTime) lane.believe(*lane.rule.rate, now_);
    std::optional<Timestamp> alarm;
    if (lane.hasSlot() && lane.line.somebodyWanted()) alarm = lane.opensAt(now_);
    if (alarm != lane.alarm) {
        if (lane.alarm) alarms_.erase({*lane.alarm, lane.name()});
        if (alarm) alarms_.emplace(*alarm, lane.name());
        lane.alarm = alarm;
    }
    if (!lane.open(now_)) return;
    if (!lane.line.nobodyStands() && !lane.ready) {
        lane.ready = true;
        ready_.push_back(&lane);
    }
    while (lane.line.loading() < lane.loadsAtOnce(now_)) {
        const auto group = lane.line.nameParked();
        if (!group) break;
        wanted_.push_back(signalOf(lane, *group));
    }
}

void Scheduler::dropIfIdle(Lane& lane) {
    if (lane.idle()) flow_.erase(flow_.find(lane.name()));
}

void Scheduler::setRules(std::map<std::string, LaneRule, std::less<>> rules) {
    rules_ = std::move(rules);
    for (auto& [name, lane] : flow_) {
        const auto rule = rules_.find(lanes::familyOf(name));
        lane.rule = rule == rules_.end() ? LaneRule{} : rule->second;
        touch(lane);
    }
}

void Scheduler::setPaused(std::string_view pipeline, bool paused) {
    Lane& lane = pauseLane(pipeline);
    lane.rule.slots = paused ? std::optional<std::uint32_t>(0) : std::nullopt;
    touch(lane);
}

bool Scheduler::paused(std::string_view pipeline) const {
    const auto lane = pauses_.find(pipeline);
    return lane != pauses_.end() && lane->second.rule.slots.has_value();
}

void Scheduler::refresh(Timestamp now) {
    const Duration back = now_ - now;
    const bool first = now_ == kNoTime;
    now_ = now;
    if (first)
        for (auto& [name, lane] : flow_) touch(lane);
    if (back > Duration::zero()) clockSetBack(back);
    for (auto& [plugin, lane] : plugins_) {
        lane.rule.slots = static_cast<std::uint32_t>(invoker_.slots(plugin));
        touch(lane);
    }
    while (!alarms_.empty() && alarms_.begin()->first <= now_) {
        Lane& lane = flow_.find(alarms_.begin()->second)->second;
        touch(lane);
    }
    expire();
}

void Scheduler::close() {
    closed_ = true;
}

// ---- in line

Lane* Scheduler::blockerOf(const std::vector<Lane*>& path, const Ticket& ticket, const std::string& group,
                           const Lane* tried) const {
    const Ticket owner = ownerOf(ticket);
    for (Lane* lane : path)
        if (lane->kind() != Lane::Kind::Plugin && !lane->hasSlot() && !lane->heldBy(owner)) return lane;
    for (Lane* lane : path)
        if (!lane->inTime(now_)) return lane;
    if (!path.back()->hasSlot() && !path.back()->heldBy(owner)) return path.back();

    // Everything is open. It waits its turn behind others in the lines that are still before it; those behind it let
    // nobody but the better of its own group go first, so a ticket never goes round in circles.
    bool behindTried = tried == nullptr;
    for (Lane* lane : path) {
        if (lane == tried) {
            behindTried = true;
            continue;
        }
        if (lane->line.betterStands(group, ticket)) return lane;
        if (behindTried && lane->line.othersStand(group)) return lane;
    }
    return nullptr;
}

void Scheduler::grant(const Ticket& ticket, const std::vector<Lane*>& path, const std::string& group) {
    const Ticket owner = ownerOf(ticket);
    for (Lane* lane : path) {
        if (lane->kind() == Lane::Kind::Plugin) {
            Lane*& held = holdings_[owner].plugin;
            if (held == nullptr) lane->holdUnnamed();
            held = lane;
        } else if (lane->kind() == Lane::Kind::Flow) {
            if (lane->rule.slots) addSlot(*lane, owner);
            if (lane->rule.rate) {
                lane->pass(*lane->rule.rate, now_);
                momentChanged(*lane);
            }
        }
        lane->line.served(group);
        touch(*lane);
    }
}

bool Scheduler::take(const Ticket& ticket, const Demand& demand) {
    giveUpPlace(ticket);
    const std::vector<Lane*> path = pathOf(demand);
    Lane* blocker = closed_ ? path.front() : blockerOf(path, ticket, demand.group, nullptr);
    if (blocker != nullptr)
        stand(ticket, demand, path, *blocker);
    else
        grant(ticket, path, demand.group);
    for (Lane* lane : path) dropIfIdle(*lane);
    return blocker == nullptr;
}

void Scheduler::stand(const Ticket& ticket, const Demand& demand, const std::vector<Lane*>& path, Lane& at) {
    const auto [found, fresh] = queues_.try_emplace(demand);
    Queue& queue = found->second;
    if (fresh) {
        queue.demand = &found->first;
        queue.path = path;
        queue.at = &at;
    }
    waiting_[ownerOf(ticket)] = {&queue, ticket};
    const bool newHead = fresh || ticket < queue.head();
    if (newHead && !fresh) partAll(queue);
    queue.tickets.insert(ticket);
    if (newHead) joinAll(queue);
    touch(*queue.at);
}

void Scheduler::joinAll(Queue& queue) {
    for (Lane* lane : queue.path) lane->line.join(queue);
    queue.at->line.enter(queue);
}

void Scheduler::partAll(Queue& queue) {
    queue.at->line.leave(queue);
    for (Lane* lane : queue.path) lane->line.part(queue);
}

std::vector<Lane*> Scheduler::leaveLine(const Ticket& ticket) {
    const auto waiting = waiting_.find(ownerOf(ticket));
    if (waiting == waiting_.end()) return {};
    Queue& queue = *waiting->second.queue;
    const Ticket standing = waiting->second.ticket;
    waiting_.erase(waiting);
    if (standing != queue.head()) {
        queue.tickets.erase(standing);
        return {};
    }
    std::vector<Lane*> path = queue.path;
    partAll(queue);
    queue.tickets.erase(standing);
    if (queue.tickets.empty())
        queues_.erase(queues_.find(*queue.demand));
    else
        joinAll(queue);
    for (Lane* lane : path) touch(*lane);
    return path;
}

void Scheduler::giveUpPlace(const Ticket& ticket) {
    for (Lane* lane : leaveLine(ticket)) dropIfIdle(*lane);
}

std::optional<Ticket> Scheduler::takeHead(Lane& lane) {
    while (lane.open(now_)) {
        Queue* const queue = lane.line.head();
        if (queue == nullptr) return std::nullopt;
        const Ticket ticket = queue->head();
        const std::string group = queue->demand->group;
        if (Lane* const blocker = blockerOf(queue->path, ticket, group, &lane)) {
            lane.line.leave(*queue);
            queue->at = blocker;
            blocker->line.enter(*queue);
            touch(*blocker);
            continue;
        }
        const std::vector<Lane*> path = leaveLine(ticket);
        grant(ticket, path, group);
        for (Lane* passed : path)
            if (passed != &lane) dropIfIdle(*passed);
        return ticket;
    }
    return std::nullopt;
}

std::optional<Ticket> Scheduler::next() {
    while (!closed_ && !ready_.empty()) {
        Lane& lane = *ready_.front();
        ready_.pop_front();
        const auto ticket = takeHead(lane);
        lane.ready = false;
        touch(lane);
        dropIfIdle(lane);
        if (ticket) return ticket;
    }
    return std::nullopt;
}

// ---- giving back

void Scheduler::addSlot(Lane& lane, const Ticket& owner) {
    if (!lane.hold(owner)) return;
    holdings_[owner].lanes.push_back(&lane);
    slotChanges_.push_back(store::SlotChange{.lane = lane.name(), .run = owner.run, .step = owner.step});
}

void Scheduler::giveBackSlot(Lane& lane, const Ticket& owner) {
    lane.giveBack(owner);
    slotChanges_.push_back(store::SlotChange{.lane = lane.name(), .run = owner.run, .step = owner.step, .held = false});
    touch(lane);
    dropIfIdle(lane);
}

void Scheduler::giveBackPlugin(Lane& plugin) {
    plugin.giveBackUnnamed();
    touch(plugin);
}

void Scheduler::release(const Ticket& ticket) {
    const auto holding = holdings_.find(ownerOf(ticket));
    Lane* const plugin = holding == holdings_.end() ? nullptr : holding->second.plugin;
    releaseLanes(ticket);
    if (plugin != nullptr) giveBackPlugin(*plugin);
}

void Scheduler::releaseLanes(const Ticket& ticket) {
    giveUpPlace(ticket);
    const auto holding = holdings_.extract(ownerOf(ticket));
    if (holding.empty()) return;
    for (Lane* lane : holding.mapped().lanes) giveBackSlot(*lane, holding.key());
}

void Scheduler::releasePlugin(std::string_view plugin) {
    giveBackPlugin(pluginLane(plugin));
}

void Scheduler::hold(const std::string& lane, const Ticket& owner) {
    addSlot(flowLane(lane), ownerOf(owner));
}

RunId Scheduler::holder(std::string_view lane) const {
    const auto found = flow_.find(lane);
    if (found == flow_.end() || found->second.holders().empty()) return {};
    return found->second.holders().rbegin()->run;
}

void Scheduler::releaseLane(const std::string& lane, const Ticket& ticket) {
    const Ticket owner = ownerOf(ticket);
    const auto found = flow_.find(lane);
    if (found == flow_.end() || !found->second.heldBy(owner)) return;
    const auto holding = holdings_.find(owner);
    std::erase(holding->second.lanes, &found->second);
    if (holding->second.lanes.empty() && holding->second.plugin == nullptr) holdings_.erase(holding);
    giveBackSlot(found->second, owner);
}

void Scheduler::releaseRun(RunId run) {
    const Ticket first{.rank = 0, .run = run, .step = INT32_MIN};
    for (auto at = waiting_.lower_bound(first); at != waiting_.end() && at->first.run == run;) {
        const Ticket owner = (at++)->first;
        giveUpPlace(owner);
    }
    for (auto at = holdings_.lower_bound(first); at != holdings_.end() && at->first.run == run;) {
        const std::vector<Lane*> lanes = std::exchange(at->second.lanes, {});
        for (Lane* lane : lanes) giveBackSlot(*lane, at->first);
        at = at->second.plugin == nullptr ? holdings_.erase(at) : std::next(at);
    }
}

// ---- to be seen

bool Scheduler::stalled() const {
    return std::any_of(plugins_.begin(), plugins_.end(), [](const auto& plugin) {
        return plugin.second.taken() == 0 && !plugin.second.line.nobodyStands();
    });
}

std::optional<Timestamp> Scheduler::opens() const {
    if (alarms_.empty()) return std::nullopt;
    return alarms_.begin()->first;
}

std::optional<PlaceInLine> Scheduler::place(const Ticket& ticket) const {
    const auto waiting = waiting_.find(ownerOf(ticket));
    if (waiting == waiting_.end()) return std::nullopt;
    const Queue& queue = *waiting->second.queue;
    PlaceInLine place = placeAt(*queue.at);
    place.place = queue.at->line.countBefore(queue.demand->group, waiting->second.ticket) + 1;
    return place;
}

PlaceInLine Scheduler::placeAt(const Lane& lane) const {
    PlaceInLine place;
    place.place = 0;
    place.lane = lane.kind() == Lane::Kind::Plugin ? "plugin " + lane.name() : lane.name();
    if (lane.kind() == Lane::Kind::Pause) place.lane = "paused";
    place.slots = lane.rule.slots.value_or(0);
    place.taken = lane.taken();
    for (const Ticket& holder : lane.holders()) {
        if (place.holders.size() == 10) break;
        place.holders.push_back(holder);
    }
    place.opens = lane.opensAt(now_);
    return place;
}

bool Scheduler::holds(const std::string& lane, const Ticket& owner) const {
    const auto found = flow_.find(lane);
    return found != flow_.end() && found->second.heldBy(ownerOf(owner));
}

std::vector<std::pair<std::string, Ticket>> Scheduler::held() const {
    std::vector<std::pair<std::string, Ticket>> all;
    for (const auto& [name, lane] : flow_)
        for (const Ticket& holder : lane.holders()) all.emplace_back(name, holder);
    return all;
}

}  // namespace stepd::engine
