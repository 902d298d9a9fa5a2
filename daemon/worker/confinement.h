#pragma once

#include "host/messages.h"

namespace stepd::worker {

/// What the worker takes from itself before any code of the plugin runs: it dies with the daemon's thread that made it
/// (PR_SET_PDEATHSIG), gains no privileges, leaves no core and cannot be traced by its own user. The rest is
/// sandbox.h's. Throws Error{System}.
void confine();

/// Sets the limits of the process that are not zero, hard and soft, for a worker with so many call threads: memory by
/// RLIMIT_DATA (never RLIMIT_AS, which kills what only reserves), threads by RLIMIT_NPROC. That one counts all of a
/// user and spares root, so it is what the system runs now and `threads` more: it stops a fork bomb, and no neighbour.
/// Throws Error{System}.
void limitResources(const PluginLimits& limits, std::uint32_t threads);

}  // namespace stepd::worker
