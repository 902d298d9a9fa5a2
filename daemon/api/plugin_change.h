#pragma once

#include <functional>
#include <string>

namespace stepd::api {

/// One build of a plugin. All empty: none.
struct BuildView {
    std::string build;  ///< what runs are pinned to
    std::string version;
    std::string sha256;
};

/// What became of a plugin that was to be replaced.
struct PluginChange {
    std::string plugin;
    std::string status;       ///< `replaced`, `loaded`, `unchanged`, `removed`; `kept` or `broken` with a problem
    BuildView before, after;  ///< `after` is what takes calls now
    std::string problem;      ///< one sentence; empty: done
};
using PluginChanged = std::function<void(const PluginChange&)>;

/// One line.
void logPluginChange(const PluginChange& change);

}  // namespace stepd::api
