#pragma once

#include <string>

#include "base/diagnostic.h"
#include "host/plugin_spec.h"

namespace stepd::ctl {

/// What is wrong with what a plugin says about itself: its schemas must be JSON Schema and fit their own defaults and
/// examples; people and editors want descriptions; a licence should be there.
Diagnostics checkDescription(const std::string& file, const host::PluginDescription& plugin);

}  // namespace stepd::ctl
