#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "config/daemon_config.h"
#include "engine/lane.h"
#include "pipeline/loader.h"

namespace stepd::ctl {

/// Plugins that can be loaded here are asked what their steps take and give, each when a pipeline uses it.
pipeline::LoadContext contextOf(const config::DaemonConfig& config);

/// What a pipeline inherits: from the stepd.yaml beside its folder, or in it; from the defaults if there is none.
pipeline::LoadContext contextFor(const std::filesystem::path& file);
/// The limiters of the same stepd.yaml; none if there is none.
std::map<std::string, engine::LaneRule> limitersFor(const std::filesystem::path& file);

}  // namespace stepd::ctl
