#include "api/views.h"

#include "api/progress_board.h"
#include "base/units.h"

namespace stepd::api {
namespace {

void writeTime(json::Writer& out, std::string_view name, const std::optional<Timestamp>& time) {
    out.field(name, time ? toRfc3339(*time) : std::string());
}

void writeError(json::Writer& out, const std::optional<StepError>& error) {
    out.key("error");
    if (!error) {
        out.null();
        return;
    }
    out.beginObject();
    out.field("class", toString(error->outcome)).field("code", error->code).field("message", error->message);
    out.key("details").raw(error->details);
    out.endObject();
}

void writeAttempt(json::Writer& out, const AttemptRecord& attempt) {
    out.beginObject();
    out.key("number").number(attempt.number);
    writeTime(out, "started_at", attempt.startedAt);
    writeTime(out, "finished_at", attempt.finishedAt);
    out.field("outcome", attempt.outcome ? toString(*attempt.outcome) : std::string_view());
    out.field("code", attempt.code).field("message", attempt.message);
    out.endObject();
}

void writeProgress(json::Writer& out, const std::optional<ProgressBoard::Progress>& progress) {
    out.key("progress");
    if (!progress) {
        out.null();
        return;
    }
    out.beginObject().key("fraction");
    if (progress->fraction < 0)
        out.null();
    else
        out.raw(std::to_string(progress->fraction));
    out.field("message", progress->message).endObject();
}

void writeStep(json::Writer& out, RunId run, const StepRecord& step, const std::vector<AttemptRecord>& attempts,
               const ProgressBoard& progress) {
    out.beginObject();
    out.field("id", step.name).field("kind", step.kind).field("state", toString(step.state));
    out.key("attempts").number(step.attempts);
    writeTime(out, "started_at", step.startedAt);
    writeTime(out, "finished_at", step.finishedAt);
    writeTime(out, "wake_at", step.wakeAt);
    out.key("output").raw(step.output);
    writeError(out, step.error);
    writeProgress(out, step.state == StepState::Running ? progress.find(run, step.name) : std::nullopt);
    out.key("history").beginArray();
    for (const auto& attempt : attempts)
        if (attempt.step == step.number) writeAttempt(out, attempt);
    out.endArray().endObject();
}

void runFields(json::Writer& out, const Run& run) {
    out.field("id", publicId(run.id, run.createdAt))
        .field("pipeline", run.pipeline)
        .field("state", toString(run.state));
    writeTime(out, "created_at", run.createdAt);
    writeTime(out, "started_at", run.startedAt);
    writeTime(out, "finished_at", run.finishedAt);
    out.key("output").raw(run.output);
    out.key("error").raw(run.error);
}

}  // namespace

void writeRun(json::Writer& out, const Run& run) {
    out.beginObject();
    runFields(out, run);
    out.endObject();
}

void writeEvent(json::Writer& out, const Event& event) {
    out.beginObject();
    out.field("id", publicId(event.id, event.receivedAt)).field("name", event.name);
    out.field("external_id", event.externalId);
    writeTime(out, "ts", event.ts);
    writeTime(out, "received_at", event.receivedAt);
    out.field("request_id", event.requestId);
    out.key("data").raw(event.data);
    out.endObject();
}

std::string runDetails(const Run& run, const std::optional<Event>& event, const std::vector<StepRecord>& steps,
                       const std::vector<AttemptRecord>& attempts, const ProgressBoard& progress) {
    json::Writer out;
    out.beginObject();
    runFields(out, run);
    if (event) {
        out.field("event_id", publicId(event->id, event->receivedAt)).field("event", event->name);
        out.field("request_id", event->requestId);
    }
    out.key("steps").beginArray();
    for (const auto& step : steps) writeStep(out, run.id, step, attempts, progress);
    out.endArray().endObject();
    return out.take();
}

void writePipeline(json::Writer& out, const pipeline::Pipeline& pipeline) {
    out.beginObject();
    out.field("id", pipeline.id).field("name", pipeline.name).field("revision", pipeline.hash);
    out.key("events").beginArray();
    for (const auto& trigger : pipeline.triggers) out.string(trigger.pattern);
    out.endArray().key("routes").beginArray();
    for (const auto& route : pipeline.routes) out.string(route.method + " " + route.path);
    out.endArray().key("steps").beginArray();
    for (const auto& step : pipeline.steps) {
        out.beginObject();
        out.field("id", step.id).field("plugin", step.plugin).field("timeout", toText(step.timeout));
        out.key("attempts").number(step.retry.policy.attempts);
        out.field("if", step.condition ? step.condition->source() : std::string());
        out.key("continue_on_error").boolean(step.continueOnError);
        out.key("needs").beginArray();
        for (const auto need : step.needs) out.string(pipeline.steps[need].id);
        out.endArray().endObject();
    }
    out.endArray().endObject();
}

void writePlugin(json::Writer& out, const PluginView& plugin) {
    out.beginObject();
    out.field("name", plugin.name).field("state", plugin.state).field("problem", plugin.problem);
    out.field("version", plugin.version).field("summary", plugin.summary).field("library", plugin.library);
    out.key("steps").beginArray();
    for (const auto& step : plugin.steps) out.string(step);
    out.endArray();
    out.key("workers").number(plugin.workers).key("slots").number(plugin.slots).key("restarts").number(plugin.restarts);
    out.key("health").beginObject().field("status", plugin.health.status).key("details").raw(plugin.health.details);
    out.endObject().endObject();
}

}  // namespace stepd::api
