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
void writeWait(json::Writer& out, const engine::Wait& wait);

/// All that is known of one run.
struct RunView {
    Run run;
    std::vector<Event> events;  ///< one, or those of a batch; empty: they are not kept any more
    std::vector<StepRecord> steps;
    std::vector<AttemptRecord> attempts;
    std::string rerunOf;  ///< public ids; empty: none
    std::string parent;
    std::vector<Run> children;       ///< runs that its steps have started
    std::string builds;              ///< of the plugins that it is pinned to, as store::PluginSet; empty: none
    pipeline::PipelinePtr pipeline;  ///< the revision that it follows; null: it cannot be read any more
};
/// The run with the ids of those it belongs to, its steps and their attempts; what running steps say of their progress
/// is among it.
std::string runDetails(const RunView& view, const ProgressBoard& progress);

}  // namespace stepd::api
