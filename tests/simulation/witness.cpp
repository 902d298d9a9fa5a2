#include "simulation/witness.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

#include "engine/lanes.h"

namespace stepd::test {

using namespace store;
namespace lanes = engine::lanes;

namespace {

bool isHeld(const StepRecord& step) {
    return step.memo == "\"held\"";
}

}  // namespace

void Witness::broken(const std::string& invariant) const {
    CPPUNIT_FAIL("seed " + std::to_string(seed_) + ": " + invariant);
    std::abort();
}

void Witness::require(bool holds, const char* invariant, const Run& run) const {
    if (holds) return;
    broken("run " + std::to_string(run.id.value) + " of " + run.pipeline + " (" + std::string(toString(run.state)) +
           (run.parked ? ", parked" : "") + "): " + invariant);
}

void Witness::uses(const pipeline::Pipeline& pipeline) {
    const auto most = [&](const std::vector<pipeline::Concurrency>& entries) {
        for (const auto& entry : entries) mostSlots_[entry.family] = std::max(mostSlots_[entry.family], entry.limit);
    };
    most(pipeline.concurrency);
    for (const pipeline::Step& step : pipeline.steps) most(step.concurrency);
    // Of mode cancel, and of schedules, the older ones hold theirs until they have ended.
    const auto& singleton = pipeline.singleton;
    if (singleton && singleton->mode == pipeline::SingletonMode::Skip && pipeline.crons.empty())
        mostSlots_[singleton->family] = 1;
    if (pipeline.debounce) mostSlots_[pipeline.debounce->family] = 1;
    pipelines_[pipeline.id] = std::make_shared<pipeline::Pipeline>(pipeline);
}

// ---- what is written

void Witness::written(const Batch& batch) {
    history_.nextBatch();
    for (const Change& change : batch.changes) std::visit([this](const auto& one) { see(one); }, change);
}

void Witness::see(const Admission& change) {
    // By the event itself: whoever forgets to take its key is found as well.
    if (const Event& event = change.event; !event.externalId.empty())
        key(change.once.value_or(OnceKey{.scope = "event:" + event.name,
                                         .key = event.externalId,
                                         .expiresAt = event.receivedAt + 24h,
                                         .askedAt = event.receivedAt}),
            event.receivedAt);
    const std::string starts = change.runs.empty() ? "" : change.runs.front().run.pipeline;
    if (!history_.admitted(change.event, starts)) broken("a tick of " + starts + " came twice");
    for (const NewRun& fresh : change.runs) {
        if (fresh.once) key(*fresh.once, fresh.run.createdAt);
        admit(fresh);
        const auto& rule = pipelines_.at(fresh.run.pipeline)->rateLimit;
        if (!rule) continue;
        const std::string lane = lanes::name(rule->family, rule->key ? keyOf(change.event) : "");
        require(rates_.start(lane, engine::rateLimitRule(rule->limit, rule->period, rule->burst),
                             change.event.receivedAt) ||
                    pipelines_.at(fresh.run.pipeline)->debounce.has_value(),
                "no more runs than rate_limit allows", fresh.run);
    }
}

void Witness::key(const OnceKey& once, Timestamp at) {
    const auto [until, fresh] = keys_.emplace(once.scope + " " + once.key, once.expiresAt);
    if (!fresh && until->second > std::max(at, once.askedAt))
        broken("key " + once.key + " of " + once.scope + " is taken twice");
    until->second = once.expiresAt;
}

void Witness::admit(const NewRun& fresh) {
    const Run& run = fresh.run;
    if (run.parent) ++seen_["run invoked"];
    if (run.rerunOf) ++seen_["rerun"];
    Known& known = runs_[run.id];
    known.run = run;
    known.waits = fresh.waits.size();
    touched_.insert(run.id);
    if (isTerminal(run.state)) return;
    open_.insert(run.id);
    if (run.parent) runs_[run.parent].openChildren.insert(run.id);
}

void Witness::see(const RunChange& change) {
    Known& known = runs_[change.run.id];
    require(!isTerminal(known.run.state), "a finished run never moves", known.run);
    touched_.insert(change.run.id);
    if (!known.run.startedAt && change.run.startedAt) {
        const auto& rule = pipelines_.at(known.run.pipeline)->throttle;
        for (const std::string& lane : known.run.lanes)
            if (limitsHold_ && rule && lanes::familyOf(lane) == rule->family)
                require(rates_.start(lane, engine::throttleRule(rule->limit, rule->period, rule->burst),
                                     *change.run.startedAt),
                        "no more starts than throttle allows", known.run);
    }
    known.run.state = change.run.state;
    known.run.startedAt = change.run.startedAt;
    known.run.parked = change.run.parked;
    if (change.run.parked) ++seen_["run parked"];
    if (!isTerminal(known.run.state)) return;
    known.waits = 0;
    open_.erase(known.run.id);
    if (!known.run.parent) return;
    runs_[known.run.parent].openChildren.erase(known.run.id);
    touched_.insert(known.run.parent);
}

void Witness::see(const StepChange& change) {
    touched_.insert(change.run);
    const StepRecord& step = change.step;
    if (isHeld(step)) ++seen_["held"];
    if (!isTerminal(step.state)) return;
    ++seen_[step.kind + " " + std::string(toString(step.state))];
    if (step.memo == "\"cached\"") ++seen_["cached"];
    if (step.kind == "wait_for_event" && step.state == StepState::Completed && step.output == "null")
        timedOut(runs_.at(change.run).run, step);
}

/// A wait ends without an event only if there was none.
void Witness::timedOut(const Run& run, const StepRecord& step) {
    ++seen_["wait timed out"];
    const auto& steps = pipelines_.at(run.pipeline)->steps;
    const auto plan = std::find_if(steps.begin(), steps.end(), [&](const auto& one) { return one.id == step.name; });
    for (const StepRecord& before : store_.stepsOf(run.id)) {
        if (before.number != step.number || !before.wakeAt) continue;
        const auto after = EventId{std::strtoll(step.memo.c_str() + std::string("{\"event\":").size(), nullptr, 10)};
        const auto& match = std::get<pipeline::WaitForEventStep>(plan->builtIn).match;
        const Event* missed = history_.missed(match, keyOf(store_.eventsOf(run.id).front()), after, *before.wakeAt);
        if (missed != nullptr)
            broken("step " + step.name + " of run " + std::to_string(run.id.value) + " has missed event " +
                   std::to_string(missed->id.value));
    }
}

void Witness::see(const WaitsChange& change) {
    runs_[change.run].waits = change.waits.size();
    touched_.insert(change.run);
}

void Witness::see(const SlotChange& change) {
    touched_.insert(change.run);
    if (change.held) {
        holders_[change.lane].emplace(change.run, change.step);
        runs_[change.run].slots.emplace(change.lane, change.step);
        taken_.insert(change.lane);
    } else {
        holders_[change.lane].erase({change.run, change.step});
        runs_[change.run].slots.erase({change.lane, change.step});
    }
}

// ---- what must hold

void Witness::check() {
    for (const std::string& lane : std::exchange(taken_, {})) checkLane(lane);
    for (const RunId run : std::exchange(touched_, {})) checkRun(runs_.at(run));
}

void Witness::checkLane(const std::string& lane) const {
    const auto most = mostSlots_.find(std::string(lanes::familyOf(lane)));
    if (most == mostSlots_.end() || !limitsHold_) return;
    const std::size_t held = holders_.at(lane).size();
    if (held > most->second)
        broken(std::to_string(held) + " hold a slot of " + lane + ", which has " + std::to_string(most->second));
}

void Witness::checkRun(const Known& known) {
    const auto stored = store_.findRun(known.run.id);
    if (!stored) return;  // its batch was not written after all
    const Run& run = *stored;
    require(!isTerminal(run.state) || known.slots.empty(), "every slot's owner is alive", run);
    require(isTerminal(run.state) == run.finishedAt.has_value(), "an end has its time", run);
    require(!isTerminal(run.state) || !run.ending, "a run that has ended is not about to end", run);
    const std::vector<StepRecord> steps = store_.stepsOf(run.id);
    checkSteps(run);
    checkItems(run, steps);
    if (run.state == RunState::Completed) checkPlan(run, steps);
    if (run.parked && !isTerminal(run.state)) {
        Known now = known;
        now.run = run;
        checkParked(now, steps);
    }
    if (run.state == RunState::Queued) singleton(run);
}

/// A run is completed when all that was planned has had its end, `finally` too.
void Witness::checkPlan(const Run& run, const std::vector<StepRecord>& steps) const {
    for (const pipeline::Step& plan : pipelines_.at(run.pipeline)->steps) {
        if (plan.group || plan.phase == pipeline::Phase::OnFailure) continue;
        require(std::any_of(steps.begin(), steps.end(), [&](const StepRecord& step) { return step.name == plan.id; }),
                "a completed run has left out no step", run);
    }
}

void Witness::checkParked(const Known& known, const std::vector<StepRecord>& steps) const {
    const bool wakes = known.run.wakeAt || known.waits != 0 || !known.openChildren.empty() ||
                       std::any_of(steps.begin(), steps.end(), isHeld);
    require(wakes, "something brings a parked run back", known.run);
    const bool runs = std::any_of(steps.begin(), steps.end(), [](const StepRecord& step) {
        return step.state == StepState::Running && step.kind == "plugin";
    });
    require(!runs, "no call of a parked run is out", known.run);
}

/// Independent of the slots: at most one active run a key.
void Witness::singleton(const Run& run) {
    const pipeline::Pipeline& pipeline = *pipelines_.at(run.pipeline);
    if (!pipeline.singleton || pipeline.singleton->mode != pipeline::SingletonMode::Skip || run.rerunOf ||
        pipeline.debounce)
        return;
    const auto keyOfRun = [&](RunId id) {
        return pipeline.singleton->key ? keyOf(store_.eventsOf(id).front()) : std::string();
    };
    for (const RunId id : open_) {
        const Run& other = runs_.at(id).run;
        if (id == run.id || other.pipeline != run.pipeline || other.rerunOf) continue;
        require(keyOfRun(id) != keyOfRun(run.id), "a singleton is alone", run);
    }
}

void Witness::checkSteps(const Run& run) {
    std::map<std::int32_t, int> open;
    std::map<std::int32_t, int> results;
    for (const AttemptRecord& attempt : store_.attemptsOf(run.id)) {
        open[attempt.step] += attempt.finishedAt ? 0 : 1;
        results[attempt.step] += attempt.outcome == OutcomeClass::Ok ? 1 : 0;
    }
    for (const StepRecord& step : store_.stepsOf(run.id)) {
        const bool plugin = step.kind == "plugin";
        const bool free = !step.memo.empty() && !isHeld(step);  // from the cache, or of an earlier run
        const bool done = step.state == StepState::Completed;
        require(open[step.number] <= 1, "a step has one open attempt at most", run);
        require(!plugin || (step.state == StepState::Running) == (open[step.number] == 1),
                "running means an open attempt", run);
        require(!plugin || results[step.number] == (done && !free ? 1 : 0), "a result is recorded once", run);
        require(!step.wakeAt || step.state == StepState::Waiting, "who has a time to wake waits", run);
        require(!isTerminal(run.state) || isTerminal(step.state), "no step outlives its run", run);
    }
}

/// Each item of a `foreach` once.
void Witness::checkItems(const Run& run, const std::vector<StepRecord>& steps) {
    std::set<std::string> names;
    for (const StepRecord& step : steps) require(names.insert(step.name).second, "a step has one record", run);
    if (run.rerunOf) return;  // what was kept comes without its items
    for (const StepRecord& step : steps) {
        if (step.kind != "foreach" || step.state != StepState::Completed) continue;
        const std::string prefix = step.name + "[";
        const auto items = std::count_if(steps.begin(), steps.end(), [&](const StepRecord& item) {
            return item.name.starts_with(prefix) && item.name.back() == ']' && isTerminal(item.state);
        });
        require(static_cast<std::size_t>(items) == itemsIn(store_.eventsOf(run.id).front()),
                "a completed foreach has had each item once", run);
    }
}

void Witness::checkAtRest(const engine::Core& core) {
    for (const RunId id : open_) {
        const Run& run = runs_.at(id).run;
        if (run.parked) continue;
        require(!core.why(id).empty(), "a run that has not ended waits for something", run);
    }
}

void Witness::checkAtEnd() {
    bool asked = false;
    store_.audit(100, [&](const Violations& found) {
        asked = true;
        if (!found.slotsWithoutOwner.empty())
            broken("a slot of " + found.slotsWithoutOwner.front().lane + " is held by nobody");
        if (!found.parkedWithoutWake.empty()) broken("something brings a parked run back, says the audit");
    });
    store_.pump();
    if (!asked) broken("the store does not answer");
    for (const RunId id : open_) require(false, "every run ends", runs_.at(id).run);
    for (const auto& [id, known] : runs_)
        for (const AttemptRecord& attempt : store_.attemptsOf(id))
            require(attempt.finishedAt.has_value(), "every attempt ends", known.run);
}

}  // namespace stepd::test
