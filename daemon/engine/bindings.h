#pragma once

#include <string>
#include <string_view>

#include "engine/active_run.h"
#include "pipeline/pipeline.h"
#include "pipeline/template.h"

namespace stepd::engine {

/// The names that the expressions of a trigger or of an idempotency key see: `event` {name, data, id, ts, user} and
/// `vars`. Documents are parsed when an expression first needs them, once; `bytesAt` gives them as received (hardening
/// R14). Borrows all it is given. Engine thread only.
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
};

/// The names that the expressions of a run see: those of its event, and `steps.ID` {output, ok, state, error}, `run`
/// {id, attempt, started_at} and `secrets`. A step that did not complete has a null output and is not ok; `error` is
/// null or {class, code, message, details}. `secrets.NAME` is the text `${MARK:NAME}`, which the host replaces right
/// before the call: no secret ever enters the engine or the store. The mark comes from EngineOptions::secretMark.
class RunScope final : public EventScope {
public:
    RunScope(const ActiveRun& run, const pipeline::Pipeline& pipeline, const cel::Value& vars,
             std::string_view secretMark)
        : EventScope(*run.event, pipeline, vars), run_(run), secretMark_(secretMark) {}

    std::optional<std::string_view> bytesAt(const cel::Reference& path) const override;

private:
    std::optional<cel::Value> valueOf(std::string_view name) const override;
    cel::Value stepsValue() const;
    cel::Value runValue() const;
    cel::Value secretsValue() const;

    const ActiveRun& run_;
    std::string_view secretMark_;
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
