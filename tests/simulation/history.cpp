#include "simulation/history.h"

#include <algorithm>

namespace stepd::test {
namespace {

std::string textAt(const std::string& data, const std::string& name, char end) {
    const std::size_t at = data.find("\"" + name + "\":");
    if (at == std::string::npos) return {};
    const std::size_t from = at + name.size() + 3;
    return data.substr(from, data.find(end, from) - from);
}

}  // namespace

std::string keyOf(const Event& event) {
    return textAt(event.data, "key", ',');
}

std::size_t itemsIn(const Event& event) {
    const std::string list = textAt(event.data, "items", ']');
    return list.size() < 2 ? 0 : static_cast<std::size_t>(std::count(list.begin(), list.end(), ',')) + 1;
}

bool History::admitted(const Event& event, const std::string& pipeline) {
    if (event.name.starts_with("signal.")) signals_.push_back({event, batch_});
    if (event.name != "stepd.cron" || pipeline.empty()) return true;
    return ++ticks_[pipeline + " " + textAt(event.data, "scheduled_at", ',')] == 1;
}

const Event* History::missed(const pipeline::EventMatch& match, const std::string& key, EventId after,
                             Timestamp until) const {
    const pipeline::EventTrigger name{.pattern = match.event, .condition = {}};
    for (const Heard& one : signals_) {
        const bool meant = name.matches(one.event.name) && (!match.condition || keyOf(one.event) == key);
        if (meant && one.batch < batch_ && one.event.id > after && one.event.receivedAt < until) return &one.event;
    }
    return nullptr;
}

}  // namespace stepd::test
