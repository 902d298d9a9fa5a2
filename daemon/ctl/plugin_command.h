#pragma once

#include <string>

#include "host/plugin_spec.h"

namespace stepd::ctl {

/// How stepctl runs workers without a daemon, and the plugin of a file: a program if it is executable and not named
/// like a library.
host::HostOptions trialOptions();
host::PluginSpec trialSpec(const std::string& file);

/// Loads the library in a worker of its own and asks what it is. Throws Refused with the reason why it cannot be used.
host::PluginDescription describePlugin(const std::string& file);

}  // namespace stepd::ctl
