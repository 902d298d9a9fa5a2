#include "engine/graph_driver.h"

#include <utility>

#include "engine/call_plans.h"
#include "engine/event_matches.h"
#include "engine/graph_moves.h"
#include "engine/record_names.h"

namespace stepd::engine {

GraphDriver::GraphDriver(pipeline::PipelinePtr pipeline, std::string secretMark)
    : graph_(std::move(pipeline), std::move(secretMark)) {}

std::vector<StepPlan> GraphDriver::begin() const {
    return graph_.first();
}

std::optional<StepPlan> GraphDriver::find(const ActiveRun& run, const StepRecord& record) const {
    return findRecord(graph_, run, record);
}

std::vector<Move> GraphDriver::next(const ActiveRun& run) const {
    return GraphMoves(graph_, run).next();
}

const StepRules& GraphDriver::rules(const ActiveRun& run, std::size_t step) const {
    const PlannedStep& plan = graph_.of(run.steps[step]);
    return graph_.partOf(run, step) == Part::Work ? plan.rules : plan.holderRules;
}

Result<StepDemand, StepError> GraphDriver::demand(const ActiveRun& run, std::size_t step) const {
    return demandOf(graph_, run, step);
}

Result<CallPlan, StepError> GraphDriver::prepare(const ActiveRun& run, std::size_t step) const {
    return callOf(graph_, run, step);
}

Result<BuiltInPlan, StepError> GraphDriver::prepareBuiltIn(const ActiveRun& run, std::size_t step) const {
    return builtInOf(graph_, run, step);
}

Result<bool, StepError> GraphDriver::matches(const ActiveRun& run, std::size_t step, const ActiveEvent& later) const {
    return matchesWait(graph_, run, step, later);
}

Result<bool, StepError> GraphDriver::cancels(const ActiveRun& run, std::size_t entry, const ActiveEvent& later) const {
    return matchesCancel(graph_, run, entry, later);
}

}  // namespace stepd::engine
