#include "api/health.h"

#include "api/admission_gate.h"
#include "api/readiness.h"
#include "api/views.h"

namespace stepd::api {
namespace {

using http::Request;
using http::Response;
using http::Status;

std::string worse(const std::string& a, const std::string& b) {
    if (a == "unhealthy" || b == "unhealthy") return "unhealthy";
    return a == "limited" || b == "limited" ? "limited" : "healthy";
}

/// A disk that is full or hangs is no reason to be restarted: what is under way goes on when it is better again.
std::string statusOf(bool alive, bool ready) {
    if (!alive) return "unhealthy";
    return ready ? "healthy" : "limited";
}

Response brief(const Backend& backend) {
    const auto stats = backend.engine.stats();
    const bool alive = isAlive(stats, backend.clock.instant());
    json::Writer out;
    out.beginObject()
        .field("status", alive ? "healthy" : "unhealthy")
        .field("timestamp", toRfc3339(backend.clock.now()));
    return http::json(alive ? Status::Ok : Status::ServiceUnavailable, out.endObject().take());
}

Response readiness(const Backend& backend) {
    const auto why = unreadiness(backend.engine.stats(), backend.clock.instant());
    if (why) return http::problem(Status::ServiceUnavailable, *why).retryAfter(5s);
    return http::json(Status::Ok, R"({"status":"ready"})");
}

void writePart(json::Writer& out, const std::string& name, const std::string& status, const std::string& details) {
    out.key(name).beginObject().field("status", status).key("details").raw(details).endObject();
}

/// Whether events are taken in, and what that is decided by.
std::string admissionDetails(const LoadStats& load, const std::optional<Shed>& closed) {
    json::Writer out;
    out.beginObject().key("open_events").number(load.openEvents).key("open_bytes").number(load.openBytes);
    out.key("queued_runs").number(load.queuedRuns).key("memory_bytes").number(load.memory);
    out.key("free_disk_bytes").raw(load.freeDisk ? std::to_string(*load.freeDisk) : "null");
    out.key("commit_age_ms").number(std::chrono::floor<std::chrono::milliseconds>(load.commitAge).count());
    out.key("events_per_second").number(static_cast<std::uint64_t>(load.eventsPerSecond));
    if (closed) out.field("refuses", toString(closed->reason)).field("why", closed->sentence);
    if (closed) out.field("setting", closed->setting);
    return out.endObject().take();
}

Response detailed(const Backend& backend, const Request&) {
    const auto stats = backend.engine.stats();
    const bool alive = isAlive(stats, backend.clock.instant());
    json::Writer details;
    details.beginObject().key("active_runs").number(stats.activeRuns).key("queued_runs").number(stats.queuedRuns);
    details.key("running_attempts")
        .number(stats.runningAttempts)
        .key("parked_waits")
        .number(stats.parkedWaits)
        .key("violations")
        .number(stats.violations)
        .key("store_full")
        .boolean(stats.storeFull)
        .key("on_reserve")
        .boolean(stats.onReserve)
        .key("store_failed")
        .boolean(stats.storeFailed)
        .endObject();
    const auto notReady = unreadiness(stats, backend.clock.instant());
    std::string overall = statusOf(alive, !notReady);
    json::Writer parts;
    parts.beginObject();
    writePart(parts, "engine", overall, details.text());
    const auto closed = backend.admission.closed();
    writePart(parts, "admission", closed ? "limited" : "healthy", admissionDetails(backend.admission.load(), closed));
    overall = worse(overall, closed ? "limited" : "healthy");
    for (const auto& part : backend.parts()) {
        writePart(parts, part.name, part.status, part.details);
        overall = worse(overall, part.status);
    }
    for (const auto& plugin : backend.plugins()) {
        const std::string status = plugin.state == "broken" ? "unhealthy" : plugin.health.status;
        writePart(parts, "plugin:" + plugin.name, status,
                  plugin.problem.empty() ? plugin.health.details : jsonString(plugin.problem));
        overall = worse(overall, status);
    }
    json::Writer out;
    out.beginObject().field("status", overall).field("timestamp", toRfc3339(backend.clock.now()));
    out.key("ready").boolean(!notReady);
    out.field("version", STEPD_VERSION).key("parts").raw(parts.endObject().text());
    return http::json(alive ? Status::Ok : Status::ServiceUnavailable, out.endObject().take());
}

Response metrics(const Backend& backend, const Request&) {
    backend.refreshMetrics();
    Response response = http::text(Status::Ok, backend.metrics.text());
    response.headers = {};
    response.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    return response;
}

}  // namespace

std::vector<http::Route> healthRoutes(const Backend& backend) {
    using http::Access;
    using http::Method;
    const auto liveness = [&backend](const Request&, const http::Responder& responder) {
        responder.send(brief(backend));
    };
    const auto ready = [&backend](const Request&, const http::Responder& responder) {
        responder.send(readiness(backend));
    };
    return {
        {Method::Get, "/ready", Access::Open, ready},
        {Method::Get, "/health", Access::Open, liveness},
        {Method::Get, "/health/detailed", Access::Open, reading(backend, &detailed)},
        {Method::Get, "/metrics", Access::Open, reading(backend, &metrics)},
    };
}

}  // namespace stepd::api
