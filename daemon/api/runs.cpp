#include "api/runs.h"

#include <optional>
#include <utility>

#include "api/paging.h"
#include "api/views.h"

namespace stepd::api {
namespace {

using http::Request;
using http::Response;
using http::Status;

Response notFound() {
    return http::problem(Status::NotFound, "There is no run with this id.");
}

/// The run that a path names; absent if the id is malformed, unknown, or its time is not that of the run.
std::optional<Run> findRun(const Backend& backend, const Request& request) {
    const auto ref = parseRunId(request.param("id"));
    if (!ref) return std::nullopt;
    auto run = backend.readers.findRun(ref->id);
    if (run && toMillis(run->createdAt) != ref->createdMillis) return std::nullopt;
    return run;
}

Response listRuns(const Backend& backend, const Request& request) {
    const auto page = runPage(request);
    if (!page) return http::problem(Status::BadRequest, page.error());
    store::RunFilter filter;
    if (const auto pipeline = request.queryValue("pipeline")) filter.pipeline = std::string(*pipeline);
    if (const auto state = request.queryValue("state")) {
        filter.state = parseRunState(*state);
        if (!filter.state)
            return http::problem(Status::BadRequest, "state must be a run state, such as failed or waiting");
    }
    if (const auto event = request.queryValue("event")) {
        const auto ref = parseEventId(*event);
        if (!ref) return http::problem(Status::BadRequest, "event must be the id of an event");
        filter.event = ref->id;
    }
    const auto runs = backend.readers.listRuns(filter, *page);
    json::Writer out;
    out.beginObject().key("runs").beginArray();
    for (const Run& run : runs) writeRun(out, run);
    out.endArray();
    out.field("next", runs.size() == page->limit ? publicId(runs.back().id, runs.back().createdAt) : std::string());
    out.endObject();
    return http::json(Status::Ok, out.take());
}

Response showRun(const Backend& backend, const Request& request) {
    const auto run = findRun(backend, request);
    if (!run) return notFound();
    return http::json(Status::Ok,
                      runDetails(*run, backend.readers.findEvent(run->event), backend.readers.stepsOf(run->id),
                                 backend.readers.attemptsOf(run->id), backend.progress));
}

/// One sentence for each thing that the run waits for.
std::string sentenceOf(const engine::Wait& wait) {
    using For = engine::Wait::For;
    switch (wait.what) {
        case For::Room: return "It is queued in the store until there is room among the active runs.";
        case For::Commit: return "Its last change is on its way to the disk.";
        case For::Slot: return "Step " + wait.step + " waits for a free slot of the plugin " + wait.plugin + ".";
        case For::Call: return "Step " + wait.step + " is executed by the plugin " + wait.plugin + ".";
        case For::Timer:
            return "Step " + wait.step + " sleeps until its next attempt" +
                   (wait.until ? " at " + toRfc3339(*wait.until) + "." : ".");
    }
    return {};
}

Response waits(const std::vector<engine::Wait>& all) {
    json::Writer out;
    out.beginObject().key("waits").beginArray();
    for (const auto& wait : all)
        out.beginObject()
            .field("step", wait.step)
            .field("plugin", wait.plugin)
            .field("sentence", sentenceOf(wait))
            .endObject();
    return http::json(Status::Ok, out.endArray().endObject().take());
}

Response cancelled(engine::CancelStatus status) {
    switch (status) {
        case engine::CancelStatus::Cancelled: return http::json(Status::Ok, R"({"status":"cancelled"})");
        case engine::CancelStatus::Finished: return http::problem(Status::Conflict, "The run has ended already.");
        case engine::CancelStatus::Unknown: return notFound();
        case engine::CancelStatus::Stopping: break;
    }
    return http::problem(Status::ServiceUnavailable, "The daemon is stopping.").retryAfter(std::chrono::seconds(5));
}

/// The engine answers about the run of the path. It knows runs by key alone, so the store has to say first that the
/// time in the id is that of this run: each database begins at 1.
http::Handler askingEngine(const Backend& backend, void (*ask)(engine::Engine&, RunId, const http::Responder&)) {
    return [&backend, ask](Request request, const http::Responder& responder) {
        answerFromPool(backend.pool, std::move(request), responder,
                       [&backend, ask, responder](const Request& r) -> std::optional<Response> {
                           const auto run = findRun(backend, r);
                           if (!run) return notFound();
                           ask(backend.engine, run->id, responder);
                           return std::nullopt;
                       });
    };
}

void cancel(engine::Engine& engine, RunId run, const http::Responder& responder) {
    engine.cancel(run, [responder](engine::CancelStatus status) { responder.send(cancelled(status)); });
}

void why(engine::Engine& engine, RunId run, const http::Responder& responder) {
    engine.why(run, [responder](const std::vector<engine::Wait>& all) { responder.send(waits(all)); });
}

}  // namespace

std::vector<http::Route> runRoutes(const Backend& backend) {
    using http::Access;
    using http::Method;
    return {
        {Method::Get, "/api/v1/runs/{id}/why", Access::Viewer, askingEngine(backend, &why)},
        {Method::Get, "/api/v1/runs", Access::Viewer, reading(backend, &listRuns)},
        {Method::Get, "/api/v1/runs/{id}", Access::Viewer, reading(backend, &showRun)},
        {Method::Post, "/api/v1/runs/{id}/cancel", Access::Admin, askingEngine(backend, &cancel)},
    };
}

}  // namespace stepd::api
