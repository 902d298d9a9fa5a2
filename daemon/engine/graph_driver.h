#pragma once

#include <string>
#include <vector>

#include "engine/driver.h"

namespace stepd::engine {

/// The declared graph of a pipeline file (pipelines.md): a step starts when all steps it needs have ended and its `if`
/// is true. A skipped need counts as satisfied, and so does one that failed where its step goes on after a failure; any
/// other failed step ends the run. When all steps have ended the run is complete with the pipeline's output.
class GraphDriver final : public Driver {
public:
    /// `secretMark`: see RunScope.
    GraphDriver(pipeline::PipelinePtr pipeline, std::string secretMark);

    std::vector<StepPlan> begin() const override;
    std::vector<Move> next(const ActiveRun& run) const override;
    const StepRules& rules(const ActiveRun& run, std::size_t step) const override;
    Result<CallPlan, StepError> prepare(const ActiveRun& run, std::size_t step) const override;

private:
    bool satisfied(const ActiveRun& run, const pipeline::Step& step) const;
    Move open(const ActiveRun& run, std::size_t step) const;
    Move complete(const ActiveRun& run) const;

    const pipeline::PipelinePtr pipeline_;
    const std::string secretMark_;
    const cel::Value vars_;
    std::vector<StepRules> rules_;
};

}  // namespace stepd::engine
