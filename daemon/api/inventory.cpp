#include "api/inventory.h"

#include "api/views.h"

namespace stepd::api {
namespace {

using http::Request;
using http::Response;
using http::Status;

Response listPipelines(const Backend& backend, const Request&) {
    json::Writer out;
    out.beginObject().key("pipelines").beginArray();
    for (const auto& pipeline : backend.pipelines()) writePipeline(out, *pipeline);
    return http::json(Status::Ok, out.endArray().endObject().take());
}

Response showPipeline(const Backend& backend, const Request& request) {
    for (const auto& pipeline : backend.pipelines()) {
        if (pipeline->id != request.param("id")) continue;
        json::Writer out;
        writePipeline(out, *pipeline);
        return http::json(Status::Ok, out.take());
    }
    return http::problem(Status::NotFound, "There is no pipeline with this id.");
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
        {Method::Get, "/api/v1/plugins", Access::Viewer, reading(backend, &listPlugins)},
        {Method::Get, "/api/v1/plugins/{name}", Access::Viewer, reading(backend, &showPlugin)},
    };
}

}  // namespace stepd::api
