#include "api/inventory.h"

#include <algorithm>

#include "api/inventory_views.h"
#include "api/run_lookup.h"
#include "api/run_operations.h"
#include "api/run_selection.h"

namespace stepd::api {
namespace {

using http::Request;
using http::Responder;
using http::Response;
using http::Status;

Activity activityOf(const std::vector<std::string>& paused, const pipeline::Pipeline& pipeline) {
    return std::find(paused.begin(), paused.end(), pipeline.id) == paused.end() ? Activity::Active : Activity::Paused;
}

Response listPipelines(const Backend& backend, const Request&) {
    const std::vector<std::string> paused = backend.engine.stats().paused;
    json::Writer out;
    out.beginObject().field("directory", backend.pipelineDirectory).key("pipelines").beginArray();
    for (const auto& pipeline : backend.pipelines()) writePipeline(out, *pipeline, activityOf(paused, *pipeline));
    return http::json(Status::Ok, out.endArray().endObject().take());
}

Response noSuchPipeline() {
    return http::problem(Status::NotFound, "There is no pipeline with this id.");
}

Response showPipeline(const Backend& backend, const Request& request) {
    const auto pipeline = currentPipeline(backend, request.param("id"));
    if (!pipeline) return noSuchPipeline();
    const auto unfinished =
        countRuns(backend.readers,
                  {.pipeline = pipeline->id, .states = {RunState::Queued, RunState::Running, RunState::Waiting}});
    json::Writer out;
    writePipelineDetails(out, *pipeline, activityOf(backend.engine.stats().paused, *pipeline), unfinished);
    return http::json(Status::Ok, out.take());
}

http::Handler pausing(const Backend& backend, bool pause) {
    return [&backend, pause](const Request& request, const Responder& responder) {
        backend.engine.pause(request.param("id"), pause, [responder, pause](engine::PauseStatus status) {
            switch (status) {
                case engine::PauseStatus::Done:
                    responder.send(http::json(Status::Ok, pause ? R"({"status":"paused"})" : R"({"status":"active"})"));
                    return;
                case engine::PauseStatus::Unknown: responder.send(noSuchPipeline()); return;
                case engine::PauseStatus::Stopping: responder.send(stoppingAnswer()); return;
            }
        });
    };
}

Response listPlugins(const Backend& backend, const Request&) {
    json::Writer out;
    out.beginObject().key("plugins").beginArray();
    for (const auto& plugin : backend.plugins()) writePlugin(out, plugin);
    return http::json(Status::Ok, out.endArray().endObject().take());
}

Response showPlugin(const Backend& backend, const Request& request) {
    for (const auto& plugin : backend.plugins()) {
        if (plugin.name != request.param("name")) continue;
        json::Writer out;
        writePlugin(out, plugin);
        return http::json(Status::Ok, out.take());
    }
    return http::problem(Status::NotFound, "There is no plugin with this name.");
}

}  // namespace

std::vector<http::Route> inventoryRoutes(const Backend& backend) {
    using http::Access;
    using http::Method;
    return {
        {Method::Get, "/api/v1/pipelines", Access::Viewer, reading(backend, &listPipelines)},
        {Method::Get, "/api/v1/pipelines/{id}", Access::Viewer, reading(backend, &showPipeline)},
        {Method::Post, "/api/v1/pipelines/{id}/pause", Access::Admin, pausing(backend, true)},
        {Method::Post, "/api/v1/pipelines/{id}/resume", Access::Admin, pausing(backend, false)},
        {Method::Get, "/api/v1/plugins", Access::Viewer, reading(backend, &listPlugins)},
        {Method::Get, "/api/v1/plugins/{name}", Access::Viewer, reading(backend, &showPlugin)},
    };
}

}  // namespace stepd::api
