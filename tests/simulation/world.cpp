#include "simulation/world.h"

#include <algorithm>
#include <utility>

namespace stepd::test {
namespace {

constexpr std::uint64_t kPlugins = 4;
constexpr std::uint32_t kSlowSlots = 2;
constexpr std::uint64_t kForever = 20'000;

std::string plugin(std::uint64_t number) {
    return "p" + std::to_string(number);
}

/// Small, so that runs have to wait in the store.
engine::EngineOptions optionsFor(std::uint64_t seed) {
    static constexpr Duration kParkAfter[] = {100ms, 2s, 10s, 1h};
    engine::EngineOptions options;
    options.maxActiveRuns = 1 + seed % 12;
    options.quarantineAfterCrashes = 1 + static_cast<std::int32_t>(seed % 3);
    options.parkAfter = kParkAfter[seed / 12 % 4];
    options.limiters["slow"] = {.slots = kSlowSlots,
                                .rate = seed % 2 == 0 ? std::optional(engine::throttleRule(3, 1s, 2)) : std::nullopt};
    return options;
}

}  // namespace

World::World(std::uint64_t seed, Mutation mutation)
    : mutation_(mutation), random_(seed), engine_(seed, optionsFor(seed)), witness_(engine_.store, seed) {
    engine_.store.onWrite([this](store::Batch& batch) {
        mutate(mutation_, batch);
        witness_.written(batch);
    });
    if (mutation_ == Mutation::ActsTooEarly) engine_.store.answerEarly();
    witness_.limiter("slow", kSlowSlots);
    const std::uint64_t count = 1 + below(3);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string name = "e" + std::to_string(i);
        yaml_[name] = randomPipeline({.id = name, .others = names_, .mostSteps = 1 + below(8)}, random_);
        names_.push_back(name);
        use(name, yaml_[name]);
    }
    for (std::uint64_t i = 0; i < kPlugins; ++i) {
        engine_.invoker.setSlots(plugin(i), 1 + below(3));
        engine_.invoker.script(plugin(i), [this](const host::StepCall& call) { return answer(call); });
    }
}

void World::use(const std::string& name, const std::string& yaml) {
    const auto used = engine_.use(yaml);
    current_[name] = used->revision;
    witness_.uses(*used);
}

std::uint64_t World::live() {
    // Most lives are short, some are long.
    const std::uint64_t troubles = chance(10) ? 60 : 8 + below(16);
    for (std::uint64_t i = 0; i < troubles; ++i) {
        disturb();
        turns(below(20));
    }
    calmDown();
    checkAtEnd();
    return hash_;
}

// ---- what goes wrong, and what people do

void World::disturb() {
    switch (below(33)) {
        case 0:
        case 1: return cancelSome();
        case 2: return restart();
        case 3: return engine_.store.faultAt(1 + below(4), SimFault::CrashBefore);
        case 4: return engine_.store.faultAt(1 + below(4), SimFault::CrashAfter);
        case 5: return engine_.store.faultAt(1 + below(4), SimFault::Full);
        case 6: return setClock();
        case 7:
        case 8: return engine_.invoker.setSlots(plugin(below(kPlugins)), below(4));
        case 9: return rerunSome();
        case 10: return releaseSome();
        case 11: return pauseSome(true);
        case 12: return pauseSome(false);
        case 13: return changePipeline();
        case 14:
        case 15:
        case 16: return engine_.clock.advance(Duration(std::chrono::milliseconds(below(8000))));
        case 17: return engine_.clock.advance(Duration(std::chrono::seconds(below(120))));
        case 18: return askAbout();
        case 19: return chance(20) ? breakRevision() : changePipeline();
        case 20: return chance(30) ? engine_.store.faultAt(1 + below(4), SimFault::Failed) : submit();
        case 21: return swapPlugin();
        default: return submit();
    }
}

void World::submit() {
    if (engine_.dead()) return;
    std::vector<engine::NewEvent> events;
    const std::uint64_t count = 1 + below(4);
    for (std::uint64_t i = 0; i < count; ++i) events.push_back(randomEvent());
    engine_.post(std::move(events));
}

engine::NewEvent World::randomEvent() {
    engine::NewEvent event;
    event.name = chance(15) ? dice_.oneOf({"signal.a", "signal.b"}) : names_[below(names_.size())];
    if (chance(50)) event.externalId = "id" + std::to_string(below(40));
    std::string items;
    for (std::uint64_t i = below(5); i > 0; --i) items += (items.empty() ? "" : ",") + std::to_string(i);
    event.data = "{\"key\":" + std::to_string(below(6)) + ",\"n\":1.0,\"items\":[" + items + "]}";
    if (chance(8)) event.ts = engine_.clock.now() + std::chrono::seconds(below(120));
    return event;
}

RunId World::someRun() {
    const auto runs = engine_.store.listRuns({}, {.before = {}, .limit = 30});
    return runs.empty() ? RunId{} : runs[below(runs.size())].id;
}

void World::cancelSome() {
    const RunId run = someRun();
    if (run && !engine_.dead()) engine_.postCancel(run);
}

void World::rerunSome() {
    const RunId id = someRun();
    if (!id || engine_.dead()) return;
    const Run run = engine_.run(id);
    if (!isTerminal(run.state)) return;
    engine::Rerun rerun{.of = run, .event = engine_.store.eventsOf(id).front(), .kept = {}};
    engine_.Rehearsal::post(engine::AskRerun{std::move(rerun), [this](const engine::RerunAnswer& answer) {
                                                 if (answer.status == engine::RerunStatus::Started) ++seen_["rerun"];
                                             }});
}

void World::releaseSome() {
    const RunId run = someRun();
    if (!run || engine_.dead()) return;
    engine_.Rehearsal::post(engine::AskRelease{run, [this](engine::ReleaseStatus status) {
                                                   if (status == engine::ReleaseStatus::Released) ++seen_["released"];
                                               }});
}

void World::pauseSome(bool paused) {
    if (engine_.dead()) return;
    engine_.Rehearsal::post(engine::AskPause{names_[below(names_.size())], paused, [this](engine::PauseStatus status) {
                                                 if (status == engine::PauseStatus::Done) ++seen_["paused"];
                                             }});
}

void World::changePipeline() {
    if (engine_.dead()) return;
    const std::string& name = names_[below(names_.size())];
    use(name, withOtherLimits(yaml_[name], random_));
}

/// It cannot be compiled any more after the next start.
void World::breakRevision() {
    revisionsBroke_ = true;
    witness_.pipelineIsGone();
    engine_.brokenRevisions.insert(current_[names_[below(names_.size())]]);
}

/// A new build of a plugin, or one that is not known for a while. The fixture looks at the builds of all calls.
void World::swapPlugin() {
    const std::uint64_t number = below(kPlugins);
    const std::string now = engine_.invoker.build(plugin(number));
    engine_.invoker.setBuild(plugin(number), chance(15) ? "" : "b" + std::to_string(below(4)));
    if (now != engine_.invoker.build(plugin(number))) ++seen_["swapped"];
}

void World::askAbout() {
    const RunId id = someRun();
    if (!id || engine_.dead()) return;
    engine_.Rehearsal::post(engine::AskWhy{id, [](const std::vector<engine::Wait>&) {}});
    engine_.Rehearsal::post(engine::WatchEnd{id, [this, id](const Run* run) {
                                                 ++seen_[run != nullptr ? "end told" : "earlier end told"];
                                                 if (!isTerminal(engine_.run(id).state))
                                                     witness_.broken("an end was told before it was on disk");
                                             }});
}

void World::setClock() {
    const bool back = chance(50);
    if (back) witness_.clockWasSetBack();
    const bool everyTick = std::any_of(yaml_.begin(), yaml_.end(), [](const auto& one) {
        return one.second.find("catch_up: all") != std::string::npos;  // a day of them is a long life
    });
    const Duration by = chance(50) && !everyTick ? Duration(24h) : Duration(std::chrono::seconds(below(100)));
    engine_.clock.jumpWall(back ? -by : by);
}

void World::restart() {
    engine_.kill();
    engine_.start();
    note("restart");
}

// ---- time goes by

void World::turns(std::uint64_t most) {
    std::uint64_t count = 0;
    for (; count < most && turn(); ++count) check();
    if (count == kForever) witness_.broken("it goes round in circles");
    if (engine_.dead() || std::exchange(diskFailed_, false)) restart();
    check();
    if (!engine_.moves()) witness_.checkAtRest(*engine_.core);
}

/// The store and the workers may be quicker than the engine.
bool World::turn() {
    if (!engine_.dead() && chance(15) && engine_.invoker.pumpOne()) return true;
    if (!engine_.dead() && chance(15) && engine_.store.pumpOne()) return true;
    return engine_.turn();
}

/// Nothing goes wrong any more, and everything comes to its end.
void World::calmDown() {
    calm_ = true;
    for (std::uint64_t i = 0; i < kPlugins; ++i) engine_.invoker.setSlots(plugin(i), 2);
    engine_.brokenRevisions.clear();
    restart();  // steps that would answer never are interrupted
    for (const std::string& name : names_) {
        use(name, withOtherLimits(yaml_[name], random_));  // no schedules any more
        engine_.Rehearsal::post(engine::AskPause{name, false, [](engine::PauseStatus) {}});
    }
    for (int i = 0; i < 5'000; ++i) {
        turns(kForever);
        if (witness_.openRuns().empty()) break;
        const auto due = engine_.nextDue();
        if (due)
            engine_.clock.advance(std::max(Duration::zero(), *due - engine_.clock.instant()));
        else if (!letGo())
            break;
    }
    turns(kForever);
}

/// Whoever waits for a person, or for an event without a limit. False: nobody does.
bool World::letGo() {
    bool some = false;
    for (const RunId id : witness_.openRuns())
        for (const StepRecord& step : engine_.store.stepsOf(id)) {
            if (step.state != StepState::Waiting || step.wakeAt) continue;
            if (step.memo == "\"held\"") {
                engine_.Rehearsal::post(engine::AskRelease{id, [](engine::ReleaseStatus) {}});
            } else if (step.kind == "wait_for_event") {
                engine_.postCancel(id);
            } else {
                continue;
            }
            some = true;
        }
    return some;
}

std::string World::answer(const host::StepCall& call) {
    const std::string done = "done {\"n\":" + std::to_string(call.attempt) + ".0}";
    if (!call.build.empty() && call.build != engine_.invoker.build(call.plugin)) ++seen_["old build called"];
    if (calm_) return chance(80) ? done : "in 10ms permanent";
    switch (below(24)) {
        case 0: return "retry";
        case 1: return "retry 3s";
        case 2: return "timeout";
        case 3: return "upstream broken";
        case 4: return "permanent";
        case 5: return "crash";
        case 6: return "lost";
        case 7: return "skip";
        case 8: return "wait";
        case 9: return "in 2s " + done;
        case 10: return "in 100ms hang";
        default: return done;
    }
}

// ---- what must hold

void World::check() {
    checkAnswers();
    for (; linesSeen_ < engine_.observer.lines.size(); ++linesSeen_) {
        note(engine_.observer.lines[linesSeen_]);
        if (engine_.observer.lines[linesSeen_].starts_with("run ")) ++seen_[engine_.observer.lines[linesSeen_]];
    }
    if (!engine_.fatal.empty() && engine_.fatal.front() == "the simulated disk has failed") {
        diskFailed_ = true;
        engine_.fatal.clear();
    }
    if (!engine_.fatal.empty()) witness_.broken(engine_.fatal.front());
    if (!engine_.dead() && engine_.stats().violations != 0) witness_.broken(engine_.observer.violations.front());
    witness_.check();
}

/// What a client was told is on disk.
void World::checkAnswers() {
    for (; answersSeen_ < engine_.answers.size(); ++answersSeen_)
        for (const engine::Submitted& one : engine_.answers[answersSeen_]) {
            if (one.status == engine::SubmitStatus::StoreFull) ++seen_["store full"];
            if (one.status != engine::SubmitStatus::Accepted) continue;
            if (one.duplicate) ++seen_["duplicate event"];
            seen_["skipped"] += static_cast<int>(one.skipped.size());
            acknowledged_.push_back(one.event);
            note("answer " + std::to_string(one.event.value));
            for (const engine::StartedRun& run : one.runs) {
                const auto stored = engine_.store.findRun(run.id);
                if (!stored || stored->createdAt != run.createdAt)
                    witness_.broken("an answered run is not in the store");
                if (run.duplicate && !one.duplicate) ++seen_["duplicate run"];
                note("run " + std::to_string(run.id.value));
            }
        }
}

void World::checkAtEnd() {
    witness_.checkAtEnd();
    for (const EventId event : acknowledged_)
        if (!engine_.store.findEvent(event)) witness_.broken("an acknowledged event is lost");
    if (!revisionsBroke_)
        for (const Run& run : engine_.store.listRuns({.state = RunState::Failed}, {.before = {}, .limit = 100'000}))
            if (run.error.find("revision_unavailable") != std::string::npos) witness_.broken("a revision was lost");
    const engine::EngineStats stats = engine_.stats();
    if (stats.activeRuns + stats.runningAttempts + stats.readySteps + stats.waitingTimers + stats.parkedWaits != 0)
        witness_.broken("something is left in memory: " + std::to_string(stats.activeRuns) + " runs, " +
                        std::to_string(stats.runningAttempts) + " attempts, " + std::to_string(stats.readySteps) +
                        " ready steps, " + std::to_string(stats.waitingTimers) + " timers, " +
                        std::to_string(stats.parkedWaits) + " parked waits");
}

std::map<std::string, int> World::seen() const {
    std::map<std::string, int> all = witness_.seen();
    for (const auto& [what, times] : seen_) all[what] += times;
    return all;
}

/// FNV-1a, so that a trace is one number on every machine.
void World::note(std::string_view what) {
    for (const char c : what) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
}

}  // namespace stepd::test
