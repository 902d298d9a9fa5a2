#pragma once

#include <string>
#include <vector>

#include "pipeline/pipeline.h"

namespace stepd::ctl {

/// One thing that an operator cares about: a trigger, a route, a limit, a step.
struct PlanLine {
    char sign = '+';  ///< `+` it comes, `-` it goes
    std::string text;
    friend bool operator==(const PlanLine&, const PlanLine&) = default;
};

/// What differs between two revisions of a pipeline, each null where there is none; what goes stands before what comes.
/// Pure.
std::vector<PlanLine> comparePipelines(const pipeline::Pipeline* before, const pipeline::Pipeline* after);

}  // namespace stepd::ctl
