#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"

namespace stepd::api {

constexpr std::size_t kMostEvents = 5000;

/// Reads one event object or an array of them: `{"name", "data", "id", "ts", "user"}` as in inngest-protocol.md
/// section 1.3; other keys are passed over. `seed` is the value of `x-inngest-event-id-seed`, or empty: with it, events
/// without an id get one that a repeated request gets again. The reason is a sentence for the client and names the
/// event's place.
Result<std::vector<engine::NewEvent>, std::string> readEvents(std::string_view body, std::string_view seed);

}  // namespace stepd::api
