#pragma once

#include <string>

#include "host/plugin_spec.h"

namespace stepd::ctl {

/// Loads the library in a worker of its own and asks what it is. Throws Refused with the reason why it cannot be used.
host::PluginDescription describePlugin(const std::string& file);

}  // namespace stepd::ctl
