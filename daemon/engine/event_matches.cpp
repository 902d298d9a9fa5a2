#include "engine/event_matches.h"

#include <cmath>
#include <utility>

#include "engine/bindings.h"
#include "engine/step_errors.h"

namespace stepd::engine {
namespace {

using Matched = Result<bool, StepError>;

Matched holds(const pipeline::EventMatch& match, const pipeline::Scope& names, const std::string& where,
              const ActiveEvent& later) {
    if (!pipeline::EventTrigger{.pattern = match.event, .condition = {}}.matches(later.event.name)) return false;
    if (!match.condition) return true;
    const auto value = match.condition->evaluate(AsyncScope(names, later));
    const std::string what = where + ", `" + match.condition->source() + "`,";
    if (!value) return Matched::failure(expressionError(what, value.error().message));
    if (const auto yes = value->asBool()) return *yes;
    return Matched::failure(expressionError(what, std::string("it gives ") + value->typeName() + ", not bool"));
}

/// Numbers are equal in CEL whatever their type: `1`, `1u`, `1.0`.
std::optional<std::string> numberText(const cel::Value& value) {
    const auto real = value.asDouble();
    if (!real) return cel::toJson(value);
    constexpr double kExact = 9007199254740992.0;  // 2^53
    if (std::nearbyint(*real) == *real && std::abs(*real) <= kExact)
        return std::to_string(static_cast<std::int64_t>(*real));
    return cel::toJson(value);
}

}  // namespace

Result<bool, StepError> matchesWait(const Graph& graph, const ActiveRun& run, std::size_t place,
                                    const ActiveEvent& later) {
    const ActiveStep& record = run.steps[place];
    const auto& wait = std::get<pipeline::WaitForEventStep>(graph.of(record).step->builtIn);
    return holds(wait.match, RunScope(graph, run, place), "`with.if` of step " + record.record.name, later);
}

Result<bool, StepError> matchesCancel(const Graph& graph, const ActiveRun& run, std::size_t entry,
                                      const ActiveEvent& later) {
    const EventScope names(*run.event, graph.pipeline(), graph.vars());
    return holds(graph.pipeline().cancelOn[entry], names, "`cancel_on[" + std::to_string(entry) + "].if`", later);
}

std::optional<std::string> correlationText(const std::vector<std::string>& path, const cel::Value& value) {
    std::optional<std::string> text;
    switch (value.kind()) {
        case cel::Kind::String: text = value.asString(); break;
        case cel::Kind::Int:
        case cel::Kind::Uint:
        case cel::Kind::Double: text = numberText(value); break;
        case cel::Kind::Bool:
        case cel::Kind::Null: text = cel::toJson(value); break;
        default: break;
    }
    if (!text) return std::nullopt;
    std::string signal;
    for (const std::string& field : path) signal += (signal.empty() ? "?" : ".") + field;
    return signal + "=" + *text;
}

std::optional<std::string> correlationOf(const ActiveEvent& event, const std::vector<std::string>& path) {
    struct Nothing final : pipeline::Scope {
        std::optional<cel::Value> find(std::string_view) const override { return std::nullopt; }
        std::optional<std::string_view> bytesAt(const cel::Reference&) const override { return std::nullopt; }
    };
    auto value = AsyncScope(Nothing(), event).find("async");
    for (const std::string& field : path) {
        if (!value) return std::nullopt;
        const cel::Value* below = value->find(field);
        if (below == nullptr) return std::nullopt;
        value = cel::Value(*below);
    }
    return value ? correlationText(path, *value) : std::nullopt;
}

}  // namespace stepd::engine
