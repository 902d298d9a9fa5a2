#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::test;

namespace {

const char* const kChain = R"(
version: 1
id: chain
on: [{event: go}]
defaults: {retry: {attempts: 4, backoff: constant, initial: 1s, jitter: none}}
steps:
  - {id: one, uses: first}
  - {id: two, uses: second, input: "${{ steps.one.output }}"}
  - {id: three, uses: third}
  - {id: four, uses: fourth}
output: ${{ steps.four.output }}
)";

const char* const kDiamond = R"(
version: 1
id: diamond
on: [{event: go}]
defaults: {retry: {attempts: 3, backoff: constant, initial: 1s, jitter: none}}
steps:
  - {id: one, uses: first}
  - {id: two, uses: second, needs: [one]}
  - {id: three, uses: third, needs: [one], continue_on_error: true}
  - {id: never, uses: third, needs: [one], if: "steps.one.output.n > 100"}
  - {id: four, uses: fourth, needs: [two, three, never]}
output: ${{ steps.four.output }}
)";

}  // namespace

/// Stops the process at commit 1, 2, 3 ... until the scenario passes, each time before and after the batch is on disk,
/// and expects the same end. EngineFixture checks at every call that its attempt is recorded.
class CrashMatrixTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CrashMatrixTest);
    CPPUNIT_TEST(testChainReachesItsEnd);
    CPPUNIT_TEST(testDiamondReachesItsEnd);
    CPPUNIT_TEST(testTwoCrashesInOneRun);
    CPPUNIT_TEST_SUITE_END();

public:
    void testChainReachesItsEnd() { matrix(kChain, {"one", "two", "three", "four"}); }
    void testDiamondReachesItsEnd() { matrix(kDiamond, {"one", "two", "four"}); }

    void testTwoCrashesInOneRun() {
        for (std::uint64_t first = 1; first <= 6; ++first)
            for (std::uint64_t second = 1; second <= 6; ++second) {
                const auto engine = play(kChain, {{first, SimFault::CrashAfter}, {second, SimFault::CrashBefore}});
                check(*engine, {"one", "two", "three", "four"},
                      "crashes " + std::to_string(first) + ", " + std::to_string(second));
            }
    }

private:
    struct Fault {
        std::uint64_t commit;
        SimFault fault;
    };

    static void matrix(const char* yaml, const std::vector<std::string>& completed) {
        for (const SimFault fault : {SimFault::CrashBefore, SimFault::CrashAfter}) {
            std::uint64_t crashes = 0;
            for (bool reached = true; reached; ++crashes) {
                const std::string where = (fault == SimFault::CrashBefore ? "before" : "after") +
                                          std::string(" commit ") + std::to_string(crashes + 1);
                const auto engine = play(yaml, {{crashes + 1, fault}}, &reached);
                check(*engine, completed, where);
            }
            CPPUNIT_ASSERT_MESSAGE("the matrix stopped nowhere", crashes > 6);
        }
    }

    /// The client sends its event again, with the same id, until it is answered. Faults count from the start before
    /// them.
    static std::unique_ptr<EngineFixture> play(const char* yaml, std::vector<Fault> faults, bool* reached = nullptr) {
        auto engine = std::make_unique<EngineFixture>();
        engine->use(yaml);
        engine->invoker.script("first", {"done {\"n\":1.0}"});
        engine->invoker.script("second", {"retry", "in 3s done {\"n\":2}"});
        engine->invoker.script("third", {"timeout", "in 1s upstream", "done {\"n\":3}"});
        engine->invoker.script("fourth", [](const host::StepCall&) { return "done {\"n\":4}"; });
        engine->invoker.script("first", [](const host::StepCall&) { return "done {\"n\":1.0}"; });
        std::size_t next = 0;
        const auto arm = [&] {
            if (next < faults.size()) engine->store.faultAt(faults[next].commit, faults[next].fault);
            ++next;
        };
        arm();
        while (true) {
            if (engine->answers.empty())
                engine->post(
                    {{.name = "go", .externalId = "e1", .data = "{\"x\":1}", .user = {}, .ts = {}, .requestId = {}}});
            engine->finish();
            if (!engine->dead()) break;
            engine->kill();
            engine->start();
            arm();
        }
        if (reached != nullptr) *reached = next > faults.size();
        return engine;
    }

    static void check(EngineFixture& engine, const std::vector<std::string>& completed, const std::string& where) {
        const auto runs = engine.store.listRuns({}, {});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t(1), runs.size());
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, RunState::Completed, runs[0].state);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::string("{\"n\":4}"), runs[0].output);
        CPPUNIT_ASSERT_MESSAGE(where, engine.fatal.empty());
        for (const std::string& name : completed) {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where + ": " + name, StepState::Completed,
                                         engine.step(runs[0].id, name).state);
            int results = 0;
            for (const AttemptRecord& attempt : engine.attempts(runs[0].id, name)) {
                CPPUNIT_ASSERT_MESSAGE(where + ": an attempt of " + name + " is open", attempt.finishedAt);
                results += attempt.outcome == OutcomeClass::Ok ? 1 : 0;
            }
            CPPUNIT_ASSERT_EQUAL_MESSAGE(where + ": results of " + name, 1, results);
        }
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t(0), engine.stats().activeRuns);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t(0), engine.stats().waitingTimers);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t(0), engine.stats().runningAttempts);
        std::set<std::string> keys;
        for (const host::StepCall& call : engine.invoker.callsOf(completed.back())) keys.insert(call.idempotencyKey);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where + ": one idempotency key over all attempts", std::size_t(1), keys.size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrashMatrixTest);
