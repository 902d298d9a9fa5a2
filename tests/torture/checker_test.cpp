#include "torture/checker.h"

#include <cppunit/extensions/HelperMacros.h>

#include <functional>

#include "torture/jobs.h"

using namespace stepd;
using namespace stepd::torture;

namespace {

Timestamp second(std::int64_t number) {
    return fromMicros(1'700'000'000'000'000 + number * 1'000'000);
}

struct RunRows {
    Run run;
    std::vector<StepRecord> steps;
    std::vector<AttemptRecord> attempts;
};

/// What a daemon that does everything right leaves behind, ready to be spoiled.
struct World {
    std::vector<Promise> promises;
    std::vector<Execution> executions;
    std::vector<Event> events;
    std::vector<RunRows> runs;

    void add(std::int64_t job) {
        promiseAndStore(askingEvent(job));
        if (const auto answer = answeringEvent(job)) promiseAndStore(*answer);
        for (const ExpectedRun& expected : expectedRuns(job)) addRun(expected, events.front().id);
    }

    void promiseAndStore(const JobEvent& sent) {
        Event event;
        event.id = EventId{static_cast<std::int64_t>(events.size()) + 1};
        event.name = sent.name;
        event.externalId = sent.id;
        event.data = sent.data;
        promises.push_back({.event = event.name, .externalId = event.externalId, .id = event.id});
        events.push_back(std::move(event));
    }

    /// One step, done at the third attempt: the daemon died under the first, the worker under the second.
    RunRows& addRun(const ExpectedRun& expected, EventId event) {
        RunRows rows;
        rows.run.id = RunId{static_cast<std::int64_t>(runs.size()) + 1};
        rows.run.event = event;
        rows.run.pipeline = expected.pipeline;
        rows.run.state = expected.state;
        rows.run.output = expected.output;
        rows.run.startedAt = second(rows.run.id.value * 10);
        rows.run.finishedAt = second(rows.run.id.value * 10 + 10);
        rows.steps.push_back(step());
        const OutcomeClass outcomes[] = {OutcomeClass::Lost, OutcomeClass::Crash, OutcomeClass::Ok};
        for (std::int32_t number = 1; number <= 3; ++number) {
            rows.attempts.push_back(attempt(number, outcomes[number - 1]));
            executions.push_back({.run = rows.run.id,
                                  .step = "one",
                                  .attempt = number,
                                  .key = "key-" + std::to_string(rows.run.id.value)});
        }
        return runs.emplace_back(std::move(rows));
    }

    static StepRecord step() {
        StepRecord step;
        step.name = "one";
        step.kind = "plugin";
        step.state = StepState::Completed;
        step.attempts = 3;
        step.crashes = step.lost = 1;
        step.output = "{}";
        return step;
    }

    static AttemptRecord attempt(std::int32_t number, OutcomeClass outcome) {
        AttemptRecord attempt;
        attempt.number = number;
        attempt.startedAt = second(number);
        attempt.finishedAt = second(number + 1);
        attempt.outcome = outcome;
        return attempt;
    }

    Checker judged() const {
        Checker checker;
        for (const Promise& promise : promises) checker.see(promise);
        for (const Execution& execution : executions) checker.see(execution);
        for (const Event& event : events) checker.see(event);
        for (const RunRows& rows : runs) checker.see(rows.run, rows.steps, rows.attempts);
        checker.finish();
        return checker;
    }
};

/// The first job of a kind, alone in its world.
World worldOf(JobKind kind) {
    std::int64_t job = 1;
    while (kindOf(job) != kind) ++job;
    World world;
    world.add(job);
    return world;
}

void expect(const World& world, const std::string& part) {
    Checker checker = world.judged();
    std::string all;
    for (const auto& sentence : checker.findings().sentences()) all += sentence + "\n";
    CPPUNIT_ASSERT_MESSAGE("nothing was found where '" + part + "' was planted", !all.empty());
    CPPUNIT_ASSERT_MESSAGE(part + " is not in: " + all, all.find(part) != std::string::npos);
}

}  // namespace

/// A checker that finds nothing proves nothing, unless it finds what was planted.
class CheckerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CheckerTest);
    CPPUNIT_TEST(testNothingIsFoundWhereNothingIsWrong);
    CPPUNIT_TEST(testLostEvent);
    CPPUNIT_TEST(testEventUnderAnotherId);
    CPPUNIT_TEST(testEventAcknowledgedAsTwo);
    CPPUNIT_TEST(testDoubledEvent);
    CPPUNIT_TEST(testEventSentTwiceByARun);
    CPPUNIT_TEST(testEventOfNobody);
    CPPUNIT_TEST(testLostAndDoubledRun);
    CPPUNIT_TEST(testRunOfNobody);
    CPPUNIT_TEST(testRunThatHasNotEnded);
    CPPUNIT_TEST(testWrongEnd);
    CPPUNIT_TEST(testWrongResult);
    CPPUNIT_TEST(testDoubledResult);
    CPPUNIT_TEST(testExecutionAfterTheResult);
    CPPUNIT_TEST(testAttemptAfterTheResult);
    CPPUNIT_TEST(testExecutionTwice);
    CPPUNIT_TEST(testExecutionThatWasNotRecorded);
    CPPUNIT_TEST(testResultWithoutExecution);
    CPPUNIT_TEST(testExecutionsOutOfOrder);
    CPPUNIT_TEST(testChangedIdempotencyKey);
    CPPUNIT_TEST(testSharedIdempotencyKey);
    CPPUNIT_TEST(testExecutionsOfNoRunAndNoStep);
    CPPUNIT_TEST(testAttempts);
    CPPUNIT_TEST(testStepThatOutlivesItsRun);
    CPPUNIT_TEST(testTooManyAtOnce);
    CPPUNIT_TEST(testLinesOfTheEffectsFile);
    CPPUNIT_TEST_SUITE_END();

    void testNothingIsFoundWhereNothingIsWrong() {
        for (std::int64_t job = 1; job <= 32; ++job) {
            if (kindOf(job) == JobKind::Relay || kindOf(job) == JobKind::Parent) continue;  // below
            World world;
            world.add(job);
            Checker checker = world.judged();
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(job), std::size_t(0), checker.findings().count());
        }
        World relay = worldOf(JobKind::Relay);
        const std::string data = relay.events[0].data;
        relay.events.push_back(eventOf(2, "relay.passed", data));
        relay.runs[1].run.event = EventId{2};
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), relay.judged().findings().count());
        const Tally tally = relay.judged().tally();
        CPPUNIT_ASSERT_EQUAL(std::size_t(6), tally.executions);
        CPPUNIT_ASSERT_EQUAL(std::size_t(4), tally.executedAgain);
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), tally.attempts.at(OutcomeClass::Crash));
    }

    void testLostEvent() {
        World world = worldOf(JobKind::Waiter);
        world.events.pop_back();
        expect(world, "event waiter.answered answer-4 was acknowledged and is lost");
    }

    void testEventUnderAnotherId() {
        World world = worldOf(JobKind::Sequence);
        world.promises[0].id = EventId{7};
        expect(world, "is there under another id than was acknowledged");
    }

    void testEventAcknowledgedAsTwo() {
        World world = worldOf(JobKind::Sequence);
        world.promises.push_back(world.promises[0]);
        world.promises.back().id = EventId{2};
        expect(world, "was acknowledged as two events");
    }

    void testDoubledEvent() {
        World world = worldOf(JobKind::Sequence);
        world.events.push_back(world.events[0]);
        world.events.back().id = EventId{2};
        expect(world, "was admitted twice");
    }

    void testEventSentTwiceByARun() {
        World world = worldOf(JobKind::Relay);
        world.events.push_back(eventOf(2, "relay.passed", world.events[0].data));
        world.events.push_back(eventOf(3, "relay.passed", world.events[0].data));
        expect(world, "its event relay.passed is there 2 times");
    }

    void testEventOfNobody() {
        World world = worldOf(JobKind::Sequence);
        world.events.push_back(eventOf(2, "flaky.asked", world.events[0].data));
        expect(world, "is there, and nobody sent it");
    }

    void testLostAndDoubledRun() {
        World world = worldOf(JobKind::Sequence);
        const auto rows = world.runs[0];
        world.runs.clear();
        expect(world, ": 0 runs of sequence");
        world.runs = {rows, rows};
        world.runs[1].run.id = RunId{2};
        expect(world, ": 2 runs of sequence");
    }

    void testRunOfNobody() {
        World world = worldOf(JobKind::Sequence);
        world.addRun({.pipeline = "flaky", .output = "{}"}, EventId{1});
        expect(world, "started flaky, which nobody asked for");
        world.runs[1].run.event = EventId{9};
        expect(world, "is for an event that is not there");
    }

    void testRunThatHasNotEnded() {
        World world = worldOf(JobKind::Sequence);
        world.runs[0].run.state = RunState::Running;
        expect(world, "has not ended: running");
    }

    void testWrongEnd() {
        World world = worldOf(JobKind::Sequence);
        world.runs[0].run.state = RunState::Quarantined;
        expect(world, "ended as quarantined");
    }

    void testWrongResult() {
        World world = worldOf(JobKind::Sequence);
        world.runs[0].run.output = R"({"n":0})";
        expect(world, R"(has the result {"n":0} where)");
    }

    void testDoubledResult() {
        World world = worldOf(JobKind::Sequence);
        world.runs[0].attempts[1].outcome = OutcomeClass::Ok;
        expect(world, "a result was recorded 2 times");
    }

    void testExecutionAfterTheResult() {
        World world = worldOf(JobKind::Sequence);
        world.executions.push_back(world.executions[2]);
        world.executions.back().attempt = 4;
        expect(world, "attempt 4 was executed after the result of attempt 3 was recorded");
    }

    void testAttemptAfterTheResult() {
        World world = worldOf(JobKind::Sequence);
        world.runs[0].attempts.push_back(World::attempt(4, OutcomeClass::Lost));
        world.runs[0].steps[0].attempts = 4;
        expect(world, "an attempt was recorded after the one that succeeded");
    }

    void testExecutionTwice() {
        World world = worldOf(JobKind::Sequence);
        world.executions.push_back(world.executions[2]);
        expect(world, "attempt 3 was executed twice");
    }

    void testExecutionThatWasNotRecorded() {
        World world = worldOf(JobKind::Withdrawn);
        world.runs[0].steps[0].state = StepState::Cancelled;
        world.runs[0].steps[0].attempts = 2;
        world.runs[0].attempts.pop_back();
        expect(world, "attempt 3 was executed, but never recorded");
    }

    void testResultWithoutExecution() {
        World world = worldOf(JobKind::Sequence);
        world.executions.pop_back();
        expect(world, "has a result that no execution brought");
        // An attempt that was lost or crashed need not have come to its execution.
        World other = worldOf(JobKind::Sequence);
        other.executions.erase(other.executions.begin(), other.executions.begin() + 2);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), other.judged().findings().count());
    }

    void testExecutionsOutOfOrder() {
        World world = worldOf(JobKind::Sequence);
        std::swap(world.executions[0], world.executions[1]);
        expect(world, "attempt 1 was executed after attempt 2");
    }

    void testChangedIdempotencyKey() {
        World world = worldOf(JobKind::Sequence);
        world.executions[1].key = "another";
        expect(world, "attempt 2 had another idempotency key");
    }

    void testSharedIdempotencyKey() {
        World world = worldOf(JobKind::Sequence);
        world.runs[0].steps.push_back(World::step());
        world.runs[0].steps[1].name = "two";
        world.runs[0].steps[1].number = 1;
        world.executions.push_back(world.executions[2]);
        world.executions.back().step = "two";
        expect(world, "steps one and two share an idempotency key");
    }

    void testExecutionsOfNoRunAndNoStep() {
        World world = worldOf(JobKind::Sequence);
        world.executions.push_back(world.executions[2]);
        world.executions.back().step = "none";
        expect(world, "executed the unknown step none");
        world.executions.back().run = RunId{9};
        expect(world, "was executed for run 9, which is not there");
    }

    void testAttempts() {
        World world = worldOf(JobKind::Sequence);
        world.runs[0].attempts[0].finishedAt.reset();
        expect(world, "attempt 1 has not ended");
        world = worldOf(JobKind::Sequence);
        world.runs[0].attempts.erase(world.runs[0].attempts.begin());
        expect(world, "3 attempts, but 2 recorded");
        expect(world, "attempt 1 is missing");
        world = worldOf(JobKind::Sequence);
        world.runs[0].attempts[0].outcome = OutcomeClass::Timeout;
        expect(world, "ended as timeout (), which nothing here explains");
        expect(world, "its lost attempts are miscounted");
        world = worldOf(JobKind::Sequence);
        world.runs[0].steps[0].crashes = 0;
        expect(world, "its crashes are miscounted");
        world = worldOf(JobKind::Sequence);
        world.runs[0].steps[0].output.clear();
        expect(world, "completed without an output");
        world = worldOf(JobKind::Sequence);
        world.runs[0].attempts[2].outcome = OutcomeClass::Lost;
        expect(world, "completed, but no attempt succeeded");
    }

    void testStepThatOutlivesItsRun() {
        World world = worldOf(JobKind::Withdrawn);
        world.runs[0].steps[0].state = StepState::Waiting;
        expect(world, "has ended, its step one has not");
        expect(world, "an attempt succeeded, but it is waiting");
    }

    void testTooManyAtOnce() {
        World world;
        for (std::int64_t job = 1; world.runs.size() < 3; ++job)
            if (kindOf(job) == JobKind::Limited) {
                world.promiseAndStore(askingEvent(job));
                world.addRun(expectedRuns(job).front(), world.events.back().id);
            }
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), world.judged().findings().count());
        for (RunRows& rows : world.runs) rows.run.startedAt = second(15);
        expect(world, "pipeline limited had 3 runs at once");
    }

    void testLinesOfTheEffectsFile() {
        const std::string run = publicId(RunId{42}, second(1));
        const auto execution = Execution::parse(run + " each[2] 3 " + run + "/each[2]");
        CPPUNIT_ASSERT(execution && execution->run == RunId{42} && execution->attempt == 3);
        CPPUNIT_ASSERT_EQUAL(std::string("each[2]"), execution->step);
        CPPUNIT_ASSERT_EQUAL(run + "/each[2]", execution->key);
        const std::string twoLines = run + " one 3 key" + run + " two 1 key";
        for (const std::string& bad :
             std::vector<std::string>{"", run, run + " one 3", run + " one x key", "run one 3 key", twoLines})
            CPPUNIT_ASSERT_MESSAGE(bad, !Execution::parse(bad));
    }

    static Event eventOf(std::int64_t id, const std::string& name, const std::string& data) {
        Event event;
        event.id = EventId{id};
        event.name = name;
        event.data = data;
        return event;
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CheckerTest);
