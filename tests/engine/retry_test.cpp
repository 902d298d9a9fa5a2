#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::test;

namespace {

std::string crawl(const std::string& retry) {
    return "version: 1\nid: crawl\non: [{event: crawl}]\nsteps:\n  - id: fetch\n    uses: fetch\n    retry: " + retry +
           "\n";
}

}  // namespace

/// Retries as a run sees them; the arithmetic is RetryPolicyTest's.
class RetryTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RetryTest);
    CPPUNIT_TEST(testFailedStepRunsAgainAfterItsDelay);
    CPPUNIT_TEST(testConstantBackoffIsKeptToTheMillisecond);
    CPPUNIT_TEST(testLastAttemptFailsTheRun);
    CPPUNIT_TEST(testPermanentErrorIsNotTriedAgain);
    CPPUNIT_TEST(testBudgetEndsTheTries);
    CPPUNIT_TEST(testLostAttemptIsFree);
    CPPUNIT_TEST(testCallCarriesAttemptAndOneKey);
    CPPUNIT_TEST(testExhaustedStepMayLetTheRunGoOn);
    CPPUNIT_TEST_SUITE_END();

public:
    void testFailedStepRunsAgainAfterItsDelay() {
        EngineFixture engine(/*seed=*/7);
        engine.use(crawl("{}"));
        engine.invoker.script("fetch", {"retry 2s", "done {}"});
        const auto run = engine.submit("crawl");
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(StepState::Waiting, engine.step(run, "fetch").state);
        CPPUNIT_ASSERT(engine.step(run, "fetch").wakeAt == engine.clock.now() + 2s);
        engine.advance(1999ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT(!engine.step(run, "fetch").wakeAt);
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.attempts(run, "fetch").size());
    }

    void testConstantBackoffIsKeptToTheMillisecond() {
        EngineFixture engine;
        engine.use(crawl("{attempts: 3, backoff: constant, initial: 5s, jitter: none}"));
        engine.invoker.script("fetch", {"upstream", "upstream", "done {}"});
        const auto run = engine.submit("crawl");
        engine.advance(9999ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        engine.advance(1ms);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
    }

    void testLastAttemptFailsTheRun() {
        EngineFixture engine;
        engine.use(crawl("{attempts: 3, initial: 1s}"));
        engine.invoker.script("fetch", {"upstream http_502", "upstream http_502", "upstream http_503"});
        const auto run = engine.submit("crawl");
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::string("{\"step\":\"fetch\",\"class\":\"upstream\",\"code\":\"http_503\",\"message\":"
                                         "\"scripted: upstream http_503\",\"reason\":\"3 of 3 attempts used\"}"),
                             engine.run(run).error);
        CPPUNIT_ASSERT_EQUAL(StepState::Failed, engine.step(run, "fetch").state);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
    }

    void testPermanentErrorIsNotTriedAgain() {
        EngineFixture engine;
        engine.use(crawl("{attempts: 9}"));
        engine.invoker.script("fetch", {"not_found"});
        const auto run = engine.submit("crawl");
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.calls().size());
    }

    void testBudgetEndsTheTries() {
        EngineFixture engine;
        engine.use(crawl("{attempts: 100, backoff: constant, initial: 4s, jitter: none, budget: 10s}"));
        engine.invoker.script("fetch", [](const host::StepCall&) { return "timeout"; });
        const auto run = engine.submit("crawl");
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.attempts(run, "fetch").size());  // at 0, 4 and 8 seconds
        CPPUNIT_ASSERT(engine.run(run).error.find("budget of 10s") != std::string::npos);
    }

    void testLostAttemptIsFree() {
        EngineFixture engine;
        engine.use(crawl("never"));
        engine.invoker.script("fetch", {"lost", "lost", "lost", "lost", "done {}"});
        const auto run = engine.submit("crawl");
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(5, engine.step(run, "fetch").attempts);
        CPPUNIT_ASSERT_EQUAL(4, engine.step(run, "fetch").lost);
    }

    void testCallCarriesAttemptAndOneKey() {
        EngineFixture engine;
        engine.use(crawl("{attempts: 3, initial: 1s}"));
        engine.invoker.script("fetch", {"rate_limited slow_down", "done {\"a\":1}"});
        const auto run = engine.submit("crawl", "{\"n\":1.0}");
        engine.finish();
        const auto calls = engine.invoker.callsOf("fetch");
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), calls.size());
        CPPUNIT_ASSERT_EQUAL(publicId(run, engine.run(run).createdAt) + "/fetch", calls[0].idempotencyKey);
        CPPUNIT_ASSERT_EQUAL(calls[0].idempotencyKey, calls[1].idempotencyKey);
        CPPUNIT_ASSERT_EQUAL(1, calls[0].attempt);
        CPPUNIT_ASSERT_EQUAL(2, calls[1].attempt);
        CPPUNIT_ASSERT_EQUAL(2, calls[0].attemptsLeft);
        CPPUNIT_ASSERT_EQUAL(1, calls[1].attemptsLeft);
        CPPUNIT_ASSERT_EQUAL(std::string(), calls[0].previousError);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"class\":\"rate_limited\",\"code\":\"slow_down\",\"message\":\"scripted: "
                                         "rate_limited slow_down\"}"),
                             calls[1].previousError);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"n\":1.0}"), calls[1].input);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"a\":1}"), engine.step(run, "fetch").output);
    }

    void testExhaustedStepMayLetTheRunGoOn() {
        EngineFixture engine;
        engine.use(crawl("{attempts: 2, initial: 1s, on_exhausted: continue}"));
        engine.invoker.script("fetch", {"upstream", "upstream"});
        const auto run = engine.submit("crawl");
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(StepState::Failed, engine.step(run, "fetch").state);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RetryTest);
