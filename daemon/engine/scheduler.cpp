#include "engine/scheduler.h"

namespace stepd::engine {

bool Scheduler::hasRoom(const std::string& plugin, Lane& lane) {
    if (lane.askedIn != round_) {
        lane.slots = invoker_.slots(plugin);
        lane.askedIn = round_;
    }
    return !closed_ && lane.taken < lane.slots;
}

bool Scheduler::take(const std::string& plugin) {
    Lane& lane = lanes_[plugin];
    if (!lane.ready.empty() || !hasRoom(plugin, lane)) return false;
    ++lane.taken;
    return true;
}

void Scheduler::wait(const std::string& plugin, ReadyStep step) {
    lanes_[plugin].ready.insert(step);
}

void Scheduler::forget(const std::string& plugin, ReadyStep step) {
    if (const auto lane = lanes_.find(plugin); lane != lanes_.end()) lane->second.ready.erase(step);
}

void Scheduler::release(const std::string& plugin) {
    --lanes_.find(plugin)->second.taken;
}

std::optional<ReadyStep> Scheduler::next() {
    for (auto& [plugin, lane] : lanes_) {
        if (lane.ready.empty() || !hasRoom(plugin, lane)) continue;
        ++lane.taken;
        return lane.ready.extract(lane.ready.begin()).value();
    }
    return std::nullopt;
}

bool Scheduler::stalled() const {
    for (const auto& [plugin, lane] : lanes_)
        if (!lane.ready.empty() && lane.taken == 0) return true;
    return false;
}

std::size_t Scheduler::waiting() const {
    std::size_t count = 0;
    for (const auto& [plugin, lane] : lanes_) count += lane.ready.size();
    return count;
}

}  // namespace stepd::engine
