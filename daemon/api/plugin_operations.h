#pragma once

#include <vector>

#include "api/backend.h"
#include "http/router.h"
#include "json/writer.h"

namespace stepd::api {

/// `POST /api/v1/plugins/{name}/reload` loads the plugin's library as it lies there now, `.../rollback {to}` goes back
/// to the build before, or to the one that `to` names by the begin of its build-id or by its version. Both answer when
/// it is known what came of it: 200 with both builds, 422 with the sentence if all stays as it was.
std::vector<http::Route> pluginRoutes(const Backend& backend);

/// null for none.
void writeBuild(json::Writer& out, const BuildView& build);
void writePluginChange(json::Writer& out, const PluginChange& change);

}  // namespace stepd::api
