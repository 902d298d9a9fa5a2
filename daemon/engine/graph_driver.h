#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/driver.h"
#include "engine/graph.h"

namespace stepd::engine {

/// The declared graph of a pipeline file (pipelines.md). What the needs of steps mean stands in siblings.h. Beyond
/// that:
///
/// - A foreach works its items out once, when it begins; they join in order, as many at once as `max_parallel` lets.
/// - `if` of a foreach decides about all of it, unless it speaks of the item: then each item is asked.
/// - When all main steps have ended, the run is complete with the pipeline's output; a step that fails the whole ends
///   it at once.
/// - `on_failure` runs once the run has failed, then `finally` in any case but that of a run in quarantine. A failed
///   step stops none of the others there. It changes nothing about how the run ends, except that a completed run whose
///   `finally` fails has failed; `on_failure` does not run after `finally`.
class GraphDriver final : public Driver {
public:
    /// `secretMark`: see RunScope.
    GraphDriver(pipeline::PipelinePtr pipeline, std::string secretMark);

    const pipeline::Pipeline& pipeline() const override { return graph_.pipeline(); }
    std::vector<StepPlan> begin() const override;
    std::optional<StepPlan> find(const ActiveRun& run, const StepRecord& record) const override;
    std::vector<Move> next(const ActiveRun& run) const override;
    const StepRules& rules(const ActiveRun& run, std::size_t step) const override;
    Result<StepDemand, StepError> demand(const ActiveRun& run, std::size_t step) const override;
    Result<CallPlan, StepError> prepare(const ActiveRun& run, std::size_t step) const override;
    Result<BuiltInPlan, StepError> prepareBuiltIn(const ActiveRun& run, std::size_t step) const override;
    Result<bool, StepError> matches(const ActiveRun& run, std::size_t step, const ActiveEvent& later) const override;
    Result<bool, StepError> cancels(const ActiveRun& run, std::size_t entry, const ActiveEvent& later) const override;

private:
    const Graph graph_;
};

}  // namespace stepd::engine
