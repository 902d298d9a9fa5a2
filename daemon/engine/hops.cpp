#include "engine/hops.h"

#include <charconv>

namespace stepd::engine {

std::string nextHop(const Event& cause, Timestamp now) {
    const std::string_view id = cause.requestId;
    const std::size_t mark = id.find('~');
    int hops = 0;
    if (mark != std::string_view::npos && now - cause.receivedAt < kHopTime)
        std::from_chars(id.data() + mark + 1, id.data() + id.size(), hops);
    if (hops >= kMostHops) return {};
    return std::string(id.substr(0, mark)) + '~' + std::to_string(hops + 1);
}

}  // namespace stepd::engine
