#include "disk/story_of_runs.h"

#include <algorithm>

#include "base/error.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_readers.h"
#include "support/engine_fixture.h"

namespace stepd::test {
namespace {

constexpr const char* kPipelines[] = {
    R"(
version: 1
id: chain
on: [{event: chain}]
defaults: {retry: {attempts: 4, backoff: constant, initial: 1s, jitter: none}}
steps:
  - {id: one, uses: quick}
  - {id: two, uses: flaky, input: "${{ steps.one.output }}"}
  - {id: three, uses: quick}
output: ${{ steps.three.output }}
)",
    R"(
version: 1
id: patient
on: [{event: patient}]
defaults: {retry: never}
steps:
  - {id: nap, uses: core/sleep, with: {for: 1h}}
  - {id: ear, uses: core/wait_for_event, with: {event: signal, timeout: 20h}}
  - {id: work, uses: quick, needs: [nap, ear]}
)",
    R"(
version: 1
id: narrow
on: [{event: narrow}]
concurrency: [{limit: 1}]
idempotency: {key: event.id, ttl: 1h}
defaults: {retry: never}
steps:
  - {id: slow, uses: slow}
)",
    R"(
version: 1
id: parent
on: [{event: parent}]
defaults: {retry: never}
steps:
  - {id: each, foreach: {items: event.data.list}, uses: quick}
  - {id: child, uses: core/invoke, with: {pipeline: narrow, data: {}}, needs: [each]}
)",
    R"(
version: 1
id: pair
on: [{event: pair}]
batch: {max_size: 2, timeout: 10m}
defaults: {retry: never}
steps:
  - {id: both, uses: quick}
)",
};

const std::vector<std::shared_ptr<pipeline::Pipeline>>& pipelines() {
    static const auto all = [] {
        std::vector<std::shared_ptr<pipeline::Pipeline>> loaded;
        for (const char* yaml : kPipelines) loaded.push_back(loadPipeline(yaml));
        return loaded;
    }();
    return all;
}

/// Small, so that runs leave memory and wait in the store.
engine::EngineOptions smallMemory() {
    engine::EngineOptions options;
    options.maxActiveRuns = 3;
    options.parkAfter = 0s;
    return options;
}

}  // namespace

StoryOfRuns::StoryOfRuns(std::string database, Repair repair)
    : life(database, smallMemory()), database_(std::move(database)), repair_(std::move(repair)) {
    for (const auto& pipeline : pipelines()) life.use(pipeline);
    life.invoker.script("quick",
                        [](const host::StepCall&) { return "done {\"text\":\"" + std::string(200, 'x') + "\"}"; });
    life.invoker.script("slow", [](const host::StepCall&) { return "in 2s done {}"; });
    life.invoker.script("flaky",
                        [](const host::StepCall& call) { return call.attempt == 1 ? "retry" : "in 100ms done {}"; });
}

void StoryOfRuns::start() {
    for (int tries = 0;; ++tries) {
        try {
            return life.start();
        } catch (const Error& error) {
            CPPUNIT_ASSERT_MESSAGE(std::string("it does not start: ") + error.what(), tries < 3);
            ++failedStarts;
            repair_();
        }
    }
}

void StoryOfRuns::restart() {
    life.stop();
    start();
}

/// What systemd does about a process that gave up.
void StoryOfRuns::revive() {
    if (!life.dead()) return;
    ++deaths;
    life.stop();
    repair_();
    start();
}

void StoryOfRuns::send(const std::string& event, const std::string& id, const std::string& data) {
    if (atRest) atRest();
    for (int tries = 0;; ++tries) {
        CPPUNIT_ASSERT_MESSAGE("an event is never accepted", tries < 100);
        std::optional<engine::Submitted> answer;
        life.post(
            engine::Submit{{{.name = event, .externalId = id, .data = data, .user = {}, .ts = {}, .requestId = {}}},
                           [&](std::vector<engine::Submitted> all) { answer = std::move(all.front()); }});
        life.settle();
        if (answer && answer->status == engine::SubmitStatus::Accepted) {
            accepted_.insert(answer->event);
            return;
        }
        revive();
        if (!answer || answer->status != engine::SubmitStatus::StoreFull) continue;
        ++refusals;
        waitForSpace();
    }
}

/// Ten seconds may show that there is space again; else a person makes some.
void StoryOfRuns::waitForSpace() {
    life.advance(10s);
    if (!life.full()) return;
    repair_();
    life.advance(10s);
}

void StoryOfRuns::pass(Duration time) {
    if (atRest) atRest();
    const Instant until = life.clock.instant() + time;
    while (life.clock.instant() < until) {
        if (life.full()) waitForSpace();
        life.advance(std::max(Duration::zero(), until - life.clock.instant()));
        revive();
    }
}

void StoryOfRuns::clients(int day) {
    const std::string today = std::to_string(day);
    send("patient", "patient-" + today);
    for (const char* one : {"a", "b", "c"}) send("chain", std::string("chain-") + one + today, "{\"n\":1.0}");
    send("chain", "chain-a" + today);  // again: the same event
    send("narrow", "narrow-a" + today);
    send("narrow", "narrow-b" + today);
    send("narrow", "narrow-c" + today);
    send("parent", "parent-" + today, "{\"list\":[1,2]}");
    send("pair", "pair-a" + today);
    send("pair", "pair-b" + today);
}

void StoryOfRuns::play() {
    start();
    clients(1);
    pass(1s);
    restart();
    pass(1min);
    send("signal", "signal-1");
    pass(2h);
    restart();
    pass(25h);  // ids expire
    clients(2);
    send("chain", "chain-a1");  // a new event by now
    pass(26h);
}

void StoryOfRuns::goOn() {
    start();
    pass(60h);
}

std::vector<std::string> StoryOfRuns::ends() {
    store::SqliteReaders readers(database_, life.clock);
    std::vector<std::string> lines;
    for (const Run& run : readers.listRuns({}, {.before = {}, .limit = 10'000})) {
        std::string line = run.pipeline + " for";
        for (const Event& event : readers.eventsOf(run.id)) line += " " + event.name + "/" + event.externalId;
        line += ": " + std::string(toString(run.state)) + " " + run.output;
        std::vector<std::string> steps;
        for (const StepRecord& step : readers.stepsOf(run.id))
            steps.push_back(" " + step.name + "=" + std::string(toString(step.state)) +
                            (step.kind == "wait_for_event" ? "" : " " + step.output));  // an event has its time
        std::sort(steps.begin(), steps.end());
        for (const std::string& step : steps) line += step;
        lines.push_back(std::move(line));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

void StoryOfRuns::check(const std::string& where) {
    store::SqliteReaders readers(database_, life.clock);
    for (const EventId event : accepted_)
        CPPUNIT_ASSERT_MESSAGE(where + ": an accepted event is lost", readers.findEvent(event));
    for (const Run& run : readers.listRuns({}, {.before = {}, .limit = 10'000})) {
        const std::string name = where + ": run " + std::to_string(run.id.value) + " of " + run.pipeline;
        CPPUNIT_ASSERT_MESSAGE(name + " has not ended", isTerminal(run.state));
        std::map<std::int32_t, int> results;
        for (const AttemptRecord& attempt : readers.attemptsOf(run.id)) {
            CPPUNIT_ASSERT_MESSAGE(name + " has an open attempt", attempt.finishedAt);
            results[attempt.step] += attempt.outcome == OutcomeClass::Ok ? 1 : 0;
        }
        for (const StepRecord& step : readers.stepsOf(run.id))
            if (step.kind == "plugin")
                CPPUNIT_ASSERT_EQUAL_MESSAGE(name + ": results of " + step.name,
                                             step.state == StepState::Completed ? 1 : 0, results[step.number]);
    }
    std::map<std::pair<std::string, std::string>, std::string> keys;
    for (const host::StepCall& call : life.invoker.calls()) {
        const auto& key = keys.try_emplace({call.runId, call.stepId}, call.idempotencyKey).first->second;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where + ": one key over all attempts", key, call.idempotencyKey);
    }
    const store::Image image = life.store->image();
    CPPUNIT_ASSERT_MESSAGE(where + ": something is held", image.slots.empty());
    CPPUNIT_ASSERT_MESSAGE(where + ": something waits", image.waiting.empty() && image.deliveries.empty());
    CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::uint64_t(0), life.core->stats().violations);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t(0), life.core->stats().activeRuns);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::string("ok"),
                                 store::Connection(database_, store::Role::Reader).ask("PRAGMA integrity_check"));
}

}  // namespace stepd::test
