#pragma once

#include <vector>

#include "api/backend.h"
#include "api/live_pipelines.h"
#include "http/router.h"

namespace stepd::api {

/// `POST /api/v1/reload {dry_run}`: the plugins and secrets of stepd.yaml, and the pipelines, give way to those of the
/// files. 200 with what became of each, 422 with all findings if there is an error among them: then nothing has
/// changed. A dry run tells what would happen to the pipelines, with the sources.
std::vector<http::Route> reloadRoutes(const Backend& backend);

/// One line for the outcome and one for each finding.
void logReload(const ReloadReport& report);

}  // namespace stepd::api
