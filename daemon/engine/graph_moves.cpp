#include "engine/graph_moves.h"

#include <algorithm>

#include "engine/bindings.h"
#include "engine/foreach_moves.h"
#include "engine/step_errors.h"
#include "engine/step_family.h"

namespace stepd::engine {

using pipeline::Phase;
using pipeline::Step;

std::vector<Move> GraphMoves::next() {
    if (run_.record.ending)
        closingPart(*run_.record.ending);
    else
        mainPart();
    return std::move(moves_);
}

void GraphMoves::mainPart() {
    const Siblings steps(graph_, run_, kNoStep, graph_.top(Phase::Main));
    if (const std::size_t failed = steps.failure(); failed != kNoStep)
        moves_.push_back({.kind = Move::Kind::End, .step = failed, .ending = RunState::Failed});
    else if (walk(steps))
        moves_.push_back(ended());
}

Move GraphMoves::ended() const {
    const auto& output = graph_.pipeline().output;
    if (!output) return {.kind = Move::Kind::End, .output = "null", .ending = RunState::Completed};
    auto rendered = output->render(RunScope(graph_, run_, kNoStep));
    if (!rendered)
        return {.kind = Move::Kind::End,
                .error = expressionError("`output` of the pipeline", rendered.error().message),
                .ending = RunState::Failed};
    return {.kind = Move::Kind::End, .output = std::move(*rendered), .ending = RunState::Completed};
}

void GraphMoves::closingPart(RunState ending) {
    const auto& last = graph_.top(Phase::Finally);
    const auto began = [this](std::size_t plan) { return graph_.place(run_, kNoStep, plan) != kNoStep; };
    if (ending != RunState::Quarantined) {
        // A run that failed in `finally` has no time for `on_failure` any more.
        const bool early = std::none_of(last.begin(), last.end(), began);
        if (ending == RunState::Failed && early && !closed(Phase::OnFailure)) return;
        if (!closed(Phase::Finally)) return;
        if (ending == RunState::Completed) {
            const std::size_t failed = Siblings(graph_, run_, kNoStep, last).failure();
            if (failed != kNoStep)
                return moves_.push_back({.kind = Move::Kind::End, .step = failed, .ending = RunState::Failed});
        }
    }
    moves_.push_back({.kind = Move::Kind::Finish});
}

bool GraphMoves::closed(Phase phase) {
    const auto& plans = graph_.top(phase);
    if (plans.empty()) return true;
    addMissing(kNoStep, plans);
    return moves_.empty() && walk(Siblings(graph_, run_, kNoStep, plans, Failure::StopsNobody));
}

bool GraphMoves::walk(const Siblings& siblings) {
    bool all = true;
    for (const std::size_t plan : siblings.plans()) {
        const std::size_t place = siblings.place(plan);
        if (isTerminal(state(place))) continue;
        all = false;
        if (siblings.unwanted(plan)) {
            cancel(place);
        } else if (!untouched(place)) {
            follow(place);
        } else {
            auto verdict = siblings.turn(plan);
            if (verdict.turn == Siblings::Turn::Now) begin(place);
            if (verdict.turn == Siblings::Turn::Never)
                moves_.push_back({.kind = Move::Kind::Skip, .step = place, .error = std::move(verdict.why)});
        }
    }
    return all;
}

bool GraphMoves::untouched(std::size_t place) const {
    return state(place) == StepState::Pending && run_.steps[place].activity == Activity::Idle;
}

void GraphMoves::begin(std::size_t place) {
    if (wanted(place)) open(place);
}

bool GraphMoves::wanted(std::size_t place) {
    const PlannedStep& plan = graph_.of(run_.steps[place]);
    const auto& condition = plan.step->condition;
    if (!condition || plan.conditionPerItem != graph_.isItem(run_, place)) return true;

    const auto value = condition->evaluate(RunScope(graph_, run_, place));
    const auto yes = value ? value->asBool() : std::nullopt;
    if (yes && *yes) return true;
    if (yes) {
        moves_.push_back({.kind = Move::Kind::Skip,
                          .step = place,
                          .error = skipReason("condition_false", "`if` is false: " + condition->source())});
        return false;
    }
    const std::string problem =
        value ? std::string("it gives ") + value->typeName() + ", not bool" : value.error().message;
    fail(place, expressionError("`if: " + condition->source() + "`", problem));
    return false;
}

void GraphMoves::open(std::size_t place) {
    switch (graph_.partOf(run_, place)) {
        case Part::Work: return moves_.push_back({.kind = Move::Kind::Start, .step = place});
        case Part::Foreach: return moves_.push_back(openForeach(graph_, run_, place));
        case Part::Group:
            moves_.push_back({.kind = Move::Kind::Open, .step = place});
            return addMissing(place, graph_.of(run_.steps[place]).inner);
    }
}

void GraphMoves::follow(std::size_t place) {
    switch (graph_.partOf(run_, place)) {
        case Part::Work: return;
        case Part::Foreach: return followForeach(place);
        case Part::Group: return followGroup(place);
    }
}

void GraphMoves::cancel(std::size_t place) {
    if (graph_.partOf(run_, place) != Part::Work)
        for (const std::uint32_t child : graph_.family(run_, place).children)
            if (!isTerminal(state(child))) cancel(child);
    moves_.push_back({.kind = Move::Kind::Cancel, .step = place});
}

void GraphMoves::fail(std::size_t place, StepError error) {
    moves_.push_back({.kind = Move::Kind::Fail, .step = place, .error = std::move(error)});
}

void GraphMoves::addMissing(std::size_t parent, const std::vector<std::size_t>& plans) {
    Move add{.kind = Move::Kind::Add};
    for (const std::size_t plan : plans)
        if (graph_.place(run_, parent, plan) == kNoStep) add.plans.push_back(graph_.record(run_, parent, plan));
    if (!add.plans.empty()) moves_.push_back(std::move(add));
}

void GraphMoves::followGroup(std::size_t place) {
    const PlannedStep& plan = graph_.of(run_.steps[place]);
    StepFamily& family = graph_.family(run_, place);
    if (family.children.size() < plan.inner.size()) return addMissing(place, plan.inner);
    if (!plan.nested && family.isCalm(run_)) return;

    const Siblings steps(graph_, run_, place, plan.inner);
    if (const std::size_t failed = steps.failure(); failed != kNoStep) {
        for (const std::uint32_t child : family.children)
            if (!isTerminal(state(child))) cancel(child);
        return fail(place, errorBelow("step `" + graph_.of(run_.steps[failed]).step->id + "`", run_.steps[failed]));
    }
    const std::size_t before = moves_.size();
    if (walk(steps))
        moves_.push_back({.kind = Move::Kind::Succeed, .step = place, .output = outputOfGroup(graph_, run_, place)});
    else if (moves_.size() == before)
        family.rememberCalm(run_);
}

void GraphMoves::followForeach(std::size_t place) {
    const auto& foreach = *graph_.of(run_.steps[place]).step->foreach;
    StepFamily& family = graph_.family(run_, place);
    if (const std::size_t failed = failedItem(graph_, run_, place); failed != kNoStep) {
        for (const std::uint32_t child : family.children)
            if (!isTerminal(state(child))) cancel(child);
        return fail(place, errorBelow("item " + itemKey(run_, failed), run_.steps[failed]));
    }
    while (family.ended < family.children.size() && isTerminal(state(family.children[family.ended]))) ++family.ended;

    std::size_t open = 0;
    for (std::size_t i = family.ended; i < family.children.size(); ++i) {
        const std::size_t child = family.children[i];
        if (isTerminal(state(child))) continue;
        ++open;
        untouched(child) ? begin(child) : follow(child);
    }
    const std::size_t left = itemsOf(run_, place).size() - family.children.size();
    if (open == 0 && left == 0) {
        moves_.push_back({.kind = Move::Kind::Succeed, .step = place, .output = outputOfForeach(graph_, run_, place)});
        return;
    }
    const std::size_t most = foreach.maxParallel == 0 ? kMostItems : foreach.maxParallel;
    if (left > 0 && open < most) moves_.push_back(addItems(graph_, run_, place, std::min(left, most - open)));
}

}  // namespace stepd::engine
