#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "host/messages.h"
#include "model/plugin_rules.h"

namespace stepd::host {

struct PluginSpec;

/// What all step types of a plugin ask for together, in the shape in which it would be granted.
struct Asked {
    PluginGrant grant;  ///< paths are absolute
    std::vector<std::string> secrets;
};

/// Absent if no step says what it asks for. Relative paths are taken from `directory`, an empty one is ours. What
/// cannot be read asks for nothing.
std::optional<Asked> askedBy(const PluginDescription& plugin, std::string_view options, const std::string& directory);

/// A warning for each thing that the plugin asks for and is not granted, with the line to add to `file`. A plugin that
/// asks for every host is content with some: which ones is for the operator to know.
Diagnostics grantFindings(const PluginSpec& spec, const PluginDescription& plugin, const std::string& directory,
                          const std::string& file);

}  // namespace stepd::host
