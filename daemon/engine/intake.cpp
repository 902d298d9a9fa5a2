#include "engine/intake.h"

#include <algorithm>

#include "engine/bindings.h"
#include "engine/lanes.h"
#include "engine/repeated_steps.h"
#include "engine/signals.h"
#include "json/writer.h"

namespace stepd::engine {
namespace {

/// The same id of the same name within this time is the same event. Inngest's event API ("Event id") compares ids for
/// each function, so there too an id under two names is two events.
constexpr Duration kEventIdLives = 24h;

Timestamp plus(Timestamp time, Duration by) {
    return time + std::chrono::ceil<std::chrono::microseconds>(by);
}

std::vector<StartedRun> startedOf(const store::OnceHolder& holder) {
    std::vector<StartedRun> runs;
    for (const auto& run : holder.runs)
        runs.push_back({.id = run.run, .createdAt = run.createdAt, .pipeline = run.pipeline, .duplicate = true});
    return runs;
}

store::OnceHolder::HeldRun heldOf(const StartedRun& run) {
    return {.run = run.id, .createdAt = run.createdAt, .pipeline = run.pipeline};
}

std::string skippedJson(const std::vector<Unstarted>& skipped) {
    if (skipped.empty()) return {};
    json::Writer writer;
    writer.beginArray();
    for (const Unstarted& one : skipped)
        writer.beginObject().field("pipeline", one.pipeline).field("why", one.why).endObject();
    return writer.endArray().take();
}

}  // namespace

Intake::Intake(EngineState& state, Catalog& catalog, FlowControl& flow, Backlog& backlog, IntakeHooks hooks,
               EventId lastEvent, RunId lastRun)
    : state_(state),
      catalog_(catalog),
      flow_(flow),
      backlog_(backlog),
      hooks_(std::move(hooks)),
      lastEvent_(lastEvent),
      lastRun_(lastRun) {}

void Intake::submit(std::vector<NewEvent> events, Engine::SubmitCallback done) {
    enqueue({.events = std::move(events), .done = std::move(done), .order = {}});
}

/// Not at once: who sends is in the middle of its run's turn, and the admission may ask that run to go on.
void Intake::send(Order order) {
    state_.later.emplace_back([this, order = std::move(order)]() mutable {
        Pending pending{.events = {}, .done = {}, .order = std::move(order), .ordered = true};
        pending.events.push_back(std::move(pending.order.event));
        enqueue(std::move(pending));
    });
}

void Intake::refuse(const Submitted& answer) {
    for (Asked& asked : asked_)
        if (asked.pending.done) std::exchange(asked.pending.done, {})(std::vector(asked.plans.size(), answer));
    for (Pending& pending : queue_)
        if (pending.done) std::exchange(pending.done, {})(std::vector(pending.events.size(), answer));
    const auto nobodyWaits = [](const Pending& pending) { return !pending.ordered; };
    std::erase_if(asked_, [&](const Asked& asked) { return nobodyWaits(asked.pending); });
    std::erase_if(queue_, nobodyWaits);
}

// ---- which keys are taken

void Intake::enqueue(Pending pending) {
    queue_.push_back(std::move(pending));
    if (asked_.empty()) askNext();
}

/// All that waits is planned, and its keys are asked for with one question. What has no key need not wait for that.
void Intake::askNext() {
    std::vector<store::Lookup::Key> keys;
    while (!queue_.empty()) {
        Asked asked{.pending = std::move(queue_.front()), .plans = {}};
        queue_.pop_front();
        const std::size_t before = keys.size();
        for (NewEvent& event : asked.pending.events) {
            Plan one = plan(std::move(event));
            if (one.once) keys.push_back({one.once->scope, one.once->key});
            for (const Plan::Start& start : one.starts)
                if (start.once) keys.push_back({start.once->scope, start.once->key});
            asked.plans.push_back(std::move(one));
        }
        if (keys.size() == before && asked_.empty()) {
            admitAll(std::move(asked));
        } else {
            asked_.push_back(std::move(asked));
        }
    }
    if (asked_.empty()) return;
    for (const Key& known : std::exchange(settled_, {})) claimed_.erase(known);
    std::vector<Key> names;
    for (const auto& key : keys) names.emplace_back(key.scope, key.key);
    state_.questions.lookup({.now = state_.now, .once = std::move(keys), .cache = {}},
                            [this, names = std::move(names)](store::Found found) {
                                found_.clear();
                                for (std::size_t i = 0; i < names.size(); ++i)
                                    if (found.once[i]) found_.emplace(names[i], std::move(*found.once[i]));
                                answered();
                            });
}

void Intake::answered() {
    for (Asked& asked : std::exchange(asked_, {})) admitAll(std::move(asked));
    if (!queue_.empty()) askNext();
}

void Intake::settled() {
    settled_.insert(settled_.end(), std::make_move_iterator(handedIn_.begin()),
                    std::make_move_iterator(handedIn_.end()));
    handedIn_.clear();
}

void Intake::handedIn() {
    handedIn_ = std::exchange(open_, {});
}

const store::OnceHolder* Intake::holderOf(const std::optional<store::OnceKey>& once) const {
    if (!once) return nullptr;
    const Key key(once->scope, once->key);
    if (const auto claimed = claimed_.find(key); claimed != claimed_.end()) return &claimed->second;
    const auto found = found_.find(key);
    return found == found_.end() ? nullptr : &found->second;
}

void Intake::claim(const store::OnceKey& once, store::OnceHolder holder) {
    const Key key(once.scope, once.key);
    claimed_.insert_or_assign(key, std::move(holder));
    open_.push_back(key);
}

// ---- what an event matches

Intake::Plan Intake::plan(NewEvent fresh) const {
    Plan plan;
    plan.event = std::make_shared<ActiveEvent>();
    Event& event = plan.event->event;
    event.id = EventId{lastEvent_.value + 1};  // as good as any for `event.id` in keys; the real one is given later
    event.name = std::move(fresh.name);
    event.externalId = std::move(fresh.externalId);
    event.data = std::move(fresh.data);
    event.user = std::move(fresh.user);
    event.receivedAt = state_.now;
    event.ts = fresh.ts.value_or(state_.now);
    event.requestId = std::move(fresh.requestId);
    if (!event.externalId.empty() && !fresh.idIsFresh)
        plan.once = store::OnceKey{.scope = "event:" + event.name,
                                   .key = event.externalId,
                                   .expiresAt = plus(state_.now, kEventIdLives),
                                   .askedAt = state_.now};
    for (const Catalog::EntryPtr& entry : catalog_.current()) {
        const bool starts = fresh.target.empty() ? triggered(*entry, *plan.event) : entry->pipeline->id == fresh.target;
        if (starts) plan.starts.push_back({.entry = entry, .once = onceKey(*entry, *plan.event)});
    }
    return plan;
}

bool Intake::triggered(const Catalog::Entry& entry, const ActiveEvent& event) const {
    for (const pipeline::EventTrigger& trigger : entry.pipeline->triggers) {
        if (!trigger.matches(event.event.name)) continue;
        if (!trigger.condition) return true;
        const auto value = trigger.condition->evaluate(EventScope(event, *entry.pipeline, entry.vars));
        if (!value) {
            report(entry, event, "`if: " + trigger.condition->source() + "`: " + value.error().message);
        } else if (value->asBool().value_or(false)) {
            return true;
        }
    }
    return false;
}

std::optional<store::OnceKey> Intake::onceKey(const Catalog::Entry& entry, const ActiveEvent& event) const {
    const auto& idempotency = entry.pipeline->idempotency;
    if (!idempotency) return std::nullopt;
    const auto value = idempotency->key.evaluate(EventScope(event, *entry.pipeline, entry.vars));
    if (!value) {
        report(entry, event, "`idempotency.key: " + idempotency->key.source() + "`: " + value.error().message);
        return std::nullopt;
    }
    if (value->isNull() || value->asBool() == false) return std::nullopt;
    auto key = value->isString() ? value->asString() : cel::toJson(*value);
    if (!key) {
        report(entry, event, "`idempotency.key` gives " + std::string(value->typeName()) + ", which is no key");
        return std::nullopt;
    }
    return store::OnceKey{.scope = "run:" + entry.pipeline->id,
                          .key = std::move(*key),
                          .expiresAt = plus(state_.now, idempotency->ttl),
                          .askedAt = state_.now};
}

void Intake::report(const Catalog::Entry& entry, const ActiveEvent& event, const std::string& problem) const {
    if (state_.parts.observer != nullptr)
        state_.parts.observer->triggerFailed(entry.pipeline->id, event.event.visibleId(), problem);
}

// ---- admission

void Intake::admitAll(Asked asked) {
    if (asked.pending.order.wanted && !asked.pending.order.wanted()) return;
    std::vector<Submitted> answers;
    for (Plan& plan : asked.plans) answers.push_back(admit(std::move(plan), asked.pending.order));
    if (asked.pending.order.placed) asked.pending.order.placed(answers.front());
    if (asked.pending.done)
        state_.ledger.submission({.done = std::move(asked.pending.done), .answers = std::move(answers)});
}

Submitted Intake::admit(Plan plan, const Order& order) {
    if (const store::OnceHolder* holder = holderOf(plan.once)) return repeated(plan, *holder);
    Event& event = plan.event->event;
    event.id = EventId{++lastEvent_.value};
    plan.event->parsed.reset();
    if (event.ts == event.receivedAt) event.ts = state_.now;
    event.receivedAt = state_.now;

    Arrival arrival{.plan = plan, .order = order, .fresh = {}, .answer = {}, .entered = {}};
    arrival.answer.event = event.id;
    arrival.answer.receivedAt = event.receivedAt;
    for (const Plan::Start& start : plan.starts) this->start(arrival, start);
    event.skipped = skippedJson(arrival.answer.skipped);
    if (plan.once) {
        store::OnceHolder holder{.id = event.id.value, .createdAt = event.receivedAt, .runs = {}};
        for (const StartedRun& run : arrival.answer.runs) holder.runs.push_back(heldOf(run));
        claim(*plan.once, std::move(holder));
    }
    arrival.fresh.admission.event = event;
    arrival.fresh.admission.once = std::move(plan.once);
    state_.ledger.admit(std::move(arrival.fresh));
    hooks_.spread(plan.event);
    for (ActiveRun* run : arrival.entered) hooks_.begin(*run);
    return std::move(arrival.answer);
}

/// The answer that the event had the first time: the runs it started, and those that held its idempotency keys by then.
Submitted Intake::repeated(const Plan& plan, const store::OnceHolder& known) const {
    std::vector<StartedRun> runs = startedOf(known);
    for (const Plan::Start& start : plan.starts) {
        const store::OnceHolder* holder = holderOf(start.once);
        if (holder == nullptr || holder->createdAt > known.createdAt) continue;
        if (std::none_of(runs.begin(), runs.end(), [&](auto& run) { return run.id.value == holder->id; }))
            for (StartedRun& run : startedOf(*holder)) runs.push_back(std::move(run));
    }
    return {.event = EventId{known.id}, .receivedAt = known.createdAt, .duplicate = true, .runs = std::move(runs)};
}

void Intake::start(Arrival& arrival, const Plan::Start& start) {
    const Catalog::Entry& entry = *start.entry;
    if (const store::OnceHolder* holder = holderOf(start.once)) {
        const auto runs = startedOf(*holder);
        arrival.answer.runs.insert(arrival.answer.runs.end(), runs.begin(), runs.end());
        return;
    }
    Verdict verdict = flow_.decide(entry, *arrival.plan.event, arrival.order.parent == RunId{});
    overlap(verdict, arrival.order);
    if (verdict.kind == Verdict::Kind::Refuse) {
        arrival.answer.skipped.push_back({.pipeline = entry.pipeline->id, .why = verdict.why});
        if (state_.parts.observer != nullptr)
            state_.parts.observer->runSkipped(entry.pipeline->id, arrival.plan.event->event.visibleId(), verdict.why);
        return;
    }
    if (verdict.kind == Verdict::Kind::Collect && verdict.run) return join(arrival, start, verdict);

    Run run = newRun(entry, *arrival.plan.event, arrival.order);
    const StartedRun started{.id = run.id, .createdAt = run.createdAt, .pipeline = run.pipeline};
    arrival.answer.runs.push_back(started);
    if (start.once) claim(*start.once, {.id = run.id.value, .createdAt = run.createdAt, .runs = {heldOf(started)}});
    std::optional<Timestamp> wakeAt;
    if (verdict.kind == Verdict::Kind::Collect) {
        wakeAt = verdict.wakeAt;
        flow_.collected(verdict, run, *arrival.plan.event);
    } else {
        if (arrival.plan.event->event.ts > state_.now) wakeAt = arrival.plan.event->event.ts;
        if (verdict.run) hooks_.cancelRun(verdict.run, kSuperseded);
    }
    if (!verdict.lane.empty()) state_.scheduler.hold(verdict.lane, {.run = run.id});
    place(arrival, start, std::move(run), wakeAt);
}

/// A schedule that does not overlap is a singleton of its own.
void Intake::overlap(Verdict& verdict, const Order& order) const {
    if (order.overlapLane.empty() || verdict.kind != Verdict::Kind::Start || !verdict.lane.empty()) return;
    verdict.lane = order.overlapLane;
    verdict.run = state_.scheduler.holder(verdict.lane);
    if (!verdict.run || order.overlap == pipeline::Overlap::Cancel) return;
    verdict.kind = Verdict::Kind::Refuse;
    verdict.why = "overlap: the run of an earlier tick is active";
}

/// The event joins a run that is there already and has not started.
void Intake::join(Arrival& arrival, const Plan::Start& start, const Verdict& verdict) {
    const store::Collecting open = *flow_.collecting(verdict.run);
    Run run;
    run.id = open.run;
    run.createdAt = open.createdAt;
    flow_.collected(verdict, run, *arrival.plan.event);
    arrival.answer.runs.push_back({.id = open.run, .createdAt = open.createdAt, .pipeline = start.entry->pipeline->id});
    if (verdict.counts) {
        state_.ledger.addAhead(store::Collect{.run = open.run,
                                              .event = arrival.plan.event->event.id,
                                              .replace = verdict.replace,
                                              .wakeAt = verdict.wakeAt});
    } else {  // the run is only put off
        run.parked = true;
        run.wakeAt = verdict.wakeAt;
        state_.ledger.addAhead(store::RunChange{.from = RunState::Queued, .run = std::move(run)});
    }
    hooks_.parked(verdict.wakeAt);
}

Run Intake::newRun(const Catalog::Entry& entry, const ActiveEvent& event, const Order& order) {
    Run run;
    run.id = RunId{++lastRun_.value};
    run.event = event.event.id;
    run.revision = entry.pipeline->revision;
    run.plugins = state_.pluginSets.current(entry.plugins);
    run.pipeline = entry.pipeline->id;
    run.createdAt = state_.now;
    run.parent = order.parent;
    run.parentStep = order.parentStep;
    run.lanes = flow_.lanesOf(entry, event);
    run.priority = flow_.priorityOf(entry, event);
    return run;
}

/// Into memory if there is room and nobody waits for it; else it stays in the store, until its moment or its turn.
void Intake::place(Arrival& arrival, const Plan::Start& start, Run run, std::optional<Timestamp> wakeAt) {
    store::NewRun stored{.run = run, .once = start.once, .steps = {}, .waits = {}};
    ActiveRun* active = nullptr;
    if (wakeAt) {
        stored.run.parked = true;
        stored.run.wakeAt = wakeAt;
        stored.waits = earsOf(start.entry->driver, *arrival.plan.event);
        for (const store::Wait& wait : stored.waits) state_.ears.stored(wait.family, 1);
        hooks_.parked(*wakeAt);
    } else if (backlog_.empty() && state_.runs.size() < state_.options.maxActiveRuns) {
        backlog_.passed(run.id);
        active = &hooks_.enter(arrival.plan.event, std::move(run), start.entry->driver);
        arrival.entered.push_back(active);
    } else {
        backlog_.add(run.id);
    }
    arrival.fresh.active.push_back(active);
    arrival.fresh.admission.runs.push_back(std::move(stored));
}

std::vector<store::Wait> Intake::earsOf(const DriverPtr& driver, const ActiveEvent& event) {
    std::vector<store::Wait> waits;
    for (const std::string& signal : signals::ofCancelOn(driver->pipeline(), event))
        waits.push_back({.signal = signal, .family = std::string(signals::familyOf(signal)), .rank = 0, .step = -1});
    return waits;
}

std::optional<StartedRun> Intake::rerun(Rerun rerun) {
    const Catalog::EntryPtr entry = catalog_.find(rerun.of.pipeline);
    if (!entry) return std::nullopt;
    auto event = std::make_shared<ActiveEvent>();
    event->event = std::move(rerun.event);
    Run run = newRun(*entry, *event, {});
    run.rerunOf = rerun.of.id;
    run.attempt = rerun.of.attempt + 1;
    const StartedRun started{.id = run.id, .createdAt = run.createdAt, .pipeline = run.pipeline};

    NewAdmission fresh{.admission = {}, .active = {}, .eventIsStored = true};
    store::NewRun stored{.run = run, .once = {}, .steps = repeatedSteps(rerun), .waits = {}};
    // It takes its way through the store, as it begins in the middle: recovery knows how to go on from there.
    backlog_.add(run.id);
    fresh.active.push_back(nullptr);
    fresh.admission.runs.push_back(std::move(stored));
    state_.ledger.admit(std::move(fresh));
    return started;
}

}  // namespace stepd::engine
