#pragma once

#include <vector>

#include "api/backend.h"
#include "http/router.h"

namespace stepd::api {

/// What the operator does with one run: `POST /api/v1/runs/{id}/cancel`, `/rerun {from, input, step}` and `/release`.
/// The answers follow the commit.
std::vector<http::Route> runOperationRoutes(const Backend& backend);

/// The current pipeline of that id; null if there is none.
pipeline::PipelinePtr currentPipeline(const Backend& backend, const std::string& id);

}  // namespace stepd::api
