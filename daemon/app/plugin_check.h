#pragma once

#include <string>

#include "base/diagnostic.h"
#include "config/daemon_config.h"

namespace stepd::app {

/// Loads each declared plugin in a worker of its own; what cannot be used is a finding against `configFile`. Blocks.
Diagnostics checkPlugins(const config::DaemonConfig& config, const std::string& configFile);

}  // namespace stepd::app
