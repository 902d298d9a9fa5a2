#pragma once

#include <map>
#include <set>
#include <string>

#include "base/diagnostic.h"
#include "config/daemon_config.h"

namespace stepd::config {

/// What the configuration takes from the process; a value, so that tests need no process.
struct Surroundings {
    std::map<std::string, std::string> environment;
    std::string programDirectory = ".";  ///< of the executable: plugins lie in `../lib/stepd/plugins` unless configured
};

/// Of this process. Not while another thread changes the environment.
Surroundings surroundings();

struct Loaded {
    DaemonConfig config;              ///< complete only without errors among the findings
    Diagnostics findings;             ///< all of them
    std::set<std::string> knownKeys;  ///< what a file may hold, `http.limits.body`; for the test of the shipped file
};

/// Reads `stepd.yaml` with the overrides of the environment (`STEPD_LOG__LEVEL=debug` is `log: {level: debug}`; also
/// `STEPD_PLUGIN_DIRECTORY`) and resolves its secrets. A file that is missing is a finding. Blocks on the disk.
Loaded load(const std::string& path, const Surroundings& surroundings);

}  // namespace stepd::config
