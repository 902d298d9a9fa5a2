#include "api/submission.h"

#include "telemetry/log.h"

namespace stepd::api {
namespace {

std::string message(const engine::Submitted& submitted) {
    if (submitted.duplicate) return "This event was accepted before; these are its ids.";
    if (submitted.runs.empty() && !submitted.skipped.empty())
        return "The event is stored; no pipeline starts for it now, see `skipped`.";
    if (submitted.runs.empty()) return "The event is stored; no pipeline starts for it.";
    for (const auto& run : submitted.runs)
        if (run.duplicate) return "The event is stored; an earlier run holds its idempotency key.";
    return "The event is stored and its runs are queued.";
}

}  // namespace

std::string acceptedBody(const std::string& requestId, const engine::Submitted& submitted) {
    json::Writer out;
    out.beginObject();
    out.field("request_id", requestId).field("event_id", publicId(submitted.event, submitted.receivedAt));
    out.key("run_ids").beginArray();
    for (const auto& run : submitted.runs) out.string(publicId(run.id, run.createdAt));
    out.endArray().field("status", "queued").field("message", message(submitted));
    if (!submitted.skipped.empty()) {
        out.key("skipped").beginArray();
        writeSkipped(out, submitted);
        out.endArray();
    }
    return out.endObject().take();
}

void writeSkipped(json::Writer& out, const engine::Submitted& submitted) {
    for (const auto& skipped : submitted.skipped) {
        out.beginObject().field("event_id", publicId(submitted.event, submitted.receivedAt));
        out.field("pipeline", skipped.pipeline).field("why", skipped.why).endObject();
    }
}

http::Response refusedSubmission(const engine::Submitted& submitted) {
    using engine::SubmitStatus;
    using http::Status;
    switch (submitted.status) {
        case SubmitStatus::Overloaded:
            return http::problem(Status::ServiceUnavailable, submitted.message).retryAfter(std::chrono::seconds(1));
        case SubmitStatus::StoreFull:
            return http::problem(Status::InsufficientStorage, submitted.message).retryAfter(std::chrono::seconds(30));
        case SubmitStatus::Stopping:
            return http::problem(Status::ServiceUnavailable, submitted.message).retryAfter(std::chrono::seconds(5));
        default: return http::problem(Status::InternalServerError, submitted.message);
    }
}

void logAccepted(const std::string& requestId, const std::string& eventName, const engine::Submitted& submitted) {
    if (!log::wanted(log::Level::Info)) return;
    const std::string run = submitted.runs.empty() ? "" : publicId(submitted.runs[0].id, submitted.runs[0].createdAt);
    log::info(submitted.duplicate ? "event was known" : "event accepted",
              {{"request_id", requestId},
               {"event_id", publicId(submitted.event, submitted.receivedAt)},
               {"run_id", run},
               {"event", eventName},
               {"runs", submitted.runs.size()}});
}

}  // namespace stepd::api
