#pragma once

#include <vector>

#include "api/backend.h"
#include "http/router.h"

namespace stepd::api {

/// `POST /api/v1/backup`: a copy of the database as it is at the end of the copying, in a file beside the database,
/// answered with 200 {path, bytes} when it is whole; 409 while another one is made. The file is the caller's, who runs
/// on the same machine: `stepctl db backup` checks it, syncs it and moves it to its place. The daemon chooses the path:
/// a request cannot make it write anywhere else.
std::vector<http::Route> backupRoutes(const Backend& backend);

}  // namespace stepd::api
