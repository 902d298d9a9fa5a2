#pragma once

#include <vector>

#include "api/backend.h"
#include "http/router.h"

namespace stepd::api {

/// GET /api/v1/pipelines, /api/v1/pipelines/{id}, /api/v1/plugins, /api/v1/plugins/{name}. `backend` outlives the
/// routes.
std::vector<http::Route> inventoryRoutes(const Backend& backend);

}  // namespace stepd::api
