#include "engine/siblings.h"

#include <algorithm>

#include "engine/step_errors.h"

namespace stepd::engine {

using pipeline::Step;

Siblings::Tally Siblings::tally(const Step& join) const {
    Tally tally;
    for (const std::size_t need : join.needs) {
        const StepState now = state(need);
        if (now == StepState::Completed) ++tally.completed;
        if (!isTerminal(now)) ++tally.open;
    }
    return tally;
}

Siblings::Verdict Siblings::turn(std::size_t plan) const {
    const Step& step = *graph_[plan].step;
    if (step.any) return joined(step);
    for (const std::size_t need : step.needs)
        if (!isTerminal(state(need))) return {};
    for (const std::size_t need : step.needs)
        if (blocks(need))
            return {
                .turn = Turn::Never,
                .why = skipReason("need_failed", "`" + graph_[need].step->id + "` was needed, and it " +
                                                     (state(need) == StepState::Failed ? "failed" : "was skipped"))};
    for (const std::size_t need : step.requireSuccess) {
        if (state(need) == StepState::Completed) continue;
        return {.turn = Turn::Never,
                .why = skipReason("need_not_met", "`" + graph_[need].step->id + "` had to complete, and it was " +
                                                      std::string(toString(state(need))))};
    }
    return {.turn = Turn::Now};
}

Siblings::Verdict Siblings::joined(const Step& join) const {
    const Tally needs = tally(join);
    if (needs.completed >= join.any->count) return {.turn = Turn::Now};
    if (needs.open > 0) return {};
    std::string names;
    for (const std::size_t need : join.needs) names += (names.empty() ? "`" : ", `") + graph_[need].step->id + "`";
    return {.turn = Turn::Never,
            .why = skipReason("too_few_completed", "any " + std::to_string(join.any->count) + " of " + names +
                                                       " had to complete, and " + std::to_string(needs.completed) +
                                                       " did")};
}

bool Siblings::unwanted(std::size_t plan) const {
    const auto& dependents = graph_[plan].dependents;
    const auto cancelled = [this](std::size_t dependent) { return state(dependent) == StepState::Cancelled; };
    const auto wonWithoutIt = [this](std::size_t dependent) {
        const Step& join = *graph_[dependent].step;
        return join.any && join.any->race && tally(join).completed >= join.any->count;
    };
    if (std::any_of(dependents.begin(), dependents.end(), wonWithoutIt)) return true;
    return !dependents.empty() && std::all_of(dependents.begin(), dependents.end(), cancelled);
}

bool Siblings::blocks(std::size_t need) const {
    if (failure_ == Failure::StopsNobody) return false;
    const Step& step = *graph_[need].step;
    if (state(need) == StepState::Failed) return !graph_[need].rules.goesOnAfterFailure;
    return state(need) == StepState::Skipped && !step.any &&
           std::any_of(step.needs.begin(), step.needs.end(), [this](std::size_t before) { return blocks(before); });
}

std::size_t Siblings::failure() const {
    for (const std::size_t plan : plans_) {
        const std::size_t at = place(plan);
        if (run_.steps[at].record.state != StepState::Failed) continue;
        if (!graph_[plan].rules.goesOnAfterFailure && insistedOn(plan)) return at;
    }
    return kNoStep;
}

bool Siblings::insistedOn(std::size_t plan) const {
    const auto& dependents = graph_[plan].dependents;
    return dependents.empty() || std::any_of(dependents.begin(), dependents.end(), [this](std::size_t dependent) {
               const Step& join = *graph_[dependent].step;
               if (!join.any) return insistedOn(dependent);
               const Tally needs = tally(join);
               return needs.completed + needs.open < join.any->count;
           });
}

}  // namespace stepd::engine
