#pragma once

#include "api/backend.h"
#include "json/writer.h"
#include "pipeline/pipeline.h"

namespace stepd::api {

// Pipelines and plugins as JSON.

enum class Activity { Active, Paused };

void writePipeline(json::Writer& out, const pipeline::Pipeline& pipeline, Activity activity);
/// With its source and how many of its runs have not ended; absent: too many to be counted in time.
void writePipelineDetails(json::Writer& out, const pipeline::Pipeline& pipeline, Activity activity,
                          std::optional<std::size_t> unfinishedRuns);
void writePlugin(json::Writer& out, const PluginView& plugin);

}  // namespace stepd::api
