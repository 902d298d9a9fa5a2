#pragma once

#include <vector>

#include "api/backend.h"
#include "http/router.h"

namespace stepd::api {

/// GET /api/v1/runs, GET /api/v1/runs/{id}, GET /api/v1/runs/{id}/why. `backend` outlives the routes.
std::vector<http::Route> runRoutes(const Backend& backend);

}  // namespace stepd::api
