#pragma once

#include <optional>
#include <string>

#include "engine/engine.h"

namespace stepd::api {

// Two questions of whoever watches over the daemon (hardening R17). They differ when the disk hangs: the daemon is
// alive and a restart would not help it, but nobody should send it events.

/// True while the engine's loop turns and the store has not failed for good.
bool isAlive(const engine::EngineStats& stats, Instant now);

/// Why events sent now would not become durable soon, in one sentence: the loop does not turn, the store is full, or
/// nothing was committed for a while although something waits. Absent: the daemon is ready.
std::optional<std::string> unreadiness(const engine::EngineStats& stats, Instant now);

}  // namespace stepd::api
