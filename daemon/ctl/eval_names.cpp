#include "ctl/eval_names.h"

#include "ctl/run_picture.h"

namespace stepd::ctl {
namespace {

using cel::MapEntry;
using cel::Value;

MapEntry entry(const char* key, Value value) {
    return {Value::string(key), std::move(value)};
}

Value valueAt(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() ? Value::null() : cel::fromJson(found->dump());
}

Value textAt(const Json& object, const char* key) {
    return Value::string(textOf(object, key));
}

Timestamp timeAt(const Json& object, const char* key, Timestamp otherwise) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return otherwise;
    if (found->is_number_integer()) return Timestamp(std::chrono::milliseconds(found->get<std::int64_t>()));
    const auto time = found->is_string() ? parseRfc3339(found->get<std::string>()) : std::nullopt;
    if (!time) throw Refused(std::string(key) + " must be milliseconds since 1970 or RFC 3339 text");
    return *time;
}

Value eventValue(const Json& event, Value id, Timestamp now) {
    return Value::map({entry("name", textAt(event, "name")), entry("data", valueAt(event, "data")),
                       entry("id", std::move(id)), entry("ts", Value::timestamp(timeAt(event, "ts", now))),
                       entry("user", valueAt(event, "user"))});
}

/// A step that did not complete has a null output.
Value stepValue(const Json& step) {
    const bool completed = textOf(step, "state") == "completed";
    return Value::map({entry("output", completed ? valueAt(step, "output") : Value::null()),
                       entry("ok", Value::boolean(completed)), entry("state", textAt(step, "state")),
                       entry("error", valueAt(step, "error"))});
}

Value runValue(const Json& run) {
    const auto created = timeAt(run, "created_at", {});
    return Value::map({entry("id", textAt(run, "id")), entry("attempt", Value::integer(run.value("attempt", 1))),
                       entry("started_at", Value::timestamp(timeAt(run, "started_at", created)))});
}

}  // namespace

EvalNames namesOfEvent(const Json& event, Timestamp now) {
    if (!event.is_object() || !event.contains("name") || !event["name"].is_string())
        throw Refused("an event is a JSON object {\"name\": text, \"data\": object, ...}");
    if (event.contains("id") && !event["id"].is_string()) throw Refused("the event's id must be text");
    return {{"event", eventValue(event, textAt(event, "id"), now)}};
}

EvalNames namesOfRun(const Json& run, const Json& event) {
    std::vector<MapEntry> steps;
    for (const auto& step : run.at("steps")) steps.emplace_back(textAt(step, "id"), stepValue(step));
    EvalNames names{{"run", runValue(run)}, {"steps", Value::map(std::move(steps))}};
    if (event.is_null()) return names;
    // What the sender calls it is the event's id for expressions.
    const char* id = textOf(event, "external_id").empty() ? "id" : "external_id";
    names.emplace("event", eventValue(event, textAt(event, id), timeAt(event, "received_at", {})));
    return names;
}

}  // namespace stepd::ctl
