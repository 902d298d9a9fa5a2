#include "rehearsal/case_runner.h"

#include "rehearsal/rehearsal_fixture.h"

using namespace stepd;
using namespace stepd::rehearsal;
using namespace stepd::test;

/// Cases as people write them, against the engine.
class CaseRunnerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CaseRunnerTest);
    CPPUNIT_TEST(testPassingCaseSaysWhatItDid);
    CPPUNIT_TEST(testEveryDifferenceIsALine);
    CPPUNIT_TEST(testCallThatIsNotScriptedFails);
    CPPUNIT_TEST(testCallAfterTheLastAnswerFails);
    CPPUNIT_TEST(testAnswerOfAStepWinsOverThatOfItsPlugin);
    CPPUNIT_TEST(testStepEndsAtItsTimeout);
    CPPUNIT_TEST(testThreeDeathsQuarantineTheRun);
    CPPUNIT_TEST(testJitterIsTheMiddle);
    CPPUNIT_TEST(testWeeksPassInNoTime);
    CPPUNIT_TEST(testRunThatDoesNotEndIsADifference);
    CPPUNIT_TEST(testCaseMayEndBeforeItsRuns);
    CPPUNIT_TEST(testCancelStopsTheRunThatIsNamed);
    CPPUNIT_TEST(testSeveralPipelinesAndTheTimesOfTheirRuns);
    CPPUNIT_TEST(testNowIsWhatExpressionsSee);
    CPPUNIT_TEST(testSecretsAreMarks);
    CPPUNIT_TEST(testEventThatStartsNothingIsADifference);
    CPPUNIT_TEST_SUITE_END();

    RehearsalFixture fixture_;

    std::string differences(const std::string& caseText) { return joined(fixture_.run(caseText).differences); }

public:
    void testPassingCaseSaysWhatItDid() {
        fixture_.pipeline("shop", "steps: [{id: pay, uses: bank}]\noutput: ${{ steps.pay.output }}\n");
        const CaseReport report = fixture_.run(R"(
    event: {name: go, data: {n: 1}}
    plugins: {bank: [{return: {ok: true, more: 1}, takes: 4s}]}
    expect: {state: completed, waited: 4s, runs: 1, output: {ok: true}, events: [],
             steps: {pay: {state: completed, attempts: 1, input: {n: 1}, output: {ok: true}}}}
)");
        CPPUNIT_ASSERT_EQUAL(std::string(), joined(report.differences));
        CPPUNIT_ASSERT(report.runs == 1 && report.took == 4s && report.crashes == 0);
    }

    void testEveryDifferenceIsALine() {
        fixture_.pipeline(
            "shop",
            "steps: [{id: pay, uses: bank, continue_on_error: true}, {id: ship, uses: post, if: \"false\"}]\n"
            "output: {paid: \"${{ steps.pay.ok }}\", list: [1, 2]}\n");
        CPPUNIT_ASSERT_EQUAL(std::string("runs: expected 2, was 1\n"
                                         "state: expected failed, was completed\n"
                                         "output.paid: expected true, was false\n"
                                         "output.list[1]: expected 3, was 2\n"
                                         "ends_at: expected 2s, was 20s\n"
                                         "steps.pay.state: expected completed, was failed: out of money\n"
                                         "steps.pay.attempts: expected 3, was 2\n"
                                         "steps.pay.error.class: expected \"bug\", was \"permanent\"\n"
                                         "steps.ship.state: expected not_reached, was skipped: `if` is false: false\n"
                                         "waited: expected 3s, was 20s\n"
                                         "events: expected paid, was none\n"),
                             differences(R"(
    event: {name: go}
    plugins: {bank: [{error: {class: transient}}, {error: {class: permanent, message: out of money}, takes: 15s}]}
    expect: {state: failed, runs: 2, waited: 3s, ends_at: 2s, output: {paid: true, list: [1, 3]}, events: [paid],
             steps: {pay: {state: completed, attempts: 3, error: {class: bug}}, ship: {state: not_reached}}}
)"));
    }

    void testCallThatIsNotScriptedFails() {
        fixture_.pipeline("shop", "steps: [{id: pay, uses: bank, continue_on_error: true}]\n");
        CPPUNIT_ASSERT_EQUAL(std::string("step pay calls the plugin bank, which has no answer in this case: write "
                                         "`plugins: {bank: [{return: {...}}]}`\n"),
                             differences("    event: {name: go}\n    expect: {state: completed}\n"));
    }

    void testCallAfterTheLastAnswerFails() {
        fixture_.pipeline("shop", "steps: [{id: pay, uses: bank, continue_on_error: true}, {id: ship, uses: bank}]\n");
        CPPUNIT_ASSERT_EQUAL(
            std::string("step ship calls the plugin bank again when its answer is used up: write one "
                        "more, or one without a list for all calls\n"),
            differences("    event: {name: go}\n    plugins: {bank: [{return: 1}]}\n    expect: {}\n"));
        CPPUNIT_ASSERT_EQUAL(std::string(),
                             differences("    event: {name: go}\n    plugins: {bank: {return: 1}}\n    expect: {}\n"));
    }

    void testAnswerOfAStepWinsOverThatOfItsPlugin() {
        fixture_.pipeline("shop", "steps: [{id: pay, uses: bank}, {id: ship, uses: bank}]\n");
        CPPUNIT_ASSERT_EQUAL(std::string(), differences(R"(
    event: {name: go}
    plugins: {bank: [{return: 1}]}
    steps: {ship: [{skip: not today}]}
    expect: {steps: {pay: {output: 1}, ship: {state: skipped, error: {message: not today}}}}
)"));
    }

    void testStepEndsAtItsTimeout() {
        fixture_.pipeline("shop", "steps: [{id: pay, uses: bank, timeout: 5s, retry: never}]\n");
        for (const char* answer : {"{hang: true}", "{return: 1, takes: 6s}"})
            CPPUNIT_ASSERT_EQUAL(std::string(),
                                 differences("    event: {name: go}\n    plugins: {bank: " + std::string(answer) +
                                             "}\n    expect: {state: failed, waited: 5s, error: {class: "
                                             "timeout}, steps: {pay: {attempts: 1}}}\n"));
    }

    void testThreeDeathsQuarantineTheRun() {
        fixture_.pipeline("shop", "steps: [{id: pay, uses: bank, retry: {attempts: 9}}]\n");
        CPPUNIT_ASSERT_EQUAL(std::string(), differences(R"(
    event: {name: go}
    plugins: {bank: {crash: true}}
    expect: {state: quarantined, steps: {pay: {attempts: 3}}}
)"));
    }

    void testJitterIsTheMiddle() {
        fixture_.pipeline("shop",
                          "steps: [{id: pay, uses: bank, retry: {backoff: exponential, initial: 4s, jitter: full}}]\n");
        CPPUNIT_ASSERT_EQUAL(std::string(), differences(R"(
    event: {name: go}
    plugins: {bank: [{error: {class: transient}}, {error: {class: transient}}, {return: 1}]}
    expect: {waited: 6s}
)"));
    }

    void testWeeksPassInNoTime() {
        fixture_.pipeline(
            "shop", "steps: [{id: pay, uses: bank, retry: {attempts: 90, initial: 1d, max: 1d, jitter: none}}]\n");
        CPPUNIT_ASSERT_EQUAL(std::string(), differences(R"(
    event: {name: go}
    plugins: {bank: {error: {class: transient}}}
    expect: {state: failed, waited: 89d, steps: {pay: {attempts: 90}}}
)"));
    }

    void testRunThatDoesNotEndIsADifference() {
        fixture_.pipeline("shop",
                          "steps: [{id: pay, uses: bank, retry: {attempts: 9, initial: 1d, max: 1d, jitter: none}}]\n");
        const std::string lines = differences(R"(
    event: {name: go}
    limit: 36h
    plugins: {bank: {error: {class: transient}}}
    expect: {runs: 1}
)");
        CPPUNIT_ASSERT_MESSAGE(
            lines, lines.starts_with("run 1 of shop has not ended after 1d12h: step pay: attempt 3 of 9 at"));
        CPPUNIT_ASSERT_MESSAGE(lines, lines.find("2026-01-04T03:00:00") != std::string::npos);
    }

    void testCaseMayEndBeforeItsRuns() {
        fixture_.pipeline("shop", "steps: [{id: pay, uses: bank, timeout: 1h}]\n");
        CPPUNIT_ASSERT_EQUAL(std::string(), differences(R"(
    event: {name: go}
    for: 5m
    plugins: {bank: {return: 1, takes: 6m}}
    expect: {state: running, waited: 5m}
)"));
    }

    void testCancelStopsTheRunThatIsNamed() {
        fixture_.pipeline("shop", "steps: [{id: pay, uses: bank, timeout: 1h}]\n");
        CPPUNIT_ASSERT_EQUAL(std::string(), differences(R"(
    events: [{name: go}, {name: go, at: 1s}]
    cancel: {at: 10s, run: 2}
    plugins: {bank: {return: 1, takes: 1m}}
    expect: {waited: 1m, runs: [{state: completed}, {state: cancelled, ends_at: 10s}]}
)"));
        CPPUNIT_ASSERT_EQUAL(std::string("there is no run number 3 to cancel after 10s\n"), differences(R"(
    event: {name: go}
    cancel: {at: 10s, run: 3}
    plugins: {bank: {return: 1}}
    expect: {}
)"));
    }

    void testSeveralPipelinesAndTheTimesOfTheirRuns() {
        fixture_.pipeline("shop", "steps: [{id: pay, uses: bank}]\n");
        fixture_.pipeline("mail", "steps: [{id: write, uses: smtp}]\n");
        const auto file = fixture_.read(R"(pipelines: [shop.yaml, mail.yaml]
cases:
  - name: one
    events: [{name: go}, {name: go, at: 2d}, {name: other, at: 3d}]
    plugins: {bank: {return: 1}, smtp: {return: 2, takes: 3s}}
    expect:
      waited: 2d3s
      runs:
        - {pipeline: shop, starts_at: 0s, ends_at: 0s}
        - {pipeline: mail, starts_at: 0s, ends_at: 3s}
        - {pipeline: shop, starts_at: 2d}
        - {pipeline: mail, ends_at: 2d3s, steps: {write: {output: 2}}}
)");
        CPPUNIT_ASSERT_EQUAL(std::string(), fixture_.textOf(file.findings));
        CPPUNIT_ASSERT_EQUAL(std::string(), joined(runCase(file, file.cases[0]).differences));
    }

    void testNowIsWhatExpressionsSee() {
        fixture_.pipeline(
            "shop", "steps: [{id: pay, uses: bank}]\noutput: {ts: \"${{ event.ts }}\", id: \"${{ event.id }}\"}\n");
        CPPUNIT_ASSERT_EQUAL(std::string(), differences(R"(
    now: 2030-01-02T03:04:05Z
    event: {name: go}
    plugins: {bank: {return: 1}}
    expect: {exact: true, output: {id: event-1, ts: "2030-01-02T03:04:05Z"}}
)"));
    }

    void testSecretsAreMarks() {
        fixture_.pipeline("shop", "steps: [{id: pay, uses: bank, with: {key: \"${{ secrets.KEY }}\"}}]\n");
        CPPUNIT_ASSERT_EQUAL(std::string(), differences(R"(
    event: {name: go}
    plugins: {bank: {return: 1}}
    expect: {steps: {pay: {with: {key: "${secret:KEY}"}}}}
)"));
    }

    void testEventThatStartsNothingIsADifference() {
        fixture_.pipeline("shop", "steps: [{id: pay, uses: bank}]\n");
        CPPUNIT_ASSERT_EQUAL(std::string("no run was started\n"),
                             differences("    event: {name: other}\n    expect: {state: completed}\n"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CaseRunnerTest);
