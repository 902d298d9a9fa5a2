#pragma once

#include <vector>

#include "api/backend.h"
#include "http/router.h"

namespace stepd::api {

/// GET /health (liveness), GET /ready (readiness), GET /health/detailed, GET /metrics; open to anybody: they tell of no
/// event and no run. `backend` outlives the routes.
std::vector<http::Route> healthRoutes(const Backend& backend);

}  // namespace stepd::api
