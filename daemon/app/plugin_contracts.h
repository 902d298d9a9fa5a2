#pragma once

#include "config/daemon_config.h"
#include "pipeline/plugin_contract.h"

namespace stepd::app {

/// What the declared plugins say of their steps. Each is loaded in a worker of its own when it is asked for first,
/// which blocks, and what it said is kept as long as the function lives. One that cannot be used is unknown: the host
/// and `checkPlugins` say why. One thread at a time.
pipeline::PluginContracts pluginContracts(const config::DaemonConfig& config);

}  // namespace stepd::app
