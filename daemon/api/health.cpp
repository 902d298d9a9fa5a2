#include "api/health.h"

#include "api/views.h"

namespace stepd::api {
namespace {

using http::Request;
using http::Response;
using http::Status;

/// The engine wakes at least every few seconds for its watchdog; four missed turns mean that it hangs.
constexpr Duration kLoopPatience = 20s;
/// A commit takes milliseconds, a second on a bad day; one of this age is stuck in the disk, while the loop still
/// turns.
constexpr Duration kCommitPatience = 20s;

std::string worse(const std::string& a, const std::string& b) {
    if (a == "unhealthy" || b == "unhealthy") return "unhealthy";
    return a == "limited" || b == "limited" ? "limited" : "healthy";
}

/// A full disk is no reason to be restarted: what is under way goes on when there is space again.
std::string statusOf(bool alive, const engine::EngineStats& stats) {
    if (!alive) return "unhealthy";
    return stats.storeFull ? "limited" : "healthy";
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

void writePart(json::Writer& out, const std::string& name, const std::string& status, const std::string& details) {
    out.key(name).beginObject().field("status", status).key("details").raw(details).endObject();
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
    std::string overall = statusOf(alive, stats);
    json::Writer parts;
    parts.beginObject();
    writePart(parts, "engine", overall, details.text());
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

bool isAlive(const engine::EngineStats& stats, Instant now) {
    if (stats.storeFailed || now - stats.lastRound >= kLoopPatience) return false;
    return !stats.commitOpenSince || now - *stats.commitOpenSince < kCommitPatience;
}

std::vector<http::Route> healthRoutes(const Backend& backend) {
    using http::Access;
    using http::Method;
    const auto liveness = [&backend](const Request&, const http::Responder& responder) {
        responder.send(brief(backend));
    };
    return {
        {Method::Get, "/health", Access::Open, liveness},
        {Method::Get, "/health/detailed", Access::Open, reading(backend, &detailed)},
        {Method::Get, "/metrics", Access::Open, reading(backend, &metrics)},
    };
}

}  // namespace stepd::api
