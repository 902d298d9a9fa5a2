#include "engine/lanes.h"

namespace stepd::engine::lanes {

std::string name(std::string_view family, std::string_view key) {
    std::string lane(family);
    if (!key.empty()) lane.append("[").append(key).append("]");
    return lane;
}

std::string_view familyOf(std::string_view lane) {
    return lane.substr(0, lane.find('['));
}

std::string_view keyOf(std::string_view lane) {
    const std::size_t open = lane.find('[');
    return open == std::string_view::npos ? std::string_view() : lane.substr(open + 1, lane.size() - open - 2);
}

}  // namespace stepd::engine::lanes
