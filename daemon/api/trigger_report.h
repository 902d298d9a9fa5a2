#pragma once

#include <string>
#include <vector>

#include "model/event.h"
#include "model/run.h"
#include "pipeline/pipeline.h"

namespace stepd::api {

/// What an event did to one pipeline, and why.
struct TriggerReport {
    enum class Verdict {
        Started,   ///< it has a run for the event, or the event joined one
        Skipped,   ///< it matched, and flow control started no run
        NoMatch,   ///< no trigger is for this event, or an `if` is false
        Failed,    ///< an `if` could not be evaluated, which counts as no match
        WouldNow,  ///< a trigger matches today, but there is no run: the pipeline came or changed later
    };
    std::string pipeline;
    Verdict verdict = Verdict::NoMatch;
    std::vector<std::string> sentences;  ///< one for each run, reason or trigger
    std::vector<std::string> runs;       ///< public ids
};
const char* toString(TriggerReport::Verdict verdict);

/// For each pipeline that the event has runs for or that skipped it, and for all other current ones. `runs` are those
/// of the event. Pure; evaluates the `if` of triggers as the engine does.
std::vector<TriggerReport> reportTriggers(const std::vector<pipeline::PipelinePtr>& pipelines, const Event& event,
                                          const std::vector<Run>& runs);

}  // namespace stepd::api
