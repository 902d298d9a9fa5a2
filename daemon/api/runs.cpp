#include "api/runs.h"

#include "api/paging.h"
#include "api/run_lookup.h"
#include "api/run_selection.h"
#include "api/views.h"

namespace stepd::api {
namespace {

using http::Request;
using http::Responder;
using http::Response;
using http::Status;

Response listRuns(const Backend& backend, const Request& request) {
    const auto page = runPage(request);
    if (!page) return http::problem(Status::BadRequest, page.error());
    const auto filter = readRunFilter(
        [&request](std::string_view key) -> std::optional<std::string> {
            const auto value = request.queryValue(key);
            return value ? std::optional(std::string(*value)) : std::nullopt;
        },
        backend.clock.now());
    if (!filter) return http::problem(Status::BadRequest, filter.error());
    const auto runs = backend.readers.listRuns(*filter, *page);
    json::Writer out;
    out.beginObject().key("runs").beginArray();
    for (const Run& run : runs) writeRun(out, run);
    out.endArray();
    out.field("next", runs.size() == page->limit ? publicId(runs.back().id, runs.back().createdAt) : std::string());
    out.endObject();
    return http::json(Status::Ok, out.take());
}

std::string idOf(const Backend& backend, RunId run) {
    const auto found = run ? backend.readers.findRun(run) : std::nullopt;
    return found ? publicId(found->id, found->createdAt) : std::string();
}

Response showRun(const Backend& backend, const Request& request) {
    const auto run = findRun(backend, request);
    if (!run) return noSuchRun();
    return http::json(Status::Ok,
                      runDetails({.run = *run,
                                  .events = backend.readers.eventsOf(run->id),
                                  .steps = backend.readers.stepsOf(run->id),
                                  .attempts = backend.readers.attemptsOf(run->id),
                                  .rerunOf = idOf(backend, run->rerunOf),
                                  .parent = idOf(backend, run->parent),
                                  .children = backend.readers.listRuns({.parent = run->id}, {.limit = kLargestPage}),
                                  .builds = run->plugins ? backend.readers.pluginBuilds(run->plugins) : std::string(),
                                  .pipeline = backend.revision ? backend.revision(run->revision) : nullptr},
                                 backend.progress));
}

void why(const Backend& backend, const Run& run, const Request&, const Responder& responder) {
    backend.engine.why(run.id, [responder](const std::vector<engine::Wait>& all) {
        json::Writer out;
        out.beginObject().key("waits").beginArray();
        for (const auto& wait : all) writeWait(out, wait);
        responder.send(http::json(Status::Ok, out.endArray().endObject().take()));
    });
}

}  // namespace

std::vector<http::Route> runRoutes(const Backend& backend) {
    using http::Access;
    using http::Method;
    return {
        {Method::Get, "/api/v1/runs/{id}/why", Access::Viewer, withRun(backend, &why)},
        {Method::Get, "/api/v1/runs", Access::Viewer, reading(backend, &listRuns)},
        {Method::Get, "/api/v1/runs/{id}", Access::Viewer, reading(backend, &showRun)},
    };
}

}  // namespace stepd::api
