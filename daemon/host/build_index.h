#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/build_shelf.h"

namespace stepd::host {

/// Plugins and their builds, the one that was used last first.
using BuildIndex = std::map<std::string, std::vector<KeptBuild>>;

std::string writeBuildIndex(const BuildIndex& index);
/// Takes whatever bytes; what is not as `writeBuildIndex` would write it is an empty index.
BuildIndex readBuildIndex(std::string_view text);

}  // namespace stepd::host
