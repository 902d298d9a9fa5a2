#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::test;
using engine::SubmitStatus;

namespace {

std::string pipelineOf(const std::string& id, const std::string& on, const std::string& more = "") {
    return "version: 1\nid: " + id + "\non: [" + on + "]\n" + more + "steps: [{id: a, uses: p}]\n";
}

}  // namespace

/// From an event to its runs: triggers, keys, duplicates.
class AdmissionTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(AdmissionTest);
    CPPUNIT_TEST(testOneCommitLiesBetweenEventAndFirstCall);
    CPPUNIT_TEST(testEveryMatchingPipelineGetsARun);
    CPPUNIT_TEST(testEventWithoutPipelineIsStored);
    CPPUNIT_TEST(testConditionErrorIsNoMatch);
    CPPUNIT_TEST(testSameEventIdStartsNothing);
    CPPUNIT_TEST(testSameEventIdInOneRequestStartsNothing);
    CPPUNIT_TEST(testEventIdBelongsToItsName);
    CPPUNIT_TEST(testEventIdIsFreeAgainAfterADay);
    CPPUNIT_TEST(testIdempotencyKeyNamesTheFirstRun);
    CPPUNIT_TEST(testEventsOfOneRequestAreOneTransaction);
    CPPUNIT_TEST(testRunsFollowTheRevisionTheyBeganWith);
    CPPUNIT_TEST(testWaiterIsToldOnceWhenTheRunHasEnded);
    CPPUNIT_TEST_SUITE_END();

public:
    void testOneCommitLiesBetweenEventAndFirstCall() {
        EngineFixture engine;
        engine.use(pipelineOf("one", "{event: go}"));
        engine.invoker.script("p", {"wait"});
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(1), engine.store.commits());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(run));
    }

    void testEveryMatchingPipelineGetsARun() {
        EngineFixture engine;
        engine.use(pipelineOf("exact", "{event: user.created}"));
        engine.use(pipelineOf("wild", "{event: user.*}"));
        engine.use(pipelineOf("paid", "{event: user.created, if: \"event.data.plan == 'paid'\"}"));
        engine.use(pipelineOf("other", "{event: order.created}"));
        engine.use(pipelineOf("twice", "{event: user.*}, {event: user.created}"));
        const auto names = [&](const std::string& data) {
            std::vector<std::string> found;
            for (const auto& run : engine.submitEvent("user.created", data).runs) found.push_back(run.pipeline);
            return found;
        };
        CPPUNIT_ASSERT(names("{\"plan\":\"free\"}") == (std::vector<std::string>{"exact", "wild", "twice"}));
        CPPUNIT_ASSERT(names("{\"plan\":\"paid\"}") == (std::vector<std::string>{"exact", "wild", "paid", "twice"}));
        CPPUNIT_ASSERT(engine.observer.problems.empty());
    }

    void testEventWithoutPipelineIsStored() {
        EngineFixture engine;
        const auto answer = engine.submitEvent("nobody.cares", "{\"x\":1.0}");
        CPPUNIT_ASSERT(answer.status == SubmitStatus::Accepted && answer.runs.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("{\"x\":1.0}"), engine.store.findEvent(answer.event)->data);
    }

    void testConditionErrorIsNoMatch() {
        EngineFixture engine;
        engine.use(pipelineOf("picky", "{event: go, if: event.data.missing > 1}"));
        CPPUNIT_ASSERT(engine.submitEvent("go").runs.empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.observer.problems.size());
        CPPUNIT_ASSERT(engine.observer.problems[0].find("picky: `if: event.data.missing > 1`") == 0);
    }

    void testSameEventIdStartsNothing() {
        EngineFixture engine;
        engine.use(pipelineOf("one", "{event: go}"));
        const auto first = engine.submitEvent("go", "{\"n\":1}", "id-1");
        engine.advance(1s);
        const auto again = engine.submitEvent("go", "{\"n\":2}", "id-1");
        CPPUNIT_ASSERT(!first.duplicate && again.duplicate);
        CPPUNIT_ASSERT(again.event == first.event && again.receivedAt == first.receivedAt);
        CPPUNIT_ASSERT(again.runs.size() == 1 && again.runs[0].id == first.runs[0].id &&
                       again.runs[0].pipeline == "one");
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().runningAttempts);
    }

    void testSameEventIdInOneRequestStartsNothing() {
        EngineFixture engine;
        engine.use(pipelineOf("one", "{event: go}"));
        engine.post({{.name = "go", .externalId = "x", .data = "{}", .user = {}, .ts = {}, .requestId = {}},
                     {.name = "go", .externalId = "x", .data = "{}", .user = {}, .ts = {}, .requestId = {}}});
        engine.settle();
        const auto& answers = engine.answers.at(0);
        CPPUNIT_ASSERT(!answers[0].duplicate && answers[1].duplicate);
        CPPUNIT_ASSERT(answers[1].runs.at(0).id == answers[0].runs.at(0).id);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
    }

    void testEventIdBelongsToItsName() {
        EngineFixture engine;
        engine.use(pipelineOf("made", "{event: order.created}"));
        engine.use(pipelineOf("paid", "{event: order.paid}"));
        engine.submit("order.created", "{}", "order-7");
        const auto paid = engine.submitEvent("order.paid", "{}", "order-7");
        CPPUNIT_ASSERT(!paid.duplicate);
        CPPUNIT_ASSERT_EQUAL(std::string("paid"), paid.runs.at(0).pipeline);
        CPPUNIT_ASSERT(engine.submitEvent("order.paid", "{}", "order-7").duplicate);
    }

    void testEventIdIsFreeAgainAfterADay() {
        EngineFixture engine;
        engine.use(pipelineOf("one", "{event: go}"));
        engine.submit("go", "{}", "id-1");
        engine.advance(24h - 1us);
        CPPUNIT_ASSERT(engine.submitEvent("go", "{}", "id-1").duplicate);
        engine.advance(1us);
        CPPUNIT_ASSERT(!engine.submitEvent("go", "{}", "id-1").duplicate);
    }

    void testIdempotencyKeyNamesTheFirstRun() {
        EngineFixture engine;
        engine.use(pipelineOf("once", "{event: go}", "idempotency: {key: event.data.key, ttl: 1h}\n"));
        const auto first = engine.submitEvent("go", "{\"key\":\"k\"}");
        const auto again = engine.submitEvent("go", "{\"key\":\"k\"}");
        CPPUNIT_ASSERT(!again.duplicate && again.event != first.event);
        CPPUNIT_ASSERT(again.runs.at(0).duplicate && again.runs[0].id == first.runs.at(0).id);
        CPPUNIT_ASSERT(!engine.submitEvent("go", "{\"key\":\"other\"}").runs.at(0).duplicate);
        CPPUNIT_ASSERT(
            !engine.submitEvent("go", "{}").runs.at(0).duplicate);  // no key: a run of its own, and a word about it
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.observer.problems.size());
        engine.advance(1h);
        CPPUNIT_ASSERT(!engine.submitEvent("go", "{\"key\":\"k\"}").runs.at(0).duplicate);
        CPPUNIT_ASSERT_EQUAL(std::size_t(4), engine.invoker.calls().size());
    }

    void testEventsOfOneRequestAreOneTransaction() {
        EngineFixture engine;
        engine.use(pipelineOf("one", "{event: go}"));
        engine.post(std::vector<engine::NewEvent>(
            50, {.name = "go", .externalId = {}, .data = "{}", .user = {}, .ts = {}, .requestId = {}}));
        engine.store.faultAt(1, SimFault::CrashBefore);
        engine.settle();
        CPPUNIT_ASSERT(engine.store.listRuns({}, {}).empty() && engine.answers.empty());
        engine.kill();
        engine.start();
        engine.post(std::vector<engine::NewEvent>(
            50, {.name = "go", .externalId = {}, .data = "{}", .user = {}, .ts = {}, .requestId = {}}));
        engine.settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t(50), engine.answers.at(0).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(50), engine.store.listRuns({}, {.before = {}, .limit = 100}).size());
    }

    void testRunsFollowTheRevisionTheyBeganWith() {
        EngineFixture engine;
        const auto old =
            engine.use("version: 1\nid: one\non: [{event: go}]\nsteps: [{id: a, uses: p}, {id: old, uses: p}]\n");
        engine.invoker.script("p", {"in 5s done {}", "in 5s done {}"});
        const auto before = engine.submit("go");
        const auto fresh =
            engine.use("version: 1\nid: one\non: [{event: go}]\nsteps: [{id: a, uses: p}, {id: new, uses: p}]\n");
        const auto after = engine.submit("go");
        engine.finish();
        CPPUNIT_ASSERT(engine.findStep(before, "old") && !engine.findStep(before, "new"));
        CPPUNIT_ASSERT(engine.findStep(after, "new") && !engine.findStep(after, "old"));
        CPPUNIT_ASSERT(engine.run(before).revision == old->revision && engine.run(after).revision == fresh->revision);
    }

    void testWaiterIsToldOnceWhenTheRunHasEnded() {
        EngineFixture engine;
        engine.use(pipelineOf("one", "{event: go}"));
        engine.invoker.script("p", {"in 5s done {}"});
        const auto run = engine.submit("go");
        engine.onEnd(run);
        engine.advance(4s);
        CPPUNIT_ASSERT(engine.ended.empty());
        engine.advance(1s);
        CPPUNIT_ASSERT(engine.ended.size() == 1 && engine.ended[0].id == run);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.ended[0].state);
        engine.onEnd(run);
        engine.settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.ended.size());
        CPPUNIT_ASSERT_EQUAL_MESSAGE("who comes late is told that", 1, engine.endedBefore);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AdmissionTest);
