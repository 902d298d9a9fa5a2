#pragma once

#include <vector>

#include "api/backend.h"
#include "http/router.h"

namespace stepd::api {

/// True while the engine's loop turns and the store answers commits, be it that it is full (hardening R17).
bool isAlive(const engine::EngineStats& stats, Instant now);

/// GET /health, GET /health/detailed, GET /metrics; open to anybody: they tell of no event and no run.
/// `backend` outlives the routes.
std::vector<http::Route> healthRoutes(const Backend& backend);

}  // namespace stepd::api
