#include "engine/attempt.h"

#include <algorithm>

#include "base/text.h"
#include "engine/bindings.h"
#include "engine/retry_policy.h"

namespace stepd::engine {
namespace {

std::string errorJson(const StepError& error) {
    return "{\"class\":" + jsonString(toString(error.outcome)) + ",\"code\":" + jsonString(error.code) +
           ",\"message\":" + jsonString(error.message) + "}";
}

/// Longer ones stand in the step alone, as long as no later attempt ends: each attempt is a row for as long as its run
/// is kept, and a plugin may hand over a megabyte.
constexpr std::size_t kLongestDetails = 64U << 10;

std::string detailsOf(const StepError& error) {
    return error.details.size() > kLongestDetails ? std::string() : error.details;
}

/// Tries that count against the policy.
std::int32_t counted(const StepRecord& record) {
    return record.attempts - record.lost;
}

/// Empty if the expression lets the step be tried again, else why not.
std::string vetoOf(const pipeline::StepRetry& retry, const StepError& error) {
    if (!retry.when) return {};
    const auto value = retry.when->evaluate(ErrorScope(error));
    if (!value) return "`retry.when: " + retry.when->source() + "` could not be evaluated: " + value.error().message;
    return value->asBool().value_or(false) ? "" : "`retry.when` is false: " + retry.when->source();
}

}  // namespace

void Attempts::ready(ActiveRun& run, std::size_t index) {
    ActiveStep& step = run.steps[index];
    auto demand = run.driver->demand(run, index);
    if (!demand) return giveUp(run, step, demand.error());
    step.limiter = demand->limiter;
    if (demand->cacheKey && !step.cacheKey) return askCache(run, index, *demand->cacheKey);
    standInLine(run, index, std::move(*demand));
}

void Attempts::askCache(ActiveRun& run, std::size_t index, const std::string& key) {
    ActiveStep& step = run.steps[index];
    step.cacheKey = key;
    step.activity = Activity::LookingUp;
    const RunId id = run.record.id;
    state_.questions.lookup({.now = state_.now, .once = {}, .cache = {{run.driver->rules(run, index).cacheScope, key}}},
                            [this, id, index](const store::Found& found) {
                                ActiveRun* asked = state_.runs.find(id);
                                if (asked == nullptr || asked->steps[index].activity != Activity::LookingUp) return;
                                ActiveStep& waiting = asked->steps[index];
                                waiting.activity = Activity::Idle;
                                if (found.cached[0]) {
                                    waiting.record.output = *found.cached[0];
                                    waiting.record.memo = "\"cached\"";
                                    waiting.record.startedAt = state_.now;
                                    state_.move(*asked, waiting, StepEvent::Succeeded);
                                } else {
                                    ready(*asked, index);
                                }
                                ended_(*asked);
                            });
}

void Attempts::standInLine(ActiveRun& run, std::size_t index, StepDemand demand) {
    ActiveStep& step = run.steps[index];
    state_.ledger.number(run, step);
    step.activity = Activity::Ready;
    const Demand wanted{.pipeline = run.record.pipeline,
                        .lanes = std::move(demand.lanes),
                        .plugin = run.driver->rules(run, index).plugin,
                        .group = std::move(demand.group)};
    if (state_.scheduler.take(ticketOf(run, step), wanted)) start(run, index);
}

void Attempts::giveUp(ActiveRun& run, ActiveStep& step, StepError error) {
    step.activity = Activity::Idle;
    step.record.error = std::move(error);
    state_.move(run, step, StepEvent::GivenUp);
}

void Attempts::start(ActiveRun& run, std::size_t index) {
    ActiveStep& step = run.steps[index];
    auto plan = run.driver->prepare(run, index);
    if (plan) return send(run, index, std::move(*plan));
    state_.scheduler.release(ticketOf(run, step));
    giveUp(run, step, plan.error());
}

void Attempts::send(ActiveRun& run, std::size_t index, CallPlan plan) {
    ActiveStep& step = run.steps[index];
    StepRecord& record = step.record;
    const StepRules& rules = run.driver->rules(run, index);

    const bool first = !record.startedAt;
    if (first) {
        record.startedAt = state_.now;
        step.firstStarted = state_.instant;
    }
    ++record.attempts;
    step.activity = Activity::Open;
    record.attemptStartedAt = state_.now;
    step.attemptStarted = state_.instant;
    step.call = state_.runs.openCall({.run = run.record.id, .step = index, .plugin = rules.plugin});
    state_.move(run, RunEvent::StepStarted);
    state_.move(run, step, StepEvent::AttemptStarted);

    AttemptRecord attempt;
    attempt.step = record.number;
    attempt.number = record.attempts;
    attempt.startedAt = state_.now;
    notice(run, step, attempt, Duration::zero());

    const RunRef& ref = *refOf(run);
    state_.ledger.after(Invoke{.call = std::make_unique<host::StepCall>(host::StepCall{
                                   .id = step.call,
                                   .plugin = rules.plugin,
                                   .build = state_.pluginSets.build(run.record.plugins, rules.plugin),
                                   .step = std::move(plan.stepType),
                                   .config = std::move(plan.config),
                                   .input = std::move(plan.input),
                                   .timeout = plan.timeout,
                                   .requestId = ref.requestId,
                                   .runId = ref.publicRun,
                                   .eventId = ref.publicEvent,
                                   .stepId = record.name,
                                   .attempt = record.attempts,
                                   .attemptsLeft = std::max(0, rules.retry.policy.attempts - counted(record)),
                                   .idempotencyKey = ref.publicRun + "/" + record.name,
                                   .runStartedAt = run.record.startedAt.value_or(state_.now),
                                   .resumeToken = record.resumeToken,
                                   .previousError = record.error ? errorJson(*record.error) : std::string(),
                               })});
}

AttemptEnding Attempts::finished(ActiveRun& run, std::size_t index, StepResult result) {
    ActiveStep& step = run.steps[index];
    StepRecord& record = step.record;
    result.error.outcome = result.outcome;
    state_.scheduler.release(ticketOf(run, step));
    if (result.outcome == OutcomeClass::RateLimited && result.error.retryAfter && !step.limiter.empty())
        state_.scheduler.closeLane(step.limiter, state_.now + std::chrono::ceil<std::chrono::microseconds>(
                                                                  std::min(*result.error.retryAfter, kMostPatience)));
    close(run, step, result);

    switch (result.outcome) {
        case OutcomeClass::Ok:
            record.output = std::move(result.output);
            record.error.reset();
            record.resumeToken.clear();
            keepInCache(run, step);
            state_.move(run, step, StepEvent::Succeeded);
            return AttemptEnding::StepEnded;
        case OutcomeClass::Skipped:
            record.error = std::move(result.error);
            state_.move(run, step, StepEvent::NothingToDo);
            return AttemptEnding::StepEnded;
        default:
            record.error = std::move(result.error);
            record.resumeToken = std::move(result.resumeToken);
            return failed(run, index, run.driver->rules(run, index));
    }
}

void Attempts::keepInCache(const ActiveRun& run, const ActiveStep& step) {
    if (!step.cacheKey) return;
    const StepRules& rules = run.driver->rules(run, static_cast<std::size_t>(&step - run.steps.data()));
    state_.ledger.add(
        store::CacheChange{.scope = rules.cacheScope,
                           .key = *step.cacheKey,
                           .output = step.record.output,
                           .expiresAt = state_.now + std::chrono::ceil<std::chrono::microseconds>(rules.cacheTtl)});
}

/// The attempt is over, whatever follows.
void Attempts::close(ActiveRun& run, ActiveStep& step, const StepResult& result) {
    step.activity = Activity::Idle;
    step.record.receipt = result.receipt;
    const AttemptRecord attempt{.step = step.record.number,
                                .number = step.record.attempts,
                                .startedAt = step.record.attemptStartedAt.value_or(state_.now),
                                .finishedAt = state_.now,
                                .outcome = result.outcome,
                                .code = result.error.code,
                                .message = result.error.message,
                                .details = detailsOf(result.error),
                                .receipt = result.receipt};
    notice(run, step, attempt, state_.instant - step.attemptStarted);
    if (result.outcome != OutcomeClass::Ok) state_.ledger.attemptEnded(run, attempt);
}

AttemptEnding Attempts::failed(ActiveRun& run, std::size_t index, const StepRules& rules) {
    ActiveStep& step = run.steps[index];
    const StepError& error = *step.record.error;
    if (error.outcome == OutcomeClass::Lost) ++step.record.lost;
    if (killsWorker(error.outcome) && ++step.record.crashes >= state_.options.quarantineAfterCrashes) {
        step.verdict = "it killed its worker " + std::to_string(step.record.crashes) + " times";
        state_.move(run, step, StepEvent::GivenUp);
        return AttemptEnding::Poisoned;
    }
    const Tries tries{.counted = counted(step.record), .sinceFirst = state_.instant - step.firstStarted};
    RetryVerdict verdict = decideRetry(rules.retry.policy, error, tries, state_.parts.random);
    if (verdict.delay && error.outcome != OutcomeClass::Lost) {
        verdict.reason = vetoOf(rules.retry, error);
        if (!verdict.reason.empty()) verdict.delay.reset();
    }
    if (verdict.delay) {
        retryLater(run, index, *verdict.delay);
        return AttemptEnding::TriedAgain;
    }
    step.verdict = std::move(verdict.reason);
    if (rules.retry.policy.onExhausted == OnExhausted::Pause) {
        step.activity = Activity::Held;
        step.record.memo = "\"held\"";
        state_.move(run, step, StepEvent::Held);
        return AttemptEnding::TriedAgain;
    }
    state_.move(run, step, StepEvent::GivenUp);
    return AttemptEnding::StepEnded;
}

void Attempts::retryLater(ActiveRun& run, std::size_t index, Duration delay) {
    ActiveStep& step = run.steps[index];
    step.record.wakeAt = state_.now + std::chrono::ceil<std::chrono::microseconds>(delay);
    state_.move(run, step, StepEvent::RetryLater);
    sleep(run, index, delay);
}

void Attempts::interrupted(ActiveRun& run, std::size_t index) {
    ActiveStep& step = run.steps[index];
    StepResult lost;
    lost.outcome = OutcomeClass::Lost;
    lost.error.code = "daemon_stopped";
    lost.error.message = "stepd stopped while the attempt ran";
    step.attemptStarted = state_.instant;
    close(run, step, lost);
    state_.scheduler.releaseLanes(ticketOf(run, step));
    ++step.record.lost;
    step.record.wakeAt = state_.now;
    state_.move(run, step, StepEvent::RetryLater);
}

void Attempts::sleep(ActiveRun& run, std::size_t index, Duration delay) {
    if (delay <= Duration::zero()) return ready(run, index);
    ActiveStep& step = run.steps[index];
    step.activity = Activity::Sleeping;
    step.timer = state_.timers.arm(state_.instant + delay, run.record.id, index);
}

void Attempts::due(ActiveRun& run, std::size_t index) {
    ready(run, index);
}

void Attempts::release(ActiveRun& run, std::size_t index) {
    ActiveStep& step = run.steps[index];
    step.record.memo.clear();
    step.record.lost = step.record.attempts;
    step.record.crashes = 0;
    step.firstStarted = state_.instant;
    state_.ledger.touch(run, step);
    ready(run, index);
}

void Attempts::abandon(ActiveRun& run, std::size_t index, host::CancelReason reason) {
    ActiveStep& step = run.steps[index];
    switch (step.activity) {
        case Activity::Ready: state_.scheduler.release(ticketOf(run, step)); break;
        case Activity::Sleeping: state_.timers.cancel(step.timer); break;
        case Activity::Open:
            state_.scheduler.releaseLanes(ticketOf(run, step));
            state_.runs.findCall(step.call)->run = RunId{};  // the plugin's slot stays taken until the call has ended
            state_.ledger.after(StopCall{.call = step.call, .reason = reason});
            if (step.record.attempts > step.handedInAttempts) {
                --step.record.attempts;  // its start is in no batch yet: it never was
            } else {
                close(
                    run, step,
                    {.outcome = OutcomeClass::Cancelled, .output = {}, .error = {}, .resumeToken = {}, .receipt = {}});
            }
            break;
        default: break;
    }
    step.activity = Activity::Idle;
    // A step that never started has no row, and needs none.
    if (step.handedIn || step.dirty) state_.move(run, step, StepEvent::Dropped);
}

void Attempts::notice(const ActiveRun& run, const ActiveStep& step, const AttemptRecord& attempt, Duration took) {
    if (state_.parts.observer == nullptr) return;
    const auto index = static_cast<std::size_t>(&step - run.steps.data());
    state_.ledger.after(AttemptNotice{.run = refOf(run),
                                      .step = step.record.name,
                                      .plugin = run.driver ? run.driver->rules(run, index).plugin : std::string(),
                                      .number = attempt.number,
                                      .outcome = attempt.outcome,
                                      .code = attempt.code,
                                      .message = attempt.message,
                                      .took = took});
}

}  // namespace stepd::engine
