#include "engine/built_in_steps.h"

#include <algorithm>
#include <utility>

#include "engine/hops.h"
#include "engine/signals.h"
#include "json/json_text.h"
#include "json/writer.h"

namespace stepd::engine {
namespace {

/// So many events of a name are looked at with one question.
constexpr std::size_t kLookBack = 100;

StepError failure(OutcomeClass outcome, std::string code, std::string message) {
    return {
        .outcome = outcome, .code = std::move(code), .message = std::move(message), .details = {}, .retryAfter = {}};
}

Timestamp plus(Timestamp time, Duration by) {
    return time + std::chrono::ceil<std::chrono::microseconds>(by);
}

std::string outputOf(const Event& event) {
    json::Writer writer;
    writer.beginObject().field("id", event.visibleId()).field("name", event.name);
    writer.key("data").raw(event.data).key("user").raw(event.user);
    return writer.field("ts", toRfc3339(event.ts)).endObject().take();
}

std::string memoOf(EventId heard) {
    return "{\"event\":" + std::to_string(heard.value) + "}";
}
/// The event that a wait consumed, or that the step may not go behind.
EventId heardOf(const std::string& memo) {
    static const std::vector<std::string> kPath = {"event"};
    const auto raw = memo.empty() ? std::nullopt : json::rawAt(memo, kPath);
    return EventId{raw ? std::strtoll(std::string(*raw).c_str(), nullptr, 10) : 0};
}

std::string runJson(RunId id, Timestamp createdAt) {
    return "{\"run_id\":" + jsonString(publicId(id, createdAt)) + "}";
}

}  // namespace

void BuiltInSteps::start(ActiveRun& run, std::size_t index) {
    auto plan = run.driver->prepareBuiltIn(run, index);
    if (!plan) return fail(run, index, plan.error());
    started(run, run.steps[index]);
    std::visit([&](const auto& one) { begin(run, index, one); }, *plan);
}

void BuiltInSteps::started(ActiveRun& run, ActiveStep& step) {
    step.record.startedAt = state_.now;
    state_.move(run, RunEvent::StepStarted);
}

void BuiltInSteps::begin(ActiveRun& run, std::size_t index, const SleepPlan& plan) {
    Duration left = plan.duration.value_or(Duration::zero());
    if (plan.until) left = std::max(left, timeBetween(state_.now, *plan.until));
    if (left <= Duration::zero()) return succeed(run, index, "null");
    wait(run, index, Activity::Sleeping, left);
}

void BuiltInSteps::begin(ActiveRun& run, std::size_t index, const WaitPlan& plan) {
    ActiveStep& step = run.steps[index];
    // An event is for one wait: a second wait for the same name goes on behind the first.
    EventId after = run.record.event;
    for (const ActiveStep& other : run.steps)
        if (other.record.kind == step.record.kind && other.record.state == StepState::Completed)
            after = std::max(after, heardOf(other.record.memo));
    step.record.memo = memoOf(after);
    step.heardUpTo = after;
    wait(run, index, Activity::Listening, plan.timeout);
    listen(run, index, plan);
    lookBack(run, index, after);
}

void BuiltInSteps::begin(ActiveRun& run, std::size_t index, const SendPlan& plan) {
    Order order{.event = {.name = plan.name, .externalId = plan.id, .data = plan.data, .user = {}, .ts = plan.ts}};
    send(run, index, std::move(order), &BuiltInSteps::sent);
}

void BuiltInSteps::begin(ActiveRun& run, std::size_t index, const InvokePlan& plan) {
    if (!hooks_.knowsPipeline(plan.pipeline))
        return fail(run, index,
                    failure(OutcomeClass::NotFound, "unknown_pipeline", "there is no pipeline " + plan.pipeline));
    Order order{.event = {.name = "stepd.invoke", .externalId = {}, .data = plan.data, .user = {}, .ts = {}}};
    order.event.target = plan.pipeline;
    if (!plan.wait) return send(run, index, std::move(order), &BuiltInSteps::detached);
    state_.ledger.number(run, run.steps[index]);
    order.parent = run.record.id;
    order.parentStep = run.steps[index].record.number;
    if (plan.timeout) run.steps[index].record.wakeAt = plus(state_.now, *plan.timeout);
    send(run, index, std::move(order), &BuiltInSteps::invoked);
}

void BuiltInSteps::begin(ActiveRun& run, std::size_t index, const FailPlan& plan) {
    fail(run, index, plan.error);
}

// ---- waiting

void BuiltInSteps::wait(ActiveRun& run, std::size_t index, Activity activity, std::optional<Duration> timeout) {
    ActiveStep& step = run.steps[index];
    if (timeout) step.record.wakeAt = plus(state_.now, *timeout);
    step.activity = activity;
    state_.move(run, step, StepEvent::Waits);
    arm(run, index);
}

void BuiltInSteps::arm(ActiveRun& run, std::size_t index) {
    ActiveStep& step = run.steps[index];
    if (!step.record.wakeAt) return;
    const Duration left = std::max(Duration::zero(), timeBetween(state_.now, *step.record.wakeAt));
    step.timer = state_.timers.arm(state_.instant + left, run.record.id, index);
}

void BuiltInSteps::resume(ActiveRun& run, std::size_t index, bool missed) {
    ActiveStep& step = run.steps[index];
    const std::string& kind = step.record.kind;
    if (kind == "wait_for_event") {
        const auto plan = run.driver->prepareBuiltIn(run, index);
        if (!plan) return fail(run, index, plan.error());
        step.heardUpTo = heardOf(step.record.memo);
        step.activity = Activity::Listening;
        arm(run, index);
        listen(run, index, std::get<WaitPlan>(*plan));
        if (missed) lookBack(run, index, step.heardUpTo);
        return;
    }
    step.activity = kind == "invoke" ? Activity::Invoking : Activity::Sleeping;
    arm(run, index);
    if (kind != "invoke") return;
    for (const Run& stored : run.children) {
        // One that has ended since the store looked is in memory until its end is on disk.
        const ActiveRun* known = state_.runs.find(stored.id);
        const Run& child = known != nullptr ? known->record : stored;
        if (child.parentStep == step.record.number && isTerminal(child.state))
            return childEnded(run, step.record.number, child);
    }
}

void BuiltInSteps::due(ActiveRun& run, std::size_t index) {
    ActiveStep& step = run.steps[index];
    const Activity was = step.activity;
    state_.timers.cancel(std::exchange(step.timer, {}));         // whoever looked back may have been quicker than it
    if (was == Activity::Listening && step.lookingBack) return;  // the answer decides
    if (was == Activity::Invoking) {
        cancelChild(step);
        return fail(run, index,
                    failure(OutcomeClass::Timeout, "invoke_timeout", "the invoked run has not ended in time"));
    }
    if (was == Activity::Listening) deaf(run, index);
    succeed(run, index, "null");
}

void BuiltInSteps::listen(ActiveRun& run, std::size_t index, const WaitPlan& plan) {
    ActiveStep& step = run.steps[index];
    step.signal = signals::forEvent(plan.event, plan.correlation);
    state_.ears.add(step.signal, {.run = run.record.id, .step = index});
    hooks_.catchUp(run, index);
}

void BuiltInSteps::deaf(ActiveRun& run, std::size_t index) {
    state_.ears.remove(run.steps[index].signal, {.run = run.record.id, .step = index});
}

/// Events that came before the ear was there, but after the run's own: in the order in which they came.
void BuiltInSteps::lookBack(ActiveRun& run, std::size_t index, EventId after) {
    ActiveStep& step = run.steps[index];
    if (step.activity != Activity::Listening) return;
    step.lookingBack = true;
    step.lookAgain = false;
    const std::string name(signals::nameOf(signals::familyOf(step.signal)));
    const RunId id = run.record.id;
    state_.questions.findEvents({.name = name, .after = after, .limit = kLookBack},
                                [this, id, index, after](const std::vector<Event>& found) {
                                    ActiveRun* asked = state_.runs.find(id);
                                    if (asked == nullptr || !asked->steps[index].lookingBack) return;
                                    ActiveStep& listening = asked->steps[index];
                                    listening.lookingBack = false;
                                    EventId last = after;
                                    for (const Event& event : found) {
                                        last = event.id;
                                        ActiveEvent one;
                                        one.event = event;
                                        if (heard(*asked, index, one)) return hooks_.ended(*asked);
                                    }
                                    if (found.size() == kLookBack || listening.lookAgain)
                                        return lookBack(*asked, index, last);
                                    if (listening.record.wakeAt && *listening.record.wakeAt <= state_.now)
                                        due(*asked, index);
                                    hooks_.ended(*asked);
                                });
}

bool BuiltInSteps::heard(ActiveRun& run, std::size_t index, const ActiveEvent& event) {
    ActiveStep& step = run.steps[index];
    if (step.activity != Activity::Listening || event.event.id <= step.heardUpTo) return false;
    if (step.lookingBack) return step.lookAgain = true, false;  // an earlier one may be the one
    const auto matches = run.driver->matches(run, index, event);
    if (matches && !*matches) return false;
    deaf(run, index);
    state_.timers.cancel(step.timer);
    step.record.memo = memoOf(event.event.id);
    if (matches) {
        succeed(run, index, outputOf(event.event));
    } else {
        fail(run, index, matches.error());
    }
    return true;
}

// ---- events and runs of its own

void BuiltInSteps::send(ActiveRun& run, std::size_t index, Order order,
                        void (BuiltInSteps::*placed)(ActiveRun&, std::size_t, const Submitted&)) {
    order.event.requestId = nextHop(run.event->event, state_.now);
    if (order.event.requestId.empty())
        return fail(run, index,
                    failure(OutcomeClass::Permanent, "event_loop",
                            std::to_string(kMostHops) + " runs brought about each other within a minute each: this "
                                                        "looks like a loop of events that start each other"));
    ActiveStep& step = run.steps[index];
    step.activity = Activity::LookingUp;
    const RunId id = run.record.id;
    order.wanted = [this, id, index] {
        const ActiveRun* asking = state_.runs.find(id);
        return asking != nullptr && asking->steps[index].activity == Activity::LookingUp;
    };
    order.placed = [this, id, index, placed](const Submitted& answer) {
        ActiveRun& asking = *state_.runs.find(id);
        asking.steps[index].activity = Activity::Idle;
        if (answer.status != SubmitStatus::Accepted) {
            fail(asking, index, failure(OutcomeClass::Transient, "not_accepted", answer.message));
        } else {
            (this->*placed)(asking, index, answer);
        }
        hooks_.ended(asking);
    };
    hooks_.send(std::move(order));
}

void BuiltInSteps::sent(ActiveRun& run, std::size_t index, const Submitted& answer) {
    json::Writer writer;
    writer.beginObject().field("event_id", publicId(answer.event, answer.receivedAt));
    writer.key("run_ids").beginArray();
    for (const StartedRun& one : answer.runs) writer.string(publicId(one.id, one.createdAt));
    succeed(run, index, writer.endArray().endObject().take());
}

void BuiltInSteps::detached(ActiveRun& run, std::size_t index, const Submitted& answer) {
    if (answer.runs.empty())
        return fail(run, index,
                    failure(OutcomeClass::Conflict, "not_started",
                            answer.skipped.empty() ? "no run was started" : answer.skipped.front().why));
    succeed(run, index, runJson(answer.runs.front().id, answer.runs.front().createdAt));
}

void BuiltInSteps::invoked(ActiveRun& run, std::size_t index, const Submitted& answer) {
    if (answer.runs.empty() || answer.runs.front().duplicate) return detached(run, index, answer);
    ActiveStep& step = run.steps[index];
    step.record.memo = runJson(answer.runs.front().id, answer.runs.front().createdAt);
    step.activity = Activity::Invoking;
    state_.move(run, step, StepEvent::Waits);
    arm(run, index);
}

void BuiltInSteps::childEnded(ActiveRun& run, std::int32_t number, const Run& child) {
    const auto step = std::find_if(run.steps.begin(), run.steps.end(),
                                   [&](const ActiveStep& one) { return one.record.number == number; });
    if (step == run.steps.end() || step->activity != Activity::Invoking) return;
    const auto index = static_cast<std::size_t>(step - run.steps.begin());
    state_.timers.cancel(step->timer);
    if (child.state == RunState::Completed) return succeed(run, index, child.output);
    StepError error =
        failure(child.state == RunState::Cancelled ? OutcomeClass::Cancelled : OutcomeClass::Permanent,
                "invoked_run_" + std::string(toString(child.state)),
                "run " + publicId(child.id, child.createdAt) + " of " + child.pipeline + " " +
                    (child.state == RunState::Cancelled ? "was " : "has ") + std::string(toString(child.state)));
    error.details = child.error;
    fail(run, index, std::move(error));
}

void BuiltInSteps::abandon(ActiveRun& run, std::size_t index) {
    ActiveStep& step = run.steps[index];
    state_.timers.cancel(step.timer);
    if (step.activity == Activity::Listening) deaf(run, index);
    step.lookingBack = false;
    if (step.activity == Activity::Invoking) cancelChild(step);
}

/// The child is not worth more than the parent that wants its result.
void BuiltInSteps::cancelChild(const ActiveStep& step) {
    static const std::vector<std::string> kPath = {"run_id"};
    const auto raw = json::rawAt(step.record.memo, kPath);
    const auto text = raw ? json::stringOf(*raw) : std::nullopt;
    if (const auto child = text ? parseRunId(*text) : std::nullopt)
        hooks_.cancelRun(child->id, "the run that invoked it does not wait for it any more");
}

// ---- ends

void BuiltInSteps::succeed(ActiveRun& run, std::size_t index, std::string output) {
    ActiveStep& step = run.steps[index];
    step.activity = Activity::Idle;
    step.record.output = std::move(output);
    state_.move(run, step, StepEvent::Succeeded);
}

void BuiltInSteps::fail(ActiveRun& run, std::size_t index, StepError error) {
    ActiveStep& step = run.steps[index];
    step.activity = Activity::Idle;
    step.record.error = std::move(error);
    state_.move(run, step, StepEvent::GivenUp);
}

}  // namespace stepd::engine
