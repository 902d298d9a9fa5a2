#include "engine/run_life.h"

namespace stepd::engine {

void RunLife::lay(ActiveRun& run) {
    for (StepPlan& plan : run.driver->begin()) {
        ActiveStep& step = run.steps.emplace_back();
        step.record.number = -1;
        step.record.name = std::move(plan.name);
        step.record.kind = std::move(plan.kind);
    }
}

void RunLife::advance(ActiveRun& run) {
    while (!isTerminal(run.record.state)) {
        std::vector<Move> moves = run.driver->next(run);
        if (moves.empty()) return rest(run);
        for (Move& move : moves) make(run, std::move(move));
    }
}

void RunLife::make(ActiveRun& run, Move move) {
    switch (move.kind) {
        case Move::Kind::Start: return attempts_.ready(run, move.step);
        case Move::Kind::Skip:
            run.steps[move.step].record.error = std::move(move.error);
            state_.move(run, run.steps[move.step], StepEvent::NothingToDo);
            return;
        case Move::Kind::Refuse:
            run.steps[move.step].record.error = std::move(move.error);
            state_.move(run, run.steps[move.step], StepEvent::Refused);
            return;
        case Move::Kind::Complete:
            run.record.output = std::move(move.output);
            return end(run, RunEvent::LastStepEnded, host::CancelReason::Superseded);
        case Move::Kind::Fail:
            if (move.step == Move::kNoStep) return fail(run, move.error);
            return failBecauseOf(run, move.step, RunEvent::StepFailed);
    }
}

void RunLife::finished(ActiveRun& run, std::size_t step, StepResult result) {
    switch (attempts_.finished(run, step, std::move(result))) {
        case AttemptEnding::StepEnded: return advance(run);
        case AttemptEnding::TriedAgain: return rest(run);
        case AttemptEnding::Poisoned: return failBecauseOf(run, step, RunEvent::Poisoned);
    }
}

void RunLife::cancel(ActiveRun& run) {
    end(run, RunEvent::CancelAsked, host::CancelReason::User);
}

void RunLife::fail(ActiveRun& run, const StepError& error) {
    run.record.error = runError("", error, "");
    end(run, RunEvent::StepFailed, host::CancelReason::Superseded);
}

void RunLife::failBecauseOf(ActiveRun& run, std::size_t index, RunEvent event) {
    const ActiveStep& step = run.steps[index];
    run.record.error = runError(step.record.name, step.record.error.value_or(StepError{}), step.verdict);
    end(run, event, host::CancelReason::Superseded);
}

void RunLife::end(ActiveRun& run, RunEvent event, host::CancelReason reason) {
    for (std::size_t i = 0; i < run.steps.size(); ++i)
        if (!isTerminal(run.steps[i].record.state)) attempts_.abandon(run, i, reason);
    state_.move(run, event);
    state_.ledger.after(RunEnded{run.record.id});
}

/// Waiting is for runs that only timers hold; one whose step waits for a free slot stays as it is.
void RunLife::rest(ActiveRun& run) {
    bool sleeps = false;
    for (const ActiveStep& step : run.steps) {
        if (step.activity == Activity::Open || step.activity == Activity::Ready) return;
        sleeps = sleeps || step.activity == Activity::Sleeping;
    }
    if (sleeps) state_.move(run, RunEvent::OnlyTimersLeft);
}

}  // namespace stepd::engine
