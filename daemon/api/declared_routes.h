#pragma once

#include <vector>

#include "api/backend.h"
#include "http/router.h"

namespace stepd::api {

/// The routes that pipelines declare, such as `POST /register`: body -> schema check -> event; the answer follows the
/// commit, or the end of the run where the pipeline says `respond: {mode: wait}`. `backend` outlives the routes. Throws
/// Error{Configuration} for a schema that does not compile.
std::vector<http::Route> declaredRoutes(const Backend& backend, const std::vector<pipeline::PipelinePtr>& pipelines);

}  // namespace stepd::api
