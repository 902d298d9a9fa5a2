#include "engine/signals.h"

#include "engine/bindings.h"
#include "engine/event_matches.h"

namespace stepd::engine::signals {
namespace {

constexpr std::string_view kEvent = "event:";

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> fields;
    for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
        fields.emplace_back(path.substr(0, dot));
        path.remove_prefix(dot + 1);
    }
    fields.emplace_back(path);
    return fields;
}

}  // namespace

std::string forEvent(std::string_view name, std::string_view correlation) {
    return std::string(kEvent).append(name).append(correlation);
}

std::string_view familyOf(std::string_view signal) {
    return signal.substr(0, signal.find('='));
}

std::string_view nameOf(std::string_view family) {
    family.remove_prefix(kEvent.size());
    return family.substr(0, family.find('?'));
}

std::string_view pathOf(std::string_view family) {
    const std::size_t mark = family.find('?');
    return mark == std::string_view::npos ? std::string_view() : family.substr(mark + 1);
}

std::optional<std::string> raisedBy(const ActiveEvent& event, std::string_view family) {
    const std::string_view path = pathOf(family);
    if (path.empty()) return std::string(family);
    const auto known = correlationOf(event, split(path));
    return known ? std::optional(forEvent(nameOf(family), *known)) : std::nullopt;
}

std::vector<std::string> ofCancelOn(const pipeline::Pipeline& pipeline, const ActiveEvent& event) {
    std::vector<std::string> found;
    if (pipeline.cancelOn.empty()) return found;
    const cel::Value vars = cel::fromJson(pipeline.vars);
    for (const pipeline::EventMatch& entry : pipeline.cancelOn) {
        std::optional<std::string> known;
        if (entry.correlation) {
            const auto value = entry.correlation->value.evaluate(EventScope(event, pipeline, vars));
            if (value) known = correlationText(entry.correlation->path, *value);
        }
        found.push_back(forEvent(entry.event, known.value_or("")));
    }
    return found;
}

}  // namespace stepd::engine::signals
