#include "engine/run_life.h"

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "engine/retry_policy.h"
#include "engine/signals.h"

namespace stepd::engine {
namespace {

constexpr const char* kHeld = "\"held\"";

ActiveStep stepOf(StepPlan plan) {
    ActiveStep step;
    step.record.number = -1;
    step.record.name = std::move(plan.name);
    step.record.kind = std::move(plan.kind);
    step.plan = plan.plan;
    step.parent = plan.parent;
    step.item = plan.item;
    return step;
}

StepError timedOut(const char* what, Duration limit) {
    return {.outcome = OutcomeClass::Timeout,
            .code = std::string("timeouts.") + what,
            .message = "the run did not " + std::string(what) + " within " + toText(limit),
            .details = {},
            .retryAfter = {}};
}

RunEvent eventOf(RunState ending) {
    switch (ending) {
        case RunState::Completed: return RunEvent::Completed;
        case RunState::Cancelled: return RunEvent::Cancelled;
        default: return RunEvent::Failed;
    }
}

}  // namespace

void RunLife::lay(ActiveRun& run) {
    for (StepPlan& plan : run.driver->begin()) run.steps.push_back(stepOf(std::move(plan)));
    run.ears = signals::ofCancelOn(run.driver->pipeline(), *run.event);
    for (std::size_t i = 0; i < run.ears.size(); ++i)
        state_.ears.add(run.ears[i], {.run = run.record.id, .step = kNoStep, .entry = i});
}

// ---- the start

void RunLife::begin(ActiveRun& run) {
    if (isTerminal(run.record.state) || run.lookingBack) return;
    if (run.gate == Gate::Open) return advance(run);
    if (run.gate == Gate::InLine) return rest(run);
    if (deadlinePassed(run)) return;
    const Demand demand{
        .pipeline = run.record.pipeline, .lanes = lanesOfRun(run), .plugin = {}, .group = run.record.pipeline};
    if (demand.lanes.empty() && !state_.scheduler.paused(demand.pipeline)) {
        run.gate = Gate::Open;
        return advance(run);
    }
    run.gate = Gate::InLine;
    if (state_.scheduler.take(ticketOf(run), demand)) return passed(run);
    rest(run);
}

void RunLife::passed(ActiveRun& run) {
    run.gate = Gate::Open;
    // On disk with the slots: a run that has started needs no second turn.
    run.record.startedAt = state_.now;
    state_.ledger.touch(run);
    advance(run);
}

void RunLife::wake(ActiveRun& run) {
    if (!run.record.parked) return;
    parking_.wake(run);
    run.visiting = false;
    if (run.gate == Gate::InLine) run.gate = Gate::Closed;
    for (ActiveStep& step : run.steps)
        if (step.activity == Activity::Ready) step.activity = Activity::Idle;
    resumeSteps(run, false);
}

void RunLife::resumeSteps(ActiveRun& run, bool missed) {
    for (std::size_t i = 0; i < run.steps.size(); ++i) {
        ActiveStep& step = run.steps[i];
        if (step.record.state != StepState::Waiting || step.activity != Activity::Idle) continue;
        if (step.record.kind != "plugin") {
            builtIns_.resume(run, i, missed);
        } else if (step.record.memo == kHeld) {
            step.activity = Activity::Held;
        } else {
            const Duration left = timeBetween(state_.now, step.record.wakeAt.value_or(state_.now));
            // A wall clock that was set back must not hold the step for a day.
            const Duration most = longestDelay(run.driver->rules(run, i).retry.policy, step.record.error);
            attempts_.sleep(run, i, std::min(left, most));
        }
    }
}

// ---- the middle

void RunLife::advance(ActiveRun& run) {
    while (!isTerminal(run.record.state)) {
        std::vector<Move> moves = run.driver->next(run);
        if (moves.empty()) return rest(run);
        for (Move& move : moves) {
            make(run, std::move(move));
            if (isTerminal(run.record.state)) return;
        }
    }
}

void RunLife::make(ActiveRun& run, Move move) {
    using Kind = Move::Kind;
    if (move.kind == Kind::Add) return add(run, std::move(move.plans));
    if (move.kind == Kind::End) return concludes(run, move);
    if (move.kind == Kind::Finish) return end(run, eventOf(run.record.ending.value_or(RunState::Completed)));
    if (move.kind == Kind::Start) return start(run, move.step);
    ActiveStep& step = run.steps[move.step];
    switch (move.kind) {
        case Kind::Cancel:
            abandon(run, move.step, host::CancelReason::Superseded);
            // One that never started is not wanted either, and the driver has to see that.
            if (!isTerminal(step.record.state)) state_.move(run, step, StepEvent::Dropped);
            return;
        case Kind::Open:
            step.record.startedAt = state_.now;
            step.record.memo = std::move(move.memo);
            state_.move(run, RunEvent::StepStarted);
            state_.move(run, step, StepEvent::Opened);
            return;
        case Kind::Succeed:
            step.record.output = std::move(move.output);
            state_.move(run, step, StepEvent::Succeeded);
            return;
        case Kind::Skip:
            step.record.error = std::move(move.error);
            state_.move(run, step, StepEvent::NothingToDo);
            return;
        default:
            step.record.error = std::move(move.error);
            state_.move(run, step, StepEvent::GivenUp);
            return;
    }
}

void RunLife::add(ActiveRun& run, std::vector<StepPlan> plans) {
    for (StepPlan& plan : plans) run.steps.push_back(stepOf(std::move(plan)));
}

void RunLife::start(ActiveRun& run, std::size_t index) {
    if (run.steps[index].record.kind == "plugin") return attempts_.ready(run, index);
    builtIns_.start(run, index);
}

void RunLife::finished(ActiveRun& run, std::size_t step, StepResult result) {
    switch (attempts_.finished(run, step, std::move(result))) {
        case AttemptEnding::StepEnded: return advance(run);
        case AttemptEnding::TriedAgain: return rest(run);
        case AttemptEnding::Poisoned:
            run.record.error = runError(run.steps[step].record.name, run.steps[step].record.error.value_or(StepError{}),
                                        run.steps[step].verdict);
            return end(run, RunEvent::Poisoned);
    }
}

void RunLife::due(ActiveRun& run, std::size_t index) {
    wake(run);
    if (index == kNoStep) {
        run.deadline = {};
        if (deadlinePassed(run)) return;
        armDeadline(run);
    } else if (run.steps[index].record.kind == "plugin") {
        attempts_.due(run, index);
    } else {
        builtIns_.due(run, index);
    }
    begin(run);  // or, if it was parked in line, it stands there again
}

/// Waiting is for runs that nothing but time, an event, a run or a person will move; one whose step stands in line
/// stays as it is.
void RunLife::rest(ActiveRun& run) {
    armDeadline(run);
    const bool busy = std::any_of(run.steps.begin(), run.steps.end(), [](const ActiveStep& step) {
        return step.activity == Activity::Open || step.activity == Activity::Ready ||
               step.activity == Activity::LookingUp;
    });
    const bool waits = std::any_of(run.steps.begin(), run.steps.end(),
                                   [](const ActiveStep& step) { return step.record.state == StepState::Waiting; });
    if (waits && !busy) state_.move(run, RunEvent::Rested);
    parking_.consider(run);
}

// ---- limits of time

bool RunLife::deadlinePassed(ActiveRun& run) {
    const pipeline::Pipeline& rules = run.driver->pipeline();
    const auto late = [&](std::optional<Timestamp> from, std::optional<Duration> limit) {
        return from && limit && state_.now - *from >= *limit;
    };
    if (run.record.ending) return false;
    if (!run.record.startedAt && late(scheduledAt(run), rules.startTimeout)) {
        cancel(run, timedOut("start", *rules.startTimeout));
        return true;
    }
    if (late(run.record.startedAt, rules.finishTimeout)) {
        cancel(run, timedOut("finish", *rules.finishTimeout));
        return true;
    }
    return false;
}

void RunLife::armDeadline(ActiveRun& run) {
    if (!run.driver || run.record.ending || isTerminal(run.record.state)) return;
    const pipeline::Pipeline& rules = run.driver->pipeline();
    const bool started = run.record.startedAt.has_value();
    const auto limit = started ? rules.finishTimeout : rules.startTimeout;
    state_.timers.cancel(std::exchange(run.deadline, {}));
    if (!limit) return;
    const Duration gone = state_.now - (started ? *run.record.startedAt : scheduledAt(run));
    run.deadline =
        state_.timers.arm(state_.instant + std::max(Duration::zero(), *limit - gone), run.record.id, kNoStep);
}

// ---- the end

/// The main part is over, or `finally` has changed how the run ends.
void RunLife::concludes(ActiveRun& run, const Move& move) {
    run.record.ending = move.ending;
    run.record.output = move.ending == RunState::Completed ? move.output : std::string();
    if (move.ending == RunState::Failed) {
        const bool ofStep = move.step != kNoStep;
        const StepError error = ofStep ? run.steps[move.step].record.error.value_or(StepError{}) : move.error;
        run.record.error =
            runError(ofStep ? run.steps[move.step].record.name : "", error, ofStep ? run.steps[move.step].verdict : "");
    }
    abandonAll(run, host::CancelReason::Superseded);
    state_.timers.cancel(std::exchange(run.deadline, {}));
    state_.ledger.touch(run);
}

void RunLife::cancel(ActiveRun& run, const std::optional<StepError>& reason) {
    wake(run);
    const bool again = run.record.ending.has_value();
    if (reason && !again) run.record.error = runError("", *reason, "");
    abandonAll(run, host::CancelReason::User);
    if (again || !run.driver || run.gate != Gate::Open) return end(run, RunEvent::Cancelled);
    run.record.ending = RunState::Cancelled;
    state_.ledger.touch(run);
    advance(run);
}

void RunLife::fail(ActiveRun& run, const StepError& error) {
    run.record.error = runError("", error, "");
    end(run, RunEvent::Failed);
}

void RunLife::leave(ActiveRun& run) {
    parking_.takeDown(run);
    state_.runs.drop(run.record.id);
}

bool RunLife::release(ActiveRun& run) {
    const auto held = [](const ActiveStep& step) {
        return step.record.state == StepState::Waiting && step.record.memo == kHeld;
    };
    if (std::none_of(run.steps.begin(), run.steps.end(), held)) return false;
    wake(run);
    for (std::size_t i = 0; i < run.steps.size(); ++i)
        if (run.steps[i].activity == Activity::Held) attempts_.release(run, i);
    begin(run);
    return true;
}

void RunLife::abandon(ActiveRun& run, std::size_t index, host::CancelReason reason) {
    ActiveStep& step = run.steps[index];
    if (isTerminal(step.record.state)) return;
    if (step.record.kind != "plugin") builtIns_.abandon(run, index);
    attempts_.abandon(run, index, reason);
}

void RunLife::abandonAll(ActiveRun& run, host::CancelReason reason) {
    for (std::size_t i = 0; i < run.steps.size(); ++i) abandon(run, i, reason);
}

void RunLife::end(ActiveRun& run, RunEvent event) {
    parking_.wake(run);
    abandonAll(run, host::CancelReason::Superseded);
    run.record.ending.reset();
    state_.move(run, event);
    state_.scheduler.releaseRun(run.record.id);
    flow_.forget(run.record);
    parking_.takeDown(run);
    tellParent(run);
    state_.ledger.after(RunEnded{run.record.id});
}

/// A parent in memory takes the result in the same batch; one in the store wakes by it.
void RunLife::tellParent(const ActiveRun& run) {
    if (!run.record.parent) return;
    state_.later.emplace_back([this, child = run.record] {
        if (ActiveRun* parent = state_.runs.find(child.parent)) {
            wake(*parent);
            if (parent->lookingBack)  // its steps are not resumed yet, and find it there
                for (Run& known : parent->children)
                    if (known.id == child.id) known = child;
            builtIns_.childEnded(*parent, child.parentStep, child);
            return begin(*parent);
        }
        state_.ledger.add(store::Wake{.run = child.parent, .now = state_.now});
        parking_.note(state_.now);
    });
}

}  // namespace stepd::engine
