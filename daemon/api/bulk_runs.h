#pragma once

#include <vector>

#include "api/backend.h"
#include "http/router.h"

namespace stepd::api {

/// How many runs one call does at most, unless it asks for fewer.
constexpr std::size_t kMostBulkRuns = 500;

/// `POST /api/v1/runs/cancel` and `POST /api/v1/runs/rerun` for all runs that a filter names: `{pipeline, state, since,
/// until, event, limit, cursor, dry_run}`. At least one of the first five is needed. Without `state`, unfinished runs
/// are cancelled and failed ones done again. A dry run answers with the count alone,
/// null if they are too many to be counted in time. A call does at most `limit` runs,
/// the newest first, and tells whether there are more: then `next` is the cursor of the next call.
std::vector<http::Route> bulkRunRoutes(const Backend& backend);

}  // namespace stepd::api
