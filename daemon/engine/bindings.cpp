#include "engine/bindings.h"

#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/step_family.h"
#include "json/json_text.h"
#include "json/writer.h"

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

/// As `valueOf` of a scope, for its `find`: a document that CEL cannot hold, though its bytes may pass through, fails
/// the expression alone.
template <typename Source>
std::optional<Value> readable(const Source& source) {
    try {
        return source();
    } catch (const Error&) {
        return std::nullopt;
    }
}

const Value& parsedEvent(const ActiveEvent& event) {
    if (!event.parsed) event.parsed = eventValue(event.event);
    return *event.parsed;
}

/// As eventValue.
void write(const Event& event, json::Writer& out) {
    out.beginObject().key("name").string(event.name).key("data").raw(event.data);
    out.key("id").string(event.visibleId()).key("ts").raw(*cel::toJson(Value::timestamp(event.ts)));
    out.key("user").raw(event.user).endObject();
}

/// The whole event goes to `together`.
std::optional<std::string_view> eventBytes(const Event& event, const cel::Reference& path, std::string& together) {
    if (path.fields.empty()) {
        json::Writer out;
        write(event, out);
        together = out.take();
        return together;
    }
    if (path.fields[0] == "data") return bytesBelow(event.data, path, 1);
    if (path.fields[0] == "user" && !event.user.empty()) return bytesBelow(event.user, path, 1);
    return std::nullopt;
}

Value stepValue(const ActiveStep& step) {
    const bool completed = step.record.state == StepState::Completed;
    if (completed && !step.parsed) step.parsed = parsedOrNull(step.record.output);
    return Value::map({entry("output", completed ? *step.parsed : Value::null()),
                       entry("ok", Value::boolean(completed)), entry("state", text(toString(step.record.state))),
                       entry("error", step.record.error ? errorValue(*step.record.error) : Value::null())});
}

}  // namespace

std::optional<Value> EventScope::find(std::string_view name) const {
    return readable([&] { return valueOf(name); });
}

std::optional<Value> EventScope::valueOf(std::string_view name) const {
    if (name == "vars") return vars_;
    if (name == "event") return parsedEvent(event_);
    return std::nullopt;
}

std::optional<std::string_view> EventScope::bytesAt(const cel::Reference& path) const {
    if (path.root == "vars") return bytesBelow(pipeline_.vars, path, 0);
    return path.root == "event" ? eventBytes(event_.event, path, together_) : std::nullopt;
}

RunScope::RunScope(const Graph& graph, const ActiveRun& run, std::size_t step, std::optional<ItemAhead> ahead)
    : EventScope(*run.event, graph.pipeline(), graph.vars()), graph_(graph), run_(run), step_(step), ahead_(ahead) {}

std::optional<Value> RunScope::valueOf(std::string_view name) const {
    if (name == "steps") return stepsValue();
    if (name == "run") return runValue();
    if (name == "secrets") return secretsValue();
    if (name == "events" && pipeline_.batch) return eventsValue();
    if (name == "error" && closing()) return failureValue();
    if (auto value = EventScope::valueOf(name)) return value;
    if (ahead_ && ahead_->as == name) return ahead_->value;
    const std::size_t item = itemNamed(name);
    if (item == kNoStep) return std::nullopt;
    const ActiveStep& record = run_.steps[item];
    if (!record.asItem) record.asItem = cel::fromJson(itemBytes(run_, item));
    return record.asItem;
}

std::optional<std::string_view> RunScope::bytesAt(const cel::Reference& path) const {
    if (path.root == "steps") {
        if (path.fields.size() < 2 || path.fields[1] != "output") return std::nullopt;
        const std::size_t place = graph_.named(run_, step_, path.fields[0]);
        if (place == kNoStep) return std::nullopt;
        const StepRecord& record = run_.steps[place].record;
        return record.state == StepState::Completed ? bytesBelow(record.output, path, 2) : std::nullopt;
    }
    if (path.root == "event" || path.root == "vars") return EventScope::bytesAt(path);
    if (path.root == "events" && pipeline_.batch && path.fields.empty()) return eventsBytes();
    const std::size_t item = itemNamed(path.root);
    return item == kNoStep ? std::nullopt : bytesBelow(itemBytes(run_, item), path, 0);
}

std::size_t RunScope::itemNamed(std::string_view name) const {
    for (std::size_t place = step_; place != kNoStep; place = run_.steps[place].parent)
        if (graph_.isItem(run_, place) && graph_.of(run_.steps[place]).step->foreach->as == name) return place;
    return kNoStep;
}

bool RunScope::closing() const {
    return step_ != kNoStep && graph_.of(run_.steps[step_]).step->phase != pipeline::Phase::Main;
}

Value RunScope::eventsValue() const {
    std::vector<Value> events = {parsedEvent(*run_.event)};
    events.reserve(1 + run_.more.size());
    for (const auto& event : run_.more) events.push_back(parsedEvent(*event));
    return Value::list(std::move(events));
}

std::string_view RunScope::eventsBytes() const {
    json::Writer list;
    list.beginArray();
    write(run_.event->event, list);
    for (const auto& event : run_.more) write(event->event, list);
    together_ = list.endArray().take();
    return together_;
}

Value RunScope::stepsValue() const {
    if (!run_.stepsValue) {
        std::vector<cel::MapEntry> steps;
        for (const auto phase : {pipeline::Phase::Main, pipeline::Phase::OnFailure, pipeline::Phase::Finally})
            for (const std::size_t plan : graph_.top(phase))
                if (const std::size_t place = graph_.place(run_, kNoStep, plan); place != kNoStep)
                    steps.push_back(entry(graph_[plan].step->id, stepValue(run_.steps[place])));
        run_.stepsValue = Value::map(std::move(steps));
    }
    std::vector<cel::MapEntry> near;
    for (std::size_t place = step_; place != kNoStep; place = run_.steps[place].parent) {
        const std::size_t parent = run_.steps[place].parent;
        if (parent == kNoStep || graph_.isItem(run_, place)) continue;
        for (const std::uint32_t sibling : graph_.family(run_, parent).children)
            near.push_back(entry(graph_.of(run_.steps[sibling]).step->id, stepValue(run_.steps[sibling])));
    }
    if (near.empty()) return *run_.stepsValue;
    near.insert(near.end(), run_.stepsValue->entries()->begin(), run_.stepsValue->entries()->end());
    return Value::map(std::move(near));
}

Value RunScope::runValue() const {
    if (run_.runValue) return *run_.runValue;
    const Run& run = run_.record;
    run_.runValue =
        Value::map({entry("id", text(publicId(run.id, run.createdAt))), entry("attempt", Value::integer(run.attempt)),
                    entry("started_at", Value::timestamp(run.startedAt.value_or(run.createdAt)))});
    return *run_.runValue;
}

Value RunScope::secretsValue() const {
    std::vector<cel::MapEntry> secrets;
    secrets.reserve(pipeline_.secrets.size());
    for (const std::string& name : pipeline_.secrets)
        secrets.push_back(entry(name, text("${" + std::string(graph_.secretMark()) + ":" + name + "}")));
    return Value::map(std::move(secrets));
}

Value RunScope::failureValue() const {
    // A run that is cancelled may have a reason too: a time limit, an event.
    return parsedOrNull(run_.record.error);
}

std::optional<Value> AsyncScope::find(std::string_view name) const {
    if (name != "async") return base_.find(name);
    return readable([&] { return std::optional(parsedEvent(later_)); });
}

std::optional<std::string_view> AsyncScope::bytesAt(const cel::Reference& path) const {
    return path.root == "async" ? eventBytes(later_.event, path, together_) : base_.bytesAt(path);
}

std::optional<Value> ErrorScope::find(std::string_view name) const {
    if (name != "error") return std::nullopt;
    return errorValue(error_);
}

}  // namespace stepd::engine
