#include "api/plugin_operations.h"

#include <algorithm>

#include "api/body_reader.h"
#include "json/writer.h"
#include "telemetry/log.h"

namespace stepd::api {
namespace {

using http::Request;
using http::Responder;
using http::Response;
using http::Status;

std::string bodyOf(const PluginChange& change) {
    json::Writer out;
    writePluginChange(out, change);
    return out.take();
}

Response answerTo(const PluginChange& change) {
    if (change.problem.empty()) return http::json(Status::Ok, bodyOf(change));
    return http::problem(
        {.status = Status::UnprocessableContent, .detail = change.problem, .members = {{"change", bodyOf(change)}}});
}

bool isDeclared(const Backend& backend, const std::string& name) {
    const auto plugins = backend.plugins();
    return std::any_of(plugins.begin(), plugins.end(), [&](const PluginView& plugin) { return plugin.name == name; });
}

/// On the pool, as libraries are read there; the host answers later.
void change(const Backend& backend, const Request& request, const Responder& responder,
            std::function<void(const std::string& name, PluginChanged done)> act) {
    answerFromPool(backend.reloadPool, request, responder,
                   [&backend, responder, act = std::move(act)](const Request& asked) -> std::optional<Response> {
                       const std::string name(asked.param("name"));
                       if (!isDeclared(backend, name))
                           return http::problem(Status::NotFound, "There is no plugin with this name.");
                       act(name, [responder](const PluginChange& change) {
                           logPluginChange(change);
                           responder.send(answerTo(change));
                       });
                       return std::nullopt;
                   });
}

void reload(const Backend& backend, const Request& request, const Responder& responder) {
    BodyReader body(request.body, {});
    if (!body.problem().empty()) return void(responder.send(http::problem(Status::BadRequest, body.problem())));
    change(backend, request, responder,
           [&backend](const std::string& name, PluginChanged done) { backend.reloadPlugin(name, std::move(done)); });
}

void rollBack(const Backend& backend, const Request& request, const Responder& responder) {
    BodyReader body(request.body, {"to"});
    const std::string to = body.text("to").value_or("");
    if (!body.problem().empty()) return void(responder.send(http::problem(Status::BadRequest, body.problem())));
    change(backend, request, responder, [&backend, to](const std::string& name, PluginChanged done) {
        backend.rollBackPlugin(name, to, std::move(done));
    });
}

}  // namespace

void logPluginChange(const PluginChange& change) {
    if (change.problem.empty())
        return log::info("plugin " + change.status, {{"plugin", change.plugin},
                                                     {"before", change.before.build},
                                                     {"build", change.after.build},
                                                     {"version", change.after.version}});
    log::error("plugin " + change.status, {{"plugin", change.plugin},
                                           {"build", change.after.build},
                                           {"version", change.after.version},
                                           {"reason", change.problem}});
}

void writeBuild(json::Writer& out, const BuildView& build) {
    if (build.build.empty()) return void(out.null());
    out.beginObject().field("build", build.build).field("version", build.version).field("sha256", build.sha256);
    out.endObject();
}

void writePluginChange(json::Writer& out, const PluginChange& change) {
    out.beginObject().field("plugin", change.plugin).field("status", change.status).key("before");
    writeBuild(out, change.before);
    out.key("after");
    writeBuild(out, change.after);
    out.field("problem", change.problem).endObject();
}

std::vector<http::Route> pluginRoutes(const Backend& backend) {
    using http::Access;
    using http::Method;
    const auto with = [&backend](auto* handle) {
        return [&backend, handle](const Request& request, const Responder& responder) {
            handle(backend, request, responder);
        };
    };
    return {{Method::Post, "/api/v1/plugins/{name}/reload", Access::Admin, with(&reload)},
            {Method::Post, "/api/v1/plugins/{name}/rollback", Access::Admin, with(&rollBack)}};
}

}  // namespace stepd::api
