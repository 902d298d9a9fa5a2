#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "model/run.h"
#include "pipeline/pipeline.h"

namespace stepd::api {

/// What a person asks for; all of it may be empty.
struct RerunWish {
    std::string from;   ///< this step and what follows it is done again, the results before it are kept; empty: all is
    std::string input;  ///< JSON text in place of the input of a step
    std::string step;   ///< the step that gets it; default `from`, else the first
};

/// The run of `of` once more, by the pipeline as it is now. With `from`, a step that completed is kept unless it is
/// `from` or downstream of it; one that was skipped likewise, unless a step upstream of it failed, which may have been
/// the reason. Items and members of a `foreach` go with it, steps of `on_failure` and `finally` are never kept. Pure.
/// The reason is a sentence for the client.
Result<engine::Rerun, std::string> planRerun(const pipeline::Pipeline& pipeline, const Run& of, Event event,
                                             const std::vector<StepRecord>& steps, const RerunWish& wish);

}  // namespace stepd::api
