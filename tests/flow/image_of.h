#pragma once

#include <map>
#include <set>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "store/store.h"

namespace stepd {

/// What a store would have after the changes of slots, moments and waits; throws where a store's guard would not hold.
class ImageOf {
public:
    void apply(const std::vector<store::Change>& changes) {
        for (const store::Change& change : changes) {
            if (const auto* slot = std::get_if<store::SlotChange>(&change)) apply(*slot);
            if (const auto* moment = std::get_if<store::MomentChange>(&change)) apply(*moment);
        }
    }
    void parked(const store::Wait& wait) { ++waiting_[wait.family]; }
    void unparked(const store::Wait& wait) { --waiting_[wait.family]; }

    store::Image image() const {
        store::Image image;
        for (const auto& [lane, run, step] : slots_)
            image.slots.push_back({.lane = lane, .run = RunId{run}, .step = step});
        image.moments.assign(moments_.begin(), moments_.end());
        for (const auto& [family, count] : waiting_)
            if (count > 0) image.waiting.emplace_back(family, count);
        return image;
    }

private:
    void apply(const store::SlotChange& slot) {
        const auto key = std::make_tuple(slot.lane, slot.run.value, slot.step);
        const bool changed = slot.held ? slots_.insert(key).second : slots_.erase(key) != 0;
        if (!changed) throw std::logic_error("slot of " + slot.lane + " taken or given back twice");
    }
    void apply(const store::MomentChange& moment) {
        if (moment.at)
            moments_[moment.name] = *moment.at;
        else
            moments_.erase(moment.name);
    }

    std::set<std::tuple<std::string, std::int64_t, std::int32_t>> slots_;
    std::map<std::string, Timestamp> moments_;
    std::map<std::string, std::size_t> waiting_;
};

}  // namespace stepd
