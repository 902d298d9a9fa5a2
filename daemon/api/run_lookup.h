#pragma once

#include <functional>
#include <optional>

#include "api/backend.h"

namespace stepd::api {

/// The run that a path's `{id}` names; absent if the id is malformed, unknown, or its time is not that of the run: each
/// database begins at 1, so the key alone does not tell one's run from another's.
std::optional<Run> findRun(const Backend& backend, const http::Request& request);
http::Response noSuchRun();

/// 503 for what the engine does not take any more.
http::Response stoppingAnswer();

/// A handler on the pool for a run that exists; `handle` answers itself, now or later.
http::Handler withRun(const Backend& backend,
                      void (*handle)(const Backend&, const Run&, const http::Request&, const http::Responder&));

}  // namespace stepd::api
