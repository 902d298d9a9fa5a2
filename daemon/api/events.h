#pragma once

#include <vector>

#include "api/backend.h"
#include "http/router.h"

namespace stepd::api {

/// The event API of Inngest, whose clients read an envelope of their own.
inline constexpr const char* kInngestIngest = "/e/{key}";

/// POST /e/{key} (Inngest's event API, inngest-protocol.md section 1), POST /api/v1/events (the same bodies, our own
/// answers), GET /api/v1/events, GET /api/v1/events/{id}, GET /api/v1/events/{id}/why (what each pipeline made of it).
/// `backend` outlives the routes.
std::vector<http::Route> eventRoutes(const Backend& backend);

}  // namespace stepd::api
