#include "api/views.h"

#include "api/progress_board.h"
#include "api/step_plugins.h"
#include "json/json_text.h"

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

/// A call has an input, so one that was made has a receipt.
void writeReceipt(json::Writer& out, const Receipt& receipt) {
    out.key("receipt");
    if (receipt == Receipt{}) {
        out.null();
        return;
    }
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(receipt.cpu).count();
    const std::string fraction = std::to_string(1000 + micros % 1000).substr(1);
    out.beginObject();
    out.key("cpu_ms").raw(std::to_string(micros / 1000) + "." + fraction);
    out.key("peak_rss_bytes").number(receipt.peakRss);
    out.key("bytes_in").number(receipt.bytesIn).key("bytes_out").number(receipt.bytesOut);
    out.key("host_calls").number(receipt.hostCalls).endObject();
}

void writeAttempt(json::Writer& out, const AttemptRecord& attempt) {
    out.beginObject();
    out.key("number").number(attempt.number);
    writeTime(out, "started_at", attempt.startedAt);
    writeTime(out, "finished_at", attempt.finishedAt);
    out.field("outcome", attempt.outcome ? toString(*attempt.outcome) : std::string_view());
    out.field("code", attempt.code).field("message", attempt.message);
    out.key("details").raw(attempt.details);
    writeReceipt(out, attempt.receipt);
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

/// What people want to know of a memo: the rest of it is the engine's own.
std::string_view noteOf(const StepRecord& step) {
    for (const std::string_view note : {"cached", "kept", "held"})
        if (step.memo.size() == note.size() + 2 && step.memo.substr(1, note.size()) == note) return note;
    return {};
}

void writePlugin(json::Writer& out, const RunView& view, const StepRecord& step) {
    const bool works = step.kind == "plugin" && view.pipeline;
    const std::string plugin = works ? pluginOf(*view.pipeline, step.name) : std::string();
    const auto build =
        plugin.empty() || view.builds.empty() ? std::nullopt : json::rawAt(view.builds, std::vector{plugin});
    out.field("plugin", plugin).key("build").raw(build.value_or(""));
}

void writeStep(json::Writer& out, const RunView& view, const StepRecord& step, const ProgressBoard& progress) {
    out.beginObject();
    out.field("id", step.name).field("kind", step.kind).field("state", toString(step.state));
    writePlugin(out, view, step);
    out.field("note", noteOf(step)).key("attempts").number(step.attempts);
    writeTime(out, "started_at", step.startedAt);
    writeTime(out, "finished_at", step.finishedAt);
    writeTime(out, "wake_at", step.wakeAt);
    out.key("output").raw(step.output);
    if (!step.givenInput.empty()) out.key("given_input").raw(step.givenInput);
    writeError(out, step.error);
    writeReceipt(out, step.receipt);
    writeProgress(out, step.state == StepState::Running ? progress.find(view.run.id, step.name) : std::nullopt);
    out.key("history").beginArray();
    for (const auto& attempt : view.attempts)
        if (attempt.step == step.number) writeAttempt(out, attempt);
    out.endArray().endObject();
}

void runFields(json::Writer& out, const Run& run) {
    out.field("id", publicId(run.id, run.createdAt))
        .field("pipeline", run.pipeline)
        .field("state", toString(run.state));
    out.field("ending", run.ending ? toString(*run.ending) : std::string_view());
    out.key("attempt").number(run.attempt).key("priority").number(run.priority);
    writeTime(out, "created_at", run.createdAt);
    writeTime(out, "started_at", run.startedAt);
    writeTime(out, "finished_at", run.finishedAt);
    writeTime(out, "wake_at", run.wakeAt);
    out.key("output").raw(run.output);
    out.key("error").raw(run.error);
}

const char* toString(engine::Wait::For what) {
    using For = engine::Wait::For;
    switch (what) {
        case For::Room: return "room";
        case For::Commit: return "commit";
        case For::Line: return "line";
        case For::Call: return "call";
        case For::Timer: return "timer";
        case For::Sleep: return "sleep";
        case For::Event: return "event";
        case For::Run: return "run";
        case For::Person: return "person";
    }
    return "";
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
    out.key("skipped").raw(event.skipped.empty() ? "[]" : event.skipped);
    out.endObject();
}

void writeWait(json::Writer& out, const engine::Wait& wait) {
    out.beginObject().field("for", toString(wait.what)).field("step", wait.step).field("plugin", wait.plugin);
    writeTime(out, "until", wait.until);
    out.field("sentence", wait.sentence).endObject();
}

std::string runDetails(const RunView& view, const ProgressBoard& progress) {
    json::Writer out;
    out.beginObject();
    runFields(out, view.run);
    out.field("rerun_of", view.rerunOf).field("parent", view.parent);
    if (!view.events.empty()) {
        const Event& first = view.events.front();
        out.field("event_id", publicId(first.id, first.receivedAt)).field("event", first.name);
        out.field("request_id", first.requestId);
    }
    out.key("plugins").raw(view.builds);
    out.key("event_ids").beginArray();
    for (const Event& event : view.events) out.string(publicId(event.id, event.receivedAt));
    out.endArray().key("children").beginArray();
    for (const Run& child : view.children) {
        out.beginObject().field("id", publicId(child.id, child.createdAt)).field("pipeline", child.pipeline);
        out.field("state", toString(child.state)).endObject();
    }
    out.endArray();
    out.key("steps").beginArray();
    for (const auto& step : view.steps) writeStep(out, view, step, progress);
    out.endArray().endObject();
    return out.take();
}

}  // namespace stepd::api
