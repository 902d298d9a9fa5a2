#pragma once

#include <string>
#include <string_view>

#include "pipeline/pipeline.h"

namespace stepd::api {

/// The plugin that does the work of a step's record, such as `fetch`, `pages[3]` or `pages[3].fetch`; empty: none does,
/// or the pipeline has no such step.
std::string pluginOf(const pipeline::Pipeline& pipeline, std::string_view record);

}  // namespace stepd::api
