#pragma once

#include <memory>
#include <vector>

#include "api/backend.h"
#include "http/router.h"

namespace stepd::api {

/// The table of all URLs: ours, and those that the pipelines declare. `backend` outlives it. Throws
/// Error{Configuration} if a pipeline's route cannot be served, or collides with one of ours.
std::shared_ptr<const http::Router> makeRoutes(const Backend& backend,
                                               const std::vector<pipeline::PipelinePtr>& pipelines);

}  // namespace stepd::api
