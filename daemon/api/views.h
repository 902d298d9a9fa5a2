#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/backend.h"
#include "json/writer.h"
#include "model/run.h"

namespace stepd::api {

// How our things look as JSON, in answers and in events of the stream. Outputs and event data go in as they are stored.

void writeRun(json::Writer& out, const Run& run);
void writeEvent(json::Writer& out, const Event& event);
void writePipeline(json::Writer& out, const pipeline::Pipeline& pipeline);
void writePlugin(json::Writer& out, const PluginView& plugin);

/// The run with the ids of its event, its steps and their attempts; what running steps say of their progress is among
/// it.
std::string runDetails(const Run& run, const std::optional<Event>& event, const std::vector<StepRecord>& steps,
                       const std::vector<AttemptRecord>& attempts, const ProgressBoard& progress);

}  // namespace stepd::api
