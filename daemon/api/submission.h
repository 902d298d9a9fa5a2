#pragma once

#include <string>
#include <vector>

#include "api/backend.h"
#include "json/writer.h"

namespace stepd::api {

/// `{"request_id","event_id","run_ids","status":"queued","message"}` for one accepted event.
std::string acceptedBody(const std::string& requestId, const engine::Submitted& submitted);

/// The problem document for events that were not accepted: 503 or 507 with Retry-After, or 500.
http::Response refusedSubmission(const engine::Submitted& submitted);

/// `{"event_id","pipeline","why"}` for each pipeline that matched and starts no run for it now.
void writeSkipped(json::Writer& out, const engine::Submitted& submitted);

/// One line for each accepted event, with request_id, event_id and run_id.
void logAccepted(const std::string& requestId, const std::string& eventName, const engine::Submitted& submitted);

}  // namespace stepd::api
