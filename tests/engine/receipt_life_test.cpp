#include <utility>
#include <vector>

#include "support/engine_fixture.h"
#include "support/store_samples.h"

using namespace stepd;
using namespace stepd::engine;
using namespace stepd::test;

namespace {

const char* const kOne =
    "version: 1\nid: one\non: [{event: go}]\ndefaults: {retry: {attempts: 3, backoff: constant, initial: 10s, jitter: "
    "none}}\nsteps: [{id: a, uses: p}]\n";

ScriptedAnswer answered(OutcomeClass outcome, std::uint32_t n, std::string details = {}) {
    ScriptedAnswer answer{.takes = {}, .result = scriptedFailure(outcome, "", "")};
    if (outcome == OutcomeClass::Ok) answer.result->output = "{}";
    answer.result->error.details = std::move(details);
    answer.result->receipt = sampleReceipt(n);
    return answer;
}

class UseObserver final : public RunObserver {
public:
    void runChanged(const RunNotice&) override {}
    void stepChanged(const StepNotice&) override {}
    void attemptChanged(const AttemptNotice&) override {}
    void progressed(const RunRef&, std::string_view, double, std::string_view) override {}
    void triggerFailed(std::string_view, std::string_view, std::string_view) override {}
    void used(std::string_view plugin, const Receipt& receipt) override { uses.emplace_back(plugin, receipt); }

    std::vector<std::pair<std::string, Receipt>> uses;
};

}  // namespace

/// What attempts used, and what they left behind when they failed, on its way to the disk and to who counts it.
class ReceiptLifeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReceiptLifeTest);
    CPPUNIT_TEST(testEachAttemptHasItsOwn);
    CPPUNIT_TEST(testInterruptedAttemptHasNone);
    CPPUNIT_TEST(testKeptStepHasNoneInTheNewRun);
    CPPUNIT_TEST(testDetailsStayWithTheirAttempt);
    CPPUNIT_TEST(testLongDetailsStandInTheStepAlone);
    CPPUNIT_TEST(testEveryCallIsCounted);
    CPPUNIT_TEST_SUITE_END();

public:
    void testEachAttemptHasItsOwn() {
        EngineFixture engine;
        engine.use(kOne);
        engine.invoker.answerAll([](const host::StepCall& call) {
            return answered(call.attempt < 3 ? OutcomeClass::Transient : OutcomeClass::Ok,
                            static_cast<std::uint32_t>(call.attempt));
        });
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT(engine.step(run, "a").receipt == sampleReceipt(1));
        engine.finish();
        const auto attempts = engine.attempts(run, "a");
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), attempts.size());
        for (std::uint32_t i = 0; i < 3; ++i) CPPUNIT_ASSERT(attempts[i].receipt == sampleReceipt(i + 1));
        CPPUNIT_ASSERT(engine.step(run, "a").receipt == sampleReceipt(3));
    }

    void testInterruptedAttemptHasNone() {
        EngineFixture engine;
        engine.use(kOne);
        engine.invoker.answerAll([](const host::StepCall& call) {
            if (call.attempt == 2) return ScriptedAnswer{};
            return answered(call.attempt == 1 ? OutcomeClass::Transient : OutcomeClass::Ok, 7);
        });
        const auto run = engine.submit("go");
        engine.advance(10s);
        engine.kill();
        engine.start();
        engine.finish();
        const auto attempts = engine.attempts(run, "a");
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), attempts.size());
        CPPUNIT_ASSERT(attempts[1].outcome == OutcomeClass::Lost && attempts[1].receipt == Receipt{});
        CPPUNIT_ASSERT(attempts[2].receipt == sampleReceipt(7));
    }

    void testKeptStepHasNoneInTheNewRun() {
        EngineFixture engine;
        engine.use(
            "version: 1\nid: two\non: [{event: go}]\ndefaults: {retry: never}\n"
            "steps: [{id: a, uses: p}, {id: b, uses: q}]\n");
        engine.invoker.answerAll([](const host::StepCall& call) {
            return answered(call.plugin == "p" ? OutcomeClass::Ok : OutcomeClass::Permanent, 5);
        });
        const auto first = engine.submit("go");
        Rerun rerun{.of = engine.run(first),
                    .event = *engine.store.findEvent(engine.run(first).event),
                    .kept = {engine.step(first, "a")}};
        RunId again;
        engine.Rehearsal::post(AskRerun{std::move(rerun), [&](const RerunAnswer& answer) { again = answer.run.id; }});
        engine.settle();
        CPPUNIT_ASSERT(engine.step(first, "a").receipt == sampleReceipt(5));
        CPPUNIT_ASSERT(engine.step(again, "a").receipt == Receipt{});
        CPPUNIT_ASSERT(engine.step(again, "b").receipt == sampleReceipt(5));
    }

    void testDetailsStayWithTheirAttempt() {
        EngineFixture engine;
        engine.use(kOne);
        engine.invoker.answerAll([](const host::StepCall& call) {
            if (call.attempt == 3) return answered(OutcomeClass::Ok, 1);
            return answered(call.attempt == 1 ? OutcomeClass::Crash : OutcomeClass::Transient, 1,
                            "{\"n\":" + std::to_string(call.attempt) + "}");
        });
        const auto run = engine.submit("go");
        engine.advance(10s);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"n\":2}"), engine.step(run, "a").error->details);
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        const auto attempts = engine.attempts(run, "a");
        CPPUNIT_ASSERT_EQUAL(std::string("{\"n\":1}"), attempts.at(0).details);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"n\":2}"), attempts.at(1).details);
        CPPUNIT_ASSERT_EQUAL(std::string(), attempts.at(2).details);
    }

    void testLongDetailsStandInTheStepAlone() {
        EngineFixture engine;
        engine.use(kOne);
        const std::string most = "\"" + std::string((64U << 10) - 2, 'x') + "\"";
        engine.invoker.answerAll([&](const host::StepCall& call) {
            return answered(OutcomeClass::Permanent, 1, call.input == "{}" ? most : "[" + most + "]");
        });
        const auto fits = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(most, engine.attempts(fits, "a").at(0).details);
        const auto run = engine.submit("go", "{\"n\":1}");
        CPPUNIT_ASSERT_EQUAL("[" + most + "]", engine.step(run, "a").error->details);
        CPPUNIT_ASSERT_EQUAL(std::string(), engine.attempts(run, "a").at(0).details);
    }

    /// Also one that nobody waits for any more: its plugin has used it.
    void testEveryCallIsCounted() {
        UseObserver observer;
        Rehearsal engine(std::make_unique<SeededRandom>(1), {}, &observer);
        engine.start();
        engine.use(*loadPipeline(kOne));
        engine.invoker.answerAll([](const host::StepCall&) {
            auto answer = answered(OutcomeClass::Ok, 3);
            answer.takes = 5s;
            return answer;
        });
        engine.invoker.ignoreCancels();
        RunId run;
        engine.Rehearsal::post({NewEvent{.name = "go", .data = "{}"}, NewEvent{.name = "go", .data = "{}"}},
                               [&](const std::vector<Submitted>& answers) { run = answers.at(0).runs.at(0).id; });
        engine.settle();
        engine.post(Cancel{run, [](CancelStatus) {}});
        engine.settle();
        CPPUNIT_ASSERT(engine.store.findRun(run)->state == RunState::Cancelled);
        CPPUNIT_ASSERT(observer.uses.empty());
        engine.advance(5s);
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), observer.uses.size());
        for (const auto& [plugin, receipt] : observer.uses)
            CPPUNIT_ASSERT(plugin == "p" && receipt == sampleReceipt(3));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ReceiptLifeTest);
