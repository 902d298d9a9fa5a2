#pragma once

#include "host/messages.h"

namespace stepd::worker {

/// What the worker takes from itself before any code of the plugin runs: it dies with the daemon's thread that made it
/// (PR_SET_PDEATHSIG), gains no privileges, leaves no core and cannot be traced by its own user. The rest is
/// sandbox.h's. Throws Error{System}.
void confine();

/// Sets the limits of the process that are not zero, hard and soft. Throws Error{System}.
void limitResources(const PluginLimits& limits);

}  // namespace stepd::worker
