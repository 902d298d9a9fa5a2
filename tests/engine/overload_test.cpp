#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::test;
using engine::SubmitStatus;

namespace {

const char* const kOne = "version: 1\nid: one\non: [{event: go}]\nsteps: [{id: a, uses: a}, {id: b, uses: b}]\n";

engine::EngineOptions small(std::size_t maxActiveRuns) {
    engine::EngineOptions options;
    options.maxActiveRuns = maxActiveRuns;
    return options;
}

}  // namespace

/// More runs than memory, more steps than slots, a disk that is full or broken.
class OverloadTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(OverloadTest);
    CPPUNIT_TEST(testTenTimesMoreRunsThanRoom);
    CPPUNIT_TEST(testBacklogOutlivesARestart);
    CPPUNIT_TEST(testWaiterOfAQueuedRunIsTold);
    CPPUNIT_TEST(testWaitersThatGaveUpAreForgotten);
    CPPUNIT_TEST(testNoMoreCallsThanSlots);
    CPPUNIT_TEST(testOlderRunsGetFreeSlotsFirst);
    CPPUNIT_TEST(testPluginWithoutSlotsIsLookedAtAgain);
    CPPUNIT_TEST(testFullDiskRefusesNewEventsAndKeepsRunningOnes);
    CPPUNIT_TEST(testEventRefusedByAFullDiskIsFoundWhenItIsSentAgain);
    CPPUNIT_TEST(testRunThatIsDueWaitsForAFullDisk);
    CPPUNIT_TEST(testBrokenDiskStopsEverything);
    CPPUNIT_TEST(testCommitThatHangsIsTold);
    CPPUNIT_TEST(testIdleEngineHasNothingDue);
    CPPUNIT_TEST_SUITE_END();

public:
    void testTenTimesMoreRunsThanRoom() {
        EngineFixture engine(1, small(10));
        engine.use(kOne);
        engine.invoker.setSlots("a", 3);
        engine.invoker.script("a", [](const host::StepCall&) { return "in 1s done {}"; });
        for (int i = 0; i < 10; ++i)
            engine.post(std::vector<engine::NewEvent>(
                10, {.name = "go", .externalId = {}, .data = "{}", .user = {}, .ts = {}, .requestId = {}}));
        engine.settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t(10), engine.stats().activeRuns);
        CPPUNIT_ASSERT_EQUAL(std::size_t(90), engine.stats().queuedRuns);
        std::size_t most = 0;
        for (int second = 0; second < 40; ++second) {
            engine.advance(1s);
            most = std::max(most, engine.stats().activeRuns);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t(10), most);
        CPPUNIT_ASSERT_EQUAL(std::int64_t(0), engine.store.stats().runsOpen);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().queuedRuns);
        std::vector<std::string> order;
        for (const auto& call : engine.invoker.callsOf("a")) order.push_back(call.runId);
        CPPUNIT_ASSERT_EQUAL(std::size_t(100), order.size());
        CPPUNIT_ASSERT_MESSAGE("runs begin in their order", std::is_sorted(order.begin(), order.end()));
    }

    void testBacklogOutlivesARestart() {
        EngineFixture engine(1, small(2));
        engine.use(kOne);
        engine.invoker.script("a", {"wait", "wait"});
        engine.post(std::vector<engine::NewEvent>(
            9, {.name = "go", .externalId = {}, .data = "{}", .user = {}, .ts = {}, .requestId = {}}));
        engine.settle();
        engine.kill();
        engine.start();
        const auto late = engine.submit("go");
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(std::int64_t(0), engine.store.stats().runsOpen);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(late));
        CPPUNIT_ASSERT_EQUAL(publicId(late, engine.run(late).createdAt), engine.invoker.callsOf("b").back().runId);
    }

    void testWaiterOfAQueuedRunIsTold() {
        EngineFixture engine(1, small(1));
        engine.use(kOne);
        engine.invoker.script("a", {"in 1s done {}"});
        engine.submit("go");
        const auto queued = engine.submit("go");
        engine.onEnd(queued);
        engine.finish();
        CPPUNIT_ASSERT(engine.ended.size() == 1 && engine.ended[0].id == queued);
    }

    void testWaitersThatGaveUpAreForgotten() {
        EngineFixture engine(1, small(1));
        engine.use(kOne);
        engine.invoker.script("a", {"in 1s done {}"});
        engine.submit("go");
        const auto queued = engine.submit("go");
        engine.onEnd(queued);
        engine.settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.core->watched());
        engine.Rehearsal::post(engine::ForgetEnd{queued});
        engine.settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.core->watched());
        engine.finish();
        CPPUNIT_ASSERT(engine.ended.empty());
    }

    void testNoMoreCallsThanSlots() {
        EngineFixture engine;
        engine.use(kOne);
        engine.invoker.setSlots("a", 2);
        engine.invoker.script("a", [](const host::StepCall&) { return "in 1s done {}"; });
        for (int i = 0; i < 7; ++i) engine.submit("go");
        for (int second = 0; second < 4; ++second) {
            CPPUNIT_ASSERT(engine.invoker.running() <= 2);
            engine.advance(1s);
        }
        CPPUNIT_ASSERT_EQUAL(std::int64_t(0), engine.store.stats().runsOpen);
    }

    void testOlderRunsGetFreeSlotsFirst() {
        EngineFixture engine;
        engine.use("version: 1\nid: one\non: [{event: go}]\nsteps: [{id: a, uses: same}, {id: b, uses: same}]\n");
        engine.invoker.setSlots("same", 1);
        engine.invoker.script("same", [](const host::StepCall&) { return "in 1s done {}"; });
        const auto first = engine.submit("go");
        engine.submit("go");
        engine.advance(2s);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(first));  // its second step overtook the younger run
    }

    void testPluginWithoutSlotsIsLookedAtAgain() {
        EngineFixture engine;
        engine.use(kOne);
        engine.invoker.setSlots("a", 0);
        const auto run = engine.submit("go");
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(run));
        engine.invoker.setSlots("a", 1);
        engine.advance(1s);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
    }

    void testFullDiskRefusesNewEventsAndKeepsRunningOnes() {
        EngineFixture engine;
        engine.use(kOne);
        engine.invoker.script("a", {"in 1s done {\"n\":1}"});
        const auto run = engine.submit("go");
        engine.store.faultAt(1, SimFault::Full);
        engine.store.faultAt(2, SimFault::Full);
        engine.advance(1s);
        CPPUNIT_ASSERT(engine.stats().storeFull);
        CPPUNIT_ASSERT(engine.invoker.callsOf("b").empty());
        const auto refused = engine.submitEvent("go");
        CPPUNIT_ASSERT(refused.status == SubmitStatus::StoreFull);
        CPPUNIT_ASSERT_EQUAL(std::string("no space left on the simulated disk"), refused.message);
        engine.advance(1s);
        CPPUNIT_ASSERT(engine.stats().storeFull);
        engine.advance(1s);
        CPPUNIT_ASSERT(!engine.stats().storeFull);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.calls().size());
        CPPUNIT_ASSERT(engine.submitEvent("go").status == SubmitStatus::Accepted);
    }

    void testEventRefusedByAFullDiskIsFoundWhenItIsSentAgain() {
        EngineFixture engine;
        engine.use(kOne);
        engine.store.faultAt(1, SimFault::Full);
        CPPUNIT_ASSERT(engine.submitEvent("go", "{}", "mine").status == SubmitStatus::StoreFull);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.invoker.calls().size());
        CPPUNIT_ASSERT(engine.submitEvent("go", "{}", "mine").status == SubmitStatus::StoreFull);
        engine.advance(1s);
        const auto again = engine.submitEvent("go", "{}", "mine");
        CPPUNIT_ASSERT(again.status == SubmitStatus::Accepted && again.duplicate);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(again.runs.front().id));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.calls().size());
    }

    /// And the engine does not turn round and round meanwhile.
    void testRunThatIsDueWaitsForAFullDisk() {
        engine::EngineOptions options;
        options.parkAfter = 0s;
        EngineFixture engine(1, options);
        engine.use("version: 1\nid: nap\non: [{event: nap}]\nsteps: [{id: nap, uses: core/sleep, with: {for: 1m}}]\n");
        const RunId run = engine.submit("nap");
        engine.advance(59'500ms);
        engine.store.faultAt(1, SimFault::Full);
        CPPUNIT_ASSERT(engine.submitEvent("nap").status == SubmitStatus::StoreFull);
        engine.clock.advance(500ms);
        int turns = 0;
        while (turns < 100 && engine.turn()) ++turns;
        CPPUNIT_ASSERT(turns < 100);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        engine.advance(1s);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
    }

    void testBrokenDiskStopsEverything() {
        EngineFixture engine;
        engine.use(kOne);
        engine.invoker.script("a", {"in 1s done {}"});
        const auto run = engine.submit("go");
        engine.store.faultAt(1, SimFault::Failed);
        engine.advance(1s);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.fatal.size());
        CPPUNIT_ASSERT(engine.stats().storeFailed);
        CPPUNIT_ASSERT(engine.submitEvent("go").status == SubmitStatus::Failed);
        CPPUNIT_ASSERT(engine.cancel(run) == engine::CancelStatus::Stopping);
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(run));
    }

    void testCommitThatHangsIsTold() {
        EngineFixture engine;
        engine.use(kOne);
        engine.store.faultAt(2, SimFault::Full);
        CPPUNIT_ASSERT(!engine.stats().commitOpenSince);
        const Instant began = engine.clock.instant();
        engine.post({{.name = "go", .externalId = {}, .data = "{}", .user = {}, .ts = {}, .requestId = {}}});
        CPPUNIT_ASSERT(engine.turn());
        engine.clock.advance(30s);
        engine.core->round({});
        CPPUNIT_ASSERT(engine.stats().commitOpenSince == began);
        CPPUNIT_ASSERT(engine.stats().lastRound == engine.clock.instant());
        engine.settle();
        CPPUNIT_ASSERT(engine.stats().storeFull);  // answered: the kept commit waits for its next try
        CPPUNIT_ASSERT(!engine.stats().commitOpenSince);
        engine.finish();
        CPPUNIT_ASSERT(!engine.stats().commitOpenSince && !engine.stats().storeFull);
    }

    void testIdleEngineHasNothingDue() {
        EngineFixture engine;
        engine.use(kOne);
        CPPUNIT_ASSERT(!engine.core->nextDue());
        engine.submit("go");
        engine.finish();
        CPPUNIT_ASSERT(!engine.core->nextDue());
        CPPUNIT_ASSERT(!engine.turn());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OverloadTest);
