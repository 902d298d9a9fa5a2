#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/active_run.h"
#include "engine/graph.h"
#include "pipeline/pipeline.h"
#include "pipeline/template.h"

namespace stepd::engine {

/// The names that the expressions of a trigger or of an idempotency key see: `event` {name, data, id, ts, user} and
/// `vars`. Documents are parsed when an expression first needs them, once; `bytesAt` gives them as received (hardening
/// R14); a whole event is put together from such bytes, and those hold until the next call. Borrows all it is given.
/// Engine thread only.
class EventScope : public pipeline::Scope {
public:
    /// `vars` is the parsed `Pipeline::vars`.
    EventScope(const ActiveEvent& event, const pipeline::Pipeline& pipeline, const cel::Value& vars)
        : event_(event), pipeline_(pipeline), vars_(vars) {}

    std::optional<cel::Value> find(std::string_view name) const final;
    std::optional<std::string_view> bytesAt(const cel::Reference& path) const override;

protected:
    /// As `find`; throws Error where a document cannot be parsed.
    virtual std::optional<cel::Value> valueOf(std::string_view name) const;

    const ActiveEvent& event_;
    const pipeline::Pipeline& pipeline_;
    const cel::Value& vars_;
    mutable std::string together_;
};

/// An item of a foreach before it has a record: its key is being worked out.
struct ItemAhead {
    std::string_view as;
    const cel::Value& value;
};

/// The names that the expressions of a step of a run see: those of its event, `events` in a pipeline with `batch`,
/// `steps.ID` {output, ok, state, error}, `run` {id, attempt, started_at}, `secrets`, inside a foreach the item under
/// its name, and in `on_failure` and `finally` `error` {step, class, code, message}, null unless there is a reason. A
/// step that did not complete has a null output and is not ok; its `error` is null or {class, code, message, details}.
/// Inside a group `steps` has the steps of the same item as well. `secrets.NAME` is the text `${MARK:NAME}`, which the
/// host replaces right before the call: no secret ever enters the engine or the store. The mark comes from
/// EngineOptions::secretMark.
class RunScope final : public EventScope {
public:
    /// `step` is the place of a record in `run`; kNoStep: the run as a whole.
    RunScope(const Graph& graph, const ActiveRun& run, std::size_t step, std::optional<ItemAhead> ahead = {});

    std::optional<std::string_view> bytesAt(const cel::Reference& path) const override;

private:
    std::optional<cel::Value> valueOf(std::string_view name) const override;
    cel::Value eventsValue() const;
    std::string_view eventsBytes() const;
    cel::Value stepsValue() const;
    cel::Value runValue() const;
    cel::Value secretsValue() const;
    cel::Value failureValue() const;
    /// The place of the item that the name stands for, or kNoStep.
    std::size_t itemNamed(std::string_view name) const;
    bool closing() const;

    const Graph& graph_;
    const ActiveRun& run_;
    const std::size_t step_;
    const std::optional<ItemAhead> ahead_;
};

/// The names of `base`, and `async`: the later event that a condition is asked about.
class AsyncScope final : public pipeline::Scope {
public:
    AsyncScope(const pipeline::Scope& base, const ActiveEvent& later) : base_(base), later_(later) {}

    std::optional<cel::Value> find(std::string_view name) const override;
    std::optional<std::string_view> bytesAt(const cel::Reference& path) const override;

private:
    const pipeline::Scope& base_;
    const ActiveEvent& later_;
    mutable std::string together_;
};

/// The root `error` of `retry.when`.
class ErrorScope final : public cel::Activation {
public:
    explicit ErrorScope(const StepError& error) : error_(error) {}
    std::optional<cel::Value> find(std::string_view name) const override;

private:
    const StepError& error_;
};

}  // namespace stepd::engine
