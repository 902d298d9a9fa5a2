#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "config/daemon_config.h"
#include "pipeline/loader.h"
#include "pipeline/pipeline.h"

namespace stepd::app {

/// All that a person wrote: the daemon's configuration and the pipelines it names. Complete only without errors among
/// the findings.
struct Setup {
    std::string file;  ///< stepd.yaml
    config::DaemonConfig config;
    std::vector<pipeline::PipelinePtr> pipelines;
    Diagnostics findings;
};

/// Reads all pipelines of the configured directory and holds them to what their plugins say, as they are now. Blocks on
/// the disk and on workers that load plugins.
pipeline::LoadedDirectory loadPipelines(const config::DaemonConfig& config);

/// What a reload takes up of `stepd.yaml`: the configuration of the start with plugins and secrets as they stand there
/// now. Complete only without errors among the findings. Blocks on the disk.
struct Reread {
    config::DaemonConfig config;
    Diagnostics findings;
};
Reread rereadConfig(const Setup& begun);

/// Reads `stepd.yaml` and all pipelines; every finding is reported. Blocks likewise.
Setup loadSetup(const std::string& configFile);

}  // namespace stepd::app
