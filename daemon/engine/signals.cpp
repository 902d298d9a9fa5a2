#include "engine/signals.h"

#include <cmath>
#include <span>

#include "base/error.h"
#include "engine/bindings.h"
#include "json/json_text.h"

namespace stepd::engine::signals {
namespace {

constexpr std::string_view kEvent = "event:";
constexpr double kExact = 9007199254740992.0;  // 2^53: up to here each whole number is a double of its own

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> fields;
    for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
        fields.emplace_back(path.substr(0, dot));
        path.remove_prefix(dot + 1);
    }
    fields.emplace_back(path);
    return fields;
}

std::optional<std::string> canonical(const cel::Value& value) {
    if (const auto number = value.asDouble()) {
        if (std::trunc(*number) == *number && std::abs(*number) < kExact)
            return std::to_string(static_cast<std::int64_t>(*number));
        return std::nullopt;
    }
    if (value.isString() || value.isInt() || value.isBool() || value.is(cel::Kind::Uint)) return cel::toJson(value);
    return std::nullopt;
}

std::optional<cel::Value> valueAt(const Event& event, std::span<const std::string> path) {
    if (path[0] == "name") return cel::Value::string(event.name);
    if (path[0] == "id") return cel::Value::string(event.visibleId());
    const std::string& document = path[0] == "data" ? event.data : event.user;
    if ((path[0] != "data" && path[0] != "user") || document.empty()) return std::nullopt;
    const auto raw = json::rawAt(document, path.subspan(1));
    if (!raw) return std::nullopt;
    try {
        return cel::fromJson(*raw);
    } catch (const Error&) {  // no value that an expression could hold, so none that it could equal
        return std::nullopt;
    }
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

std::optional<std::string> correlation(const std::vector<std::string>& path, const cel::Value& value) {
    const auto text = canonical(value);
    if (!text || path.empty()) return std::nullopt;
    std::string joined = "?";
    for (const std::string& field : path) joined += (joined.size() > 1 ? "." : "") + field;
    return joined + "=" + *text;
}

std::optional<std::string> raisedBy(const ActiveEvent& event, std::string_view family) {
    const std::string_view path = pathOf(family);
    if (path.empty()) return std::string(family);
    const auto value = valueAt(event.event, split(path));
    const auto text = value ? canonical(*value) : std::nullopt;
    return text ? std::optional(std::string(family) + "=" + *text) : std::nullopt;
}

std::vector<std::string> ofCancelOn(const pipeline::Pipeline& pipeline, const ActiveEvent& event) {
    std::vector<std::string> found;
    if (pipeline.cancelOn.empty()) return found;
    const cel::Value vars = cel::fromJson(pipeline.vars);
    for (const pipeline::EventMatch& entry : pipeline.cancelOn) {
        std::optional<std::string> known;
        if (entry.correlation) {
            const auto value = entry.correlation->value.evaluate(EventScope(event, pipeline, vars));
            if (value) known = correlation(entry.correlation->path, *value);
        }
        found.push_back(forEvent(entry.event, known.value_or("")));
    }
    return found;
}

}  // namespace stepd::engine::signals
