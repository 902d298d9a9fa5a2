#include "engine/stretches.h"

#include <algorithm>

namespace stepd::engine {
namespace {

constexpr std::size_t kMost = 1'000;

}  // namespace

std::optional<Stretches::Stretch> Stretches::due(Timestamp now) const {
    const auto found =
        std::find_if(all_.begin(), all_.end(), [&](const Stretch& stretch) { return stretch.look <= now; });
    return found == all_.end() ? std::nullopt : std::optional(*found);
}

Timestamp Stretches::next() const {
    return std::min_element(all_.begin(), all_.end(),
                            [](const Stretch& a, const Stretch& b) { return a.look < b.look; })
        ->look;
}

void Stretches::looked(const Stretch& at, const store::Pruned& found, Timestamp later) {
    auto place =
        std::find_if(all_.begin(), all_.end(), [&](const Stretch& stretch) { return stretch.first == at.first; });
    place = all_.erase(place);
    std::optional<Timestamp> rest = found.rest;
    if (at.last == std::numeric_limits<std::int64_t>::max() && !rest) rest = later;
    if (rest) place = all_.insert(place, {found.reached + 1, at.last, *rest});
    if (found.stays) all_.insert(place, {at.first, found.reached, *found.stays});
    if (all_.size() > kMost) joinNeighbours();
}

void Stretches::joinNeighbours() {
    std::vector<Stretch> joined;
    for (std::size_t i = 0; i + 1 < all_.size(); i += 2)
        joined.push_back({all_[i].first, all_[i + 1].last, std::min(all_[i].look, all_[i + 1].look)});
    if (all_.size() % 2 == 1) joined.push_back(all_.back());
    all_ = std::move(joined);
}

}  // namespace stepd::engine
