#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::engine;
using namespace stepd::test;

namespace {

std::string pipelineOf(const std::string& rest) {
    return "version: 1\nid: ask\non: [{event: go}]\ndefaults: {retry: never}\n" + rest;
}

}  // namespace

/// The sentences of `why`, for runs in memory and for those that only the store has.
class WhyLifeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WhyLifeTest);
    CPPUNIT_TEST(testSleeping);
    CPPUNIT_TEST(testWaitingForAnEvent);
    CPPUNIT_TEST(testInvoking);
    CPPUNIT_TEST(testHeld);
    CPPUNIT_TEST(testRunningAndRetrying);
    CPPUNIT_TEST(testStandingInLine);
    CPPUNIT_TEST(testAskingMovesNothing);
    CPPUNIT_TEST(testEndedRunSaysNothing);
    CPPUNIT_TEST_SUITE_END();

    static std::string inBoth(const std::string& yaml, const std::string& more = "") {
        std::string said;
        for (const Duration parkAfter : {Duration(0s), Duration(24h * 1000)}) {
            EngineFixture engine(1, {.parkAfter = parkAfter});
            if (!more.empty()) engine.use(more);
            engine.use(yaml);
            engine.invoker.script("p", {"permanent broken", "permanent broken"});
            const auto run = engine.submit("go", "{\"order\":7}");
            const std::string sentence = engine.why(run);
            if (!said.empty()) CPPUNIT_ASSERT_EQUAL(said, sentence);
            said = sentence;
        }
        return said;
    }

public:
    void testSleeping() {
        CPPUNIT_ASSERT_EQUAL(std::string("step nap sleeps until 2026-01-08T03:00:00.000000Z (in 6d)"),
                             inBoth(pipelineOf("steps: [{id: nap, uses: core/sleep, with: {for: 6d}}]\n")));
    }

    void testWaitingForAnEvent() {
        CPPUNIT_ASSERT_EQUAL(
            std::string("step paid waits for event paid whose data.order is 7, at most until "
                        "2026-01-08T03:00:00.000000Z (in 6d)"),
            inBoth(pipelineOf("steps: [{id: paid, uses: core/wait_for_event, with: {event: paid, timeout: 6d, if: "
                              "async.data.order == event.data.order}}]\n")));
        CPPUNIT_ASSERT_EQUAL(
            std::string("step paid waits for event paid"),
            inBoth(pipelineOf("steps: [{id: paid, uses: core/wait_for_event, with: {event: paid}}]\n")));
    }

    void testInvoking() {
        const std::string said =
            inBoth(pipelineOf("steps: [{id: call, uses: core/invoke, with: {pipeline: child}}]\n"),
                   "version: 1\nid: child\non: []\nsteps: [{id: nap, uses: core/sleep, with: {for: 6d}}]\n");
        CPPUNIT_ASSERT_MESSAGE(said, said.starts_with("step call waits for the run that it invoked: "));
    }

    void testHeld() {
        CPPUNIT_ASSERT_EQUAL(std::string("step a has used up its retries and waits for somebody to release it, because "
                                         "of permanent: scripted: permanent broken"),
                             inBoth(pipelineOf("steps: [{id: a, uses: p, retry: {on_exhausted: pause}}]\n")));
    }

    void testRunningAndRetrying() {
        EngineFixture engine;
        engine.use(pipelineOf(
            "steps: [{id: a, uses: p, retry: {attempts: 3, backoff: constant, initial: 8s, jitter: none}}]\n"));
        engine.invoker.script("p", {"transient busy", "wait"});
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(std::string("step a: attempt 2 of 3 at 2026-01-02T03:00:08.000000Z (in 8s), because of "
                                         "transient: scripted: transient busy"),
                             engine.why(run));
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(std::string("step a runs in plugin p, attempt 2, for 2s"), engine.why(run));
    }

    void testStandingInLine() {
        for (const Duration parkAfter : {Duration(0s), Duration(24h * 1000)}) {
            EngineFixture engine(1, {.parkAfter = parkAfter});
            engine.use(pipelineOf("concurrency: {limit: 1}\nsteps: [{id: nap, uses: core/sleep, with: {for: 6d}}]\n"));
            engine.submit("go");
            const auto second = engine.submit("go");
            const std::string said = engine.why(second);
            CPPUNIT_ASSERT_MESSAGE(said, said.starts_with("the run stands in line for "));
        }
    }

    void testAskingMovesNothing() {
        EngineFixture engine;
        engine.use(pipelineOf("steps: [{id: paid, uses: core/wait_for_event, with: {event: paid, timeout: 6d}}]\n"));
        const auto run = engine.submit("go");
        const auto commits = engine.store.commits();
        for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(!engine.why(run).empty());
        CPPUNIT_ASSERT_EQUAL(commits, engine.store.commits());
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().waitingTimers);
        engine.submitEvent("paid");
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
    }

    void testEndedRunSaysNothing() {
        EngineFixture engine;
        engine.use(pipelineOf("steps: [{id: a, uses: p}]\n"));
        CPPUNIT_ASSERT_EQUAL(std::string(), engine.why(engine.submit("go")));
        CPPUNIT_ASSERT_EQUAL(std::string(), engine.why(RunId{99}));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WhyLifeTest);
