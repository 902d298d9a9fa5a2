#include "simulation/world.h"

namespace stepd::test {
namespace {

engine::EngineOptions optionsFor(std::uint64_t seed) {
    engine::EngineOptions options;
    options.maxActiveRuns = 1 + seed % 12;  // small, so that runs have to wait in the store
    return options;
}

}  // namespace

World::World(std::uint64_t seed) : seed_(seed), random_(seed), engine_(seed, optionsFor(seed)) {
    const std::uint64_t count = 1 + below(3);
    for (std::uint64_t i = 0; i < count; ++i) {
        pipelines_.push_back("e" + std::to_string(i));
        engine_.use(randomPipeline(pipelines_.back(), random_));
    }
    for (int plugin = 0; plugin < 4; ++plugin) {
        const std::string name = "p" + std::to_string(plugin);
        engine_.invoker.setSlots(name, 1 + below(3));
        engine_.invoker.script(name, [this](const host::StepCall& call) { return answer(call); });
    }
}

std::uint64_t World::live() {
    for (int i = 0; i < 60; ++i) {
        disturb();
        turns(below(12));
    }
    calm_ = true;
    for (int plugin = 0; plugin < 4; ++plugin) engine_.invoker.setSlots("p" + std::to_string(plugin), 2);
    restart();  // steps that would answer never are interrupted
    for (int i = 0; i < 20'000 && (i == 0 || engine_.store.stats().runsOpen != 0); ++i) {
        turns(1'000'000);
        engine_.clock.advance(500ms);
    }
    for (const Run& run : engine_.store.listRuns({}, {.before = {}, .limit = 100'000})) {
        require(isTerminal(run.state), "every run ends", run);
        note(std::string(toString(run.state)) + run.output + run.error);
        for (const AttemptRecord& attempt : engine_.store.attemptsOf(run.id))
            require(attempt.finishedAt.has_value(), "every attempt ends", run);
    }
    return hash_;
}

void World::disturb() {
    switch (below(12)) {
        case 0:
        case 1:
        case 2:
        case 3: return submit();
        case 4: return cancelSome();
        case 5: return restart();
        case 6: return engine_.store.faultAt(1 + below(4), SimFault::CrashBefore);
        case 7: return engine_.store.faultAt(1 + below(4), SimFault::CrashAfter);
        case 8: return engine_.store.faultAt(1 + below(4), SimFault::Full);
        case 9: return engine_.clock.jumpWall(chance(50) ? Duration(24h) : Duration(-24h));
        case 10: return engine_.invoker.setSlots("p" + std::to_string(below(4)), below(4));
        default: return engine_.clock.advance(Duration(std::chrono::milliseconds(below(8000))));
    }
}

void World::submit() {
    if (engine_.dead()) return;
    std::vector<engine::NewEvent> events;
    const std::uint64_t count = 1 + below(4);
    for (std::uint64_t i = 0; i < count; ++i) {
        engine::NewEvent event;
        event.name = pipelines_[below(pipelines_.size())];
        if (chance(60)) event.externalId = "id" + std::to_string(below(40));
        event.data = "{\"key\":" + std::to_string(below(20)) + ",\"n\":1.0}";
        events.push_back(std::move(event));
    }
    engine_.post(std::move(events));
}

void World::cancelSome() {
    const auto runs = engine_.store.listRuns({}, {.before = {}, .limit = 50});
    if (runs.empty() || engine_.dead()) return;
    engine_.postCancel(runs[below(runs.size())].id);
}

void World::restart() {
    engine_.kill();
    engine_.start();
    note("restart");
}

void World::turns(std::uint64_t most) {
    for (std::uint64_t i = 0; i < most && engine_.turn(); ++i) checkAll();
    if (engine_.dead()) restart();
    checkAll();
}

std::string World::answer(const host::StepCall& call) {
    const std::string done = "done {\"n\":" + std::to_string(call.attempt) + ".0}";
    if (calm_) return chance(80) ? done : "in 10ms permanent";
    switch (below(14)) {
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

void World::checkAll() {
    checkAnswers();
    for (; linesSeen_ < engine_.observer.lines.size(); ++linesSeen_) {
        note(engine_.observer.lines[linesSeen_]);
        ++seen_[engine_.observer.lines[linesSeen_]];
    }
    CPPUNIT_ASSERT_MESSAGE(
        "seed " + std::to_string(seed_) + ": " + (engine_.fatal.empty() ? "" : engine_.fatal.front()),
        engine_.fatal.empty());
    // Between two commits nothing in the store has changed.
    if (engine_.store.commits() == commitsSeen_ && engine_.moves()) return;
    commitsSeen_ = engine_.store.commits();
    for (const Run& run : engine_.store.listRuns({}, {.before = {}, .limit = 100'000})) checkRun(run);
}

/// What a client was told is on disk.
void World::checkAnswers() {
    for (; answersSeen_ < engine_.answers.size(); ++answersSeen_)
        for (const engine::Submitted& one : engine_.answers[answersSeen_]) {
            if (one.status == engine::SubmitStatus::StoreFull) ++seen_["store full"];
            if (one.duplicate) ++seen_["duplicate event"];
            for (const engine::StartedRun& run : one.runs) {
                const auto stored = engine_.store.findRun(run.id);
                CPPUNIT_ASSERT_MESSAGE("seed " + std::to_string(seed_) + ": an answered run is not in the store",
                                       stored);
                CPPUNIT_ASSERT_MESSAGE("seed " + std::to_string(seed_), stored->createdAt == run.createdAt);
                if (run.duplicate && !one.duplicate) ++seen_["duplicate run"];
                note("answer " + std::to_string(run.id.value));
            }
        }
}

void World::checkRun(const Run& run) {
    if (const auto [known, first] = ended_.try_emplace(run.id, run.state); !first) {
        require(!isTerminal(known->second) || known->second == run.state, "a finished run never moves", run);
        if (isTerminal(known->second)) return;
        known->second = run.state;
    }
    checkSteps(run);
    if (isTerminal(run.state) || engine_.dead() || engine_.moves()) return;
    const auto waits = engine_.core->why(run.id);
    require(!waits.empty(), "a run that has not ended waits for something", run);
    for (const engine::Wait& wait : waits) ++seen_["wait " + std::to_string(static_cast<int>(wait.what))];
}

void World::checkSteps(const Run& run) {
    std::map<std::int32_t, int> open;
    std::map<std::int32_t, int> results;
    for (const AttemptRecord& attempt : engine_.store.attemptsOf(run.id)) {
        open[attempt.step] += attempt.finishedAt ? 0 : 1;
        results[attempt.step] += attempt.outcome == OutcomeClass::Ok ? 1 : 0;
    }
    for (const StepRecord& step : engine_.store.stepsOf(run.id)) {
        require(open[step.number] <= 1, "a step has one open attempt at most", run);
        require((step.state == StepState::Running) == (open[step.number] == 1), "running means an open attempt", run);
        require((step.state == StepState::Waiting) == step.wakeAt.has_value(), "waiting means a time to wake", run);
        require(results[step.number] == (step.state == StepState::Completed ? 1 : 0), "a result is recorded once", run);
        require(!isTerminal(run.state) || isTerminal(step.state), "no step outlives its run", run);
    }
}

void World::require(bool holds, const std::string& invariant, const Run& run) const {
    CPPUNIT_ASSERT_MESSAGE("seed " + std::to_string(seed_) + ", run " + std::to_string(run.id.value) + " (" +
                               std::string(toString(run.state)) + "): " + invariant,
                           holds);
}

/// FNV-1a, so that a trace is one number on every machine.
void World::note(std::string_view what) {
    for (const char c : what) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
}

}  // namespace stepd::test
