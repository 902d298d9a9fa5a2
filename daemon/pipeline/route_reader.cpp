#include "pipeline/route_reader.h"

#include <algorithm>

#include "json/json_text.h"
#include "pipeline/json_schema.h"
#include "pipeline/names.h"

namespace stepd::pipeline {
namespace {

constexpr const char* kMethods[] = {"POST", "PUT", "PATCH"};
/// First segments that stepd serves itself (design, "The contract").
constexpr const char* kReserved[] = {"api", "e", "health", "metrics", "fn", "v0", "v1", "dev"};

bool isPlainSegment(std::string_view segment) {
    return !segment.empty() && std::all_of(segment.begin(), segment.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    });
}

bool isSegment(std::string_view segment) {
    if (segment.starts_with('{') && segment.ends_with('}')) return isStepId(segment.substr(1, segment.size() - 2));
    return isPlainSegment(segment) && segment != "." && segment != "..";
}

bool isPath(std::string_view path) {
    if (!path.starts_with('/')) return false;
    for (std::size_t start = 1; start <= path.size();) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        if (!isSegment(path.substr(start, end - start))) return false;
        start = end + 1;
    }
    return true;
}

bool isReserved(std::string_view path) {
    const std::string_view first = path.substr(1, path.find('/', 1) - 1);
    return std::find(std::begin(kReserved), std::end(kReserved), first) != std::end(kReserved);
}

void readTarget(yaml::Reader& fields, HttpRoute& route) {
    std::string text;
    if (!fields.read("route", text)) return;
    const std::size_t space = text.find(' ');
    route.method = text.substr(0, space);
    if (space == std::string::npos ||
        std::find(std::begin(kMethods), std::end(kMethods), route.method) == std::end(kMethods))
        return fields.error("route", "`route` must be a method and a path", "write POST, PUT or PATCH and then /path");
    route.path = text.substr(space + 1);
    if (!isPath(route.path))
        return fields.error("route", "`" + route.path + "` is no path that can be served",
                            "write segments of letters, digits and - _ . or {name}, as in /orders/{id}");
    if (isReserved(route.path))
        fields.error("route", "`" + route.path + "` belongs to stepd itself", "begin the path with another word");
}

void readAuth(yaml::Reader& fields, HttpRoute& route) {
    const yaml::Entry* found = fields.entry("auth");
    if (found == nullptr) return;
    if (found->value->text == "hmac") return fields.error("auth", "`auth: hmac` is not supported yet", "use event_key");
    fields.read("auth", route.auth, {{"none", RouteAuth::None}, {"event_key", RouteAuth::EventKey}});
    if (route.auth == RouteAuth::None)
        fields.report().warning(found->value->mark, fields.path("auth"), "anyone who reaches this route can start runs",
                                "use event_key unless that is meant");
}

/// Below the pipeline's own folder, so that a checked-out folder is whole and a pipeline reads nothing else.
bool isInside(const std::string& name) {
    return !name.starts_with('/') && name.find("..") == std::string::npos && name.find('\\') == std::string::npos;
}

}  // namespace

std::vector<HttpRoute> RouteReader::read(const yaml::Node& list, const std::string& path, yaml::Report& report) {
    std::vector<HttpRoute> routes;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
        yaml::Reader fields(*list.items[i], yaml::itemPath(path, i), report);
        routes.push_back(readRoute(fields));
        const HttpRoute& route = routes.back();
        const bool taken = std::any_of(routes.begin(), routes.end() - 1, [&route](const HttpRoute& other) {
            return other.method == route.method && other.path == route.path;
        });
        if (taken && !route.path.empty())
            fields.error("route", "two routes serve `" + route.method + " " + route.path + "`");
    }
    return routes;
}

HttpRoute RouteReader::readRoute(yaml::Reader& fields) {
    HttpRoute route;
    fields.require({"route", "emit"});
    readTarget(fields, route);
    readAuth(fields, route);
    if (const yaml::Node* node = fields.mapping("limits")) {
        yaml::Reader limits(*node, fields.path("limits"), fields.report());
        limits.readSize("body", route.bodyLimit, {1, 64U << 20});
        limits.finish();
    }
    readSchema(fields, route);
    readEmit(fields, route);
    if (const yaml::Node* node = fields.mapping("respond")) {
        yaml::Reader respond(*node, fields.path("respond"), fields.report());
        readRespond(respond, route.respond);
    }
    fields.finish();
    return route;
}

void RouteReader::readSchema(yaml::Reader& fields, HttpRoute& route) {
    std::string name;
    if (!fields.read("schema", name)) return;
    if (!isInside(name) || !name.ends_with(".json"))
        return fields.error("schema", "`schema` must name a .json file in the pipeline's folder or below it");
    auto text = source_(name);
    if (!text) return fields.error("schema", text.error());
    if (const auto checked = json::check(*text); !checked.kind)
        return fields.error("schema", name + " is not JSON: " + checked.problem.message);
    if (const auto schema = JsonSchema::compile(*text); !schema)
        return fields.error("schema", name + " is no JSON Schema: " + schema.error());
    files_[name] = *text;
    route.schema = std::move(*text);
}

void RouteReader::readEmit(yaml::Reader& fields, HttpRoute& route) {
    const yaml::Node* node = fields.mapping("emit");
    if (node == nullptr) return;
    yaml::Reader emit(*node, fields.path("emit"), fields.report());
    emit.require({"event"});
    if (emit.read("event", route.emitEvent) && !isEventName(route.emitEvent))
        emit.error("event", "`" + route.emitEvent + "` is no name of an event", "use letters, digits and . _ - / :");
    auto id = expressions_.templated(emit, "id", Place::Emit);
    auto data = expressions_.templated(emit, "data", Place::Emit);
    route.emitId = id ? *id : expressions_.builtIn("request.id");
    route.emitData = data ? *data : expressions_.builtIn("request.body");
    emit.finish();
}

void RouteReader::readRespond(yaml::Reader& fields, Respond& respond) {
    fields.read("mode", respond.mode, {{"accepted", RespondMode::Accepted}, {"wait", RespondMode::Wait}});
    fields.read("timeout", respond.timeout, {1ms, 10min});
    respond.status = expressions_.bare(fields, "status", Place::Respond);
    respond.body = expressions_.templated(fields, "body", Place::Respond);
    for (const char* key : {"timeout", "status", "body"})
        if (respond.mode == RespondMode::Accepted && fields.has(key))
            fields.error(key, "`" + std::string(key) + "` has no meaning without `mode: wait`");
    fields.finish();
}

}  // namespace stepd::pipeline
