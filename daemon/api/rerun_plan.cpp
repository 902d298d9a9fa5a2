#include "api/rerun_plan.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/diagnostic.h"
#include "pipeline/needs_graph.h"

namespace stepd::api {
namespace {

using pipeline::Phase;
using pipeline::Pipeline;

/// Of the main steps that are no part of a group: only those can be named.
std::optional<std::size_t> findStep(const Pipeline& pipeline, const std::string& id) {
    for (std::size_t i = 0; i < pipeline.steps.size(); ++i) {
        const auto& step = pipeline.steps[i];
        if (step.id == id && step.phase == Phase::Main && !step.group) return i;
    }
    return std::nullopt;
}

std::string noSuchStep(const Pipeline& pipeline, const std::string& id) {
    std::vector<std::string> names;
    for (const auto& step : pipeline.steps)
        if (step.phase == Phase::Main && !step.group) names.push_back(step.id);
    const std::string meant = didYouMean(id, names);
    return "The pipeline " + pipeline.id + " has no main step " + id +
           (meant.empty() ? "." : "; did you mean " + meant + "?");
}

/// `pages[3].fetch` is a record of the step `pages`.
std::string stepOf(const StepRecord& record) {
    return record.name.substr(0, record.name.find('['));
}

/// Names of the steps of the pipeline whose records are kept when `from` is done again.
std::set<std::string> keptSteps(const Pipeline& pipeline, const std::vector<StepRecord>& records, std::size_t from) {
    const auto upstream = pipeline::upstreamOf(pipeline::needsOf(pipeline.steps));
    const auto recordOf = [&](const std::string& id) {
        return std::find_if(records.begin(), records.end(), [&](const StepRecord& r) { return r.name == id; });
    };
    const auto aFailureMayBeWhy = [&](std::size_t skipped) {
        for (std::size_t i = 0; i < pipeline.steps.size(); ++i) {
            if (!upstream[skipped][i]) continue;
            const auto record = recordOf(pipeline.steps[i].id);
            if (record != records.end() && record->state == StepState::Failed) return true;
        }
        return false;
    };
    std::set<std::string> kept;
    for (std::size_t i = 0; i < pipeline.steps.size(); ++i) {
        const auto& step = pipeline.steps[i];
        if (step.phase != Phase::Main || step.group || i == from || upstream[i][from]) continue;
        const auto record = recordOf(step.id);
        if (record == records.end()) continue;
        if (record->state == StepState::Completed || (record->state == StepState::Skipped && !aFailureMayBeWhy(i)))
            kept.insert(step.id);
    }
    return kept;
}

std::string firstStep(const Pipeline& pipeline) {
    const auto order = pipeline::topologicalOrder(pipeline::needsOf(pipeline.steps));
    for (const std::size_t index : order)
        if (pipeline.steps[index].phase == Phase::Main && !pipeline.steps[index].group) return pipeline.steps[index].id;
    return {};
}

}  // namespace

Result<engine::Rerun, std::string> planRerun(const Pipeline& pipeline, const Run& of, Event event,
                                             const std::vector<StepRecord>& steps, const RerunWish& wish) {
    using Outcome = Result<engine::Rerun, std::string>;
    engine::Rerun rerun{.of = of, .event = std::move(event), .kept = {}};
    std::set<std::string> kept;
    if (!wish.from.empty()) {
        const auto from = findStep(pipeline, wish.from);
        if (!from) return Outcome::failure(noSuchStep(pipeline, wish.from));
        kept = keptSteps(pipeline, steps, *from);
        for (const StepRecord& record : steps) {
            const bool done = record.state == StepState::Completed || record.state == StepState::Skipped;
            // Of a kept `foreach` that collects failures, items may have failed: they are part of its result.
            if (kept.contains(stepOf(record)) && (done || record.name != stepOf(record))) rerun.kept.push_back(record);
        }
    }
    if (wish.input.empty()) {
        if (!wish.step.empty()) return Outcome::failure("step names the step that gets `input`, and there is none.");
        return rerun;
    }
    std::string target = wish.step.empty() ? wish.from : wish.step;
    if (target.empty()) target = firstStep(pipeline);
    const auto step = findStep(pipeline, target);
    if (!step) return Outcome::failure(noSuchStep(pipeline, target));
    if (kept.contains(target))
        return Outcome::failure("The result of " + target + " is kept, so it takes no input; begin from it.");
    if (pipeline.steps[*step].foreach || pipeline.steps[*step].isGroup)
        return Outcome::failure(target + " has one input for each of its items; none can be given.");
    if (pipeline.steps[*step].plugin.empty())
        return Outcome::failure(target + " is no plugin's step, so it takes no input.");
    rerun.input = engine::Rerun::GivenInput{.step = target, .json = wish.input};
    return rerun;
}

}  // namespace stepd::api
