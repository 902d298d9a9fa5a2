#include "engine/bindings.h"

#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "json/json_text.h"

namespace stepd::engine {
namespace {

using cel::Value;

Value text(std::string_view utf8) {
    return Value::string(std::string(utf8));
}
cel::MapEntry entry(std::string_view key, Value value) {
    return {text(key), std::move(value)};
}
Value parsedOrNull(const std::string& json) {
    return json.empty() ? Value::null() : cel::fromJson(json);
}

Value errorValue(const StepError& error) {
    return Value::map({entry("class", text(toString(error.outcome))), entry("code", text(error.code)),
                       entry("message", text(error.message)), entry("details", parsedOrNull(error.details))});
}

Value eventValue(const Event& event) {
    return Value::map({entry("name", text(event.name)), entry("data", parsedOrNull(event.data)),
                       entry("id", text(event.visibleId())), entry("ts", Value::timestamp(event.ts)),
                       entry("user", parsedOrNull(event.user))});
}

/// The bytes below `document`; `fields` without the first `skip`.
std::optional<std::string_view> bytesBelow(std::string_view document, const cel::Reference& path, std::size_t skip) {
    return json::rawAt(document, std::span(path.fields).subspan(skip));
}

}  // namespace

std::optional<Value> EventScope::find(std::string_view name) const {
    try {
        return valueOf(name);
    } catch (
        const Error&) {  // a document that CEL cannot hold, though its bytes may pass through: the expression fails
        return std::nullopt;
    }
}

std::optional<Value> EventScope::valueOf(std::string_view name) const {
    if (name == "vars") return vars_;
    if (name != "event") return std::nullopt;
    if (!event_.parsed) event_.parsed = eventValue(event_.event);
    return event_.parsed;
}

std::optional<std::string_view> EventScope::bytesAt(const cel::Reference& path) const {
    if (path.root == "vars") return bytesBelow(pipeline_.vars, path, 0);
    if (path.root != "event" || path.fields.empty()) return std::nullopt;
    if (path.fields[0] == "data") return bytesBelow(event_.event.data, path, 1);
    if (path.fields[0] == "user" && !event_.event.user.empty()) return bytesBelow(event_.event.user, path, 1);
    return std::nullopt;
}

std::optional<Value> RunScope::valueOf(std::string_view name) const {
    if (name == "steps") return stepsValue();
    if (name == "run") return runValue();
    if (name == "secrets") return secretsValue();
    return EventScope::valueOf(name);
}

std::optional<std::string_view> RunScope::bytesAt(const cel::Reference& path) const {
    if (path.root != "steps") return EventScope::bytesAt(path);
    if (path.fields.size() < 2 || path.fields[1] != "output") return std::nullopt;
    for (const ActiveStep& step : run_.steps)
        if (step.record.name == path.fields[0])
            return step.record.state == StepState::Completed ? bytesBelow(step.record.output, path, 2) : std::nullopt;
    return std::nullopt;
}

Value RunScope::stepsValue() const {
    if (run_.stepsValue) return *run_.stepsValue;
    std::vector<cel::MapEntry> steps;
    steps.reserve(run_.steps.size());
    for (const ActiveStep& step : run_.steps) {
        const bool completed = step.record.state == StepState::Completed;
        if (completed && !step.parsed) step.parsed = parsedOrNull(step.record.output);
        steps.push_back(
            entry(step.record.name,
                  Value::map({entry("output", completed ? *step.parsed : Value::null()),
                              entry("ok", Value::boolean(completed)), entry("state", text(toString(step.record.state))),
                              entry("error", step.record.error ? errorValue(*step.record.error) : Value::null())})));
    }
    run_.stepsValue = Value::map(std::move(steps));
    return *run_.stepsValue;
}

Value RunScope::runValue() const {
    if (run_.runValue) return *run_.runValue;
    const Run& run = run_.record;
    run_.runValue = Value::map({entry("id", text(publicId(run.id, run.createdAt))), entry("attempt", Value::integer(1)),
                                entry("started_at", Value::timestamp(run.startedAt.value_or(run.createdAt)))});
    return *run_.runValue;
}

Value RunScope::secretsValue() const {
    std::vector<cel::MapEntry> secrets;
    secrets.reserve(pipeline_.secrets.size());
    for (const std::string& name : pipeline_.secrets)
        secrets.push_back(entry(name, text("${" + std::string(secretMark_) + ":" + name + "}")));
    return Value::map(std::move(secrets));
}

std::optional<Value> ErrorScope::find(std::string_view name) const {
    if (name != "error") return std::nullopt;
    return errorValue(error_);
}

}  // namespace stepd::engine
