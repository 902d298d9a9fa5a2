#pragma once

#include <stepd/abi.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/messages.h"

namespace stepd::host {

/// A loaded plugin: its own words, copied and checked, and its entry points. Never unloaded.
struct PluginLibrary {
    PluginDescription description;
    std::vector<stepd_step_v1> steps;  ///< in the order of the description; what an older plugin lacks is zero
    /// Held during every call if a step type is serial, else null. One for each file: a process may load it twice.
    std::shared_ptr<std::mutex> serial;

    /// The step type's index; an empty `type` means the only one. Negative if there is none.
    int find(const std::string& type) const;
};

/// Loads the shared library at `path` and shakes hands with it (plugin-abi: one symbol, sizes, version, texts with
/// limits). The failure is one sentence. Runs code of the plugin: its constructors and stepd_plugin_v1_get.
///
/// It is plain dlopen, with RTLD_NOW | RTLD_LOCAL: Poco::SharedLibrary would bring Poco into a process that needs
/// nothing else of it, and it loads lazily, so that a missing symbol would show in the middle of a run.
Result<PluginLibrary, std::string> loadPlugin(const std::string& path);

/// The same handshake with a table that is in the process already and stays.
Result<PluginLibrary, std::string> adoptPlugin(const stepd_plugin_v1* table);

}  // namespace stepd::host
