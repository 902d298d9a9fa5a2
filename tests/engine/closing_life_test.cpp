#include "engine/story.h"
#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::test;

/// How a run ends: `on_failure`, `finally`, `output`, `continue_on_error`, `core/fail`.
class ClosingLifeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ClosingLifeTest);
    CPPUNIT_TEST(testOnFailureSeesTheError);
    CPPUNIT_TEST(testOnFailureRunsForFailedRunsAlone);
    CPPUNIT_TEST(testFailedOnFailureStillRunsFinally);
    CPPUNIT_TEST(testFinallyRunsAfterACompletedRun);
    CPPUNIT_TEST(testFinallyRunsAfterACancelledRun);
    CPPUNIT_TEST(testFinallyRunsAfterAParkedRunWasCancelled);
    CPPUNIT_TEST(testFinallyRunsAfterATimeout);
    CPPUNIT_TEST(testFinallyOfARunThatNeverStartedDoesNotRun);
    CPPUNIT_TEST(testFailedFinallyFailsTheRun);
    CPPUNIT_TEST(testFinallyMayWait);
    CPPUNIT_TEST(testSecondCancelEndsTheRunInItsFinally);
    CPPUNIT_TEST(testOutputIsThatOfTheRun);
    CPPUNIT_TEST(testFailStepFailsTheRun);
    CPPUNIT_TEST(testContinueOnErrorGoesOn);
    CPPUNIT_TEST_SUITE_END();

public:
    void testOnFailureSeesTheError() {
        Story story;
        story.pipeline("shop", R"(on: [{event: go}]
steps: [{id: pay, uses: bank}]
on_failure:
  - {id: undo, uses: bank, input: {code: "${{ error.code }}", step: "${{ error.step }}"}}
  - {id: tell, uses: core/send_event, with: {event: shop.failed, data: {why: "${{ error.message }}"}}}
)");
        story.plays(R"(
    event: {name: go}
    steps: {pay: [{error: {class: permanent, code: no_money, message: out of money}}], undo: [{return: 1, takes: 30s}]}
    expect: {state: failed, waited: 30s, events: [shop.failed], error: {step: pay, code: no_money},
             steps: {undo: {state: completed, attempts: 1, input: {code: no_money, step: pay}}, tell: {state: completed}}}
)");
    }

    void testOnFailureRunsForFailedRunsAlone() {
        Story story;
        story.pipeline("shop",
                       "on: [{event: go}]\nsteps: [{id: pay, uses: bank}]\n"
                       "on_failure: [{id: undo, uses: bank}]\n");
        story.plays(R"(
    events: [{name: go}, {name: go, at: 1s}]
    cancel: {at: 20s, run: 2}
    plugins: {bank: [{return: 1}, {return: 2, takes: 30s}]}
    expect: {runs: [{state: completed, steps: {undo: {state: not_reached}}},
                    {state: cancelled, steps: {undo: {state: not_reached}}}]}
)");
    }

    void testFailedOnFailureStillRunsFinally() {
        Story story;
        story.pipeline("shop",
                       "on: [{event: go}]\nsteps: [{id: pay, uses: bank}]\n"
                       "on_failure: [{id: undo, uses: bank}]\nfinally: [{id: close, uses: bank}]\n");
        story.plays(R"(
    event: {name: go}
    steps: {pay: [{error: {class: permanent, code: first}}], undo: [{error: {class: permanent, code: second}}],
            close: [{return: 1}]}
    expect: {state: failed, error: {step: pay, code: first}, steps: {undo: {state: failed}, close: {state: completed}}}
)");
    }

    void testFinallyRunsAfterACompletedRun() {
        Story story;
        story.pipeline("shop",
                       "on: [{event: go}]\nsteps: [{id: pay, uses: bank}]\noutput: ${{ steps.pay.output }}\n"
                       "finally: [{id: close, uses: bank, input: \"${{ steps.pay.state }}\"}]\n");
        story.plays(R"(
    event: {name: go}
    steps: {pay: [{return: {n: 1}}], close: [{return: 2, takes: 20s}]}
    expect: {state: completed, waited: 20s, output: {n: 1}, steps: {close: {input: completed, attempts: 1}}}
)");
    }

    void testFinallyRunsAfterACancelledRun() {
        Story story;
        story.pipeline("shop",
                       "on: [{event: go}]\nsteps: [{id: pay, uses: bank, timeout: 1h}]\n"
                       "finally: [{id: close, uses: bank, input: \"${{ steps.pay.state }}\"}]\n");
        story.plays(R"(
    event: {name: go}
    cancel: {at: 20s}
    steps: {pay: {return: 1, takes: 30m}, close: [{return: 2}]}
    expect: {state: cancelled, ends_at: 20s, steps: {pay: {state: cancelled}, close: {state: completed, input: cancelled}}}
)");
    }

    void testFinallyRunsAfterAParkedRunWasCancelled() {
        Story story;
        story.pipeline("shop",
                       "on: [{event: go}]\nsteps: [{id: nap, uses: core/sleep, with: {for: 3d}}]\n"
                       "finally: [{id: close, uses: bank}]\n");
        story.plays(R"(
    event: {name: go}
    cancel: {at: 1d}
    plugins: {bank: [{return: 2}]}
    expect: {state: cancelled, ends_at: 1d, steps: {nap: {state: cancelled}, close: {state: completed}}}
)");
    }

    void testFinallyRunsAfterATimeout() {
        Story story;
        story.pipeline("shop",
                       "on: [{event: go}]\ntimeouts: {finish: 2d}\n"
                       "steps: [{id: nap, uses: core/sleep, with: {for: 3d}}]\n"
                       "finally: [{id: close, uses: bank}]\n");
        story.plays(R"(
    event: {name: go}
    plugins: {bank: [{return: 2}]}
    expect: {state: cancelled, ends_at: 2d, error: {code: timeouts.finish}, steps: {close: {state: completed}}}
)");
    }

    void testFinallyOfARunThatNeverStartedDoesNotRun() {
        Story story;
        story.pipeline("shop",
                       "on: [{event: go}]\nconcurrency: {limit: 1}\ntimeouts: {start: 1m}\n"
                       "steps: [{id: nap, uses: core/sleep, with: {for: 1h}}]\n"
                       "finally: [{id: close, uses: bank}]\n");
        story.plays(R"(
    events: [{name: go}, {name: go, at: 1s}]
    plugins: {bank: [{return: 2}]}
    expect: {runs: [{state: completed}, {state: cancelled, ends_at: 61s, error: {code: timeouts.start},
                                         steps: {close: {state: not_reached}}}]}
)");
    }

    void testFailedFinallyFailsTheRun() {
        Story story;
        story.pipeline("shop",
                       "on: [{event: go}]\nsteps: [{id: pay, uses: bank}]\noutput: 1\n"
                       "on_failure: [{id: undo, uses: bank}]\nfinally: [{id: close, uses: bank}]\n");
        story.plays(R"(
    event: {name: go}
    steps: {pay: [{return: 1}], close: [{error: {class: permanent, code: stuck}}]}
    expect: {state: failed, output: null, error: {step: close, code: stuck}, steps: {undo: {state: not_reached}}}
)");
    }

    void testFinallyMayWait() {
        Story story;
        story.pipeline("shop", R"(on: [{event: go}]
steps: [{id: pay, uses: bank}]
output: ${{ steps.pay.output }}
finally:
  - {id: nap, uses: core/sleep, with: {for: 30d}}
  - {id: close, uses: bank}
)");
        story.plays(R"(
    event: {name: go}
    plugins: {bank: {return: 2}}
    expect: {state: completed, output: 2, waited: 30d, steps: {close: {state: completed, attempts: 1}}}
)");
    }

    void testSecondCancelEndsTheRunInItsFinally() {
        EngineFixture engine;
        engine.use(
            "version: 1\nid: shop\non: [{event: go}]\nsteps: [{id: pay, uses: bank}]\n"
            "finally: [{id: nap, uses: core/sleep, with: {for: 30d}}]\n");
        engine.invoker.script("bank", {"wait"});
        const auto run = engine.submit("go");
        engine.cancel(run);
        CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
        CPPUNIT_ASSERT(engine.run(run).ending == RunState::Cancelled);
        CPPUNIT_ASSERT(engine.cancel(run) == engine::CancelStatus::Cancelled);
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(StepState::Cancelled, engine.step(run, "nap").state);
    }

    void testOutputIsThatOfTheRun() {
        Story story;
        story.pipeline("shop",
                       "on: [{event: go}]\nvars: {tax: 3}\nsteps: [{id: pay, uses: bank}]\n"
                       "output: {sum: \"${{ steps.pay.output.n + vars.tax }}\", at: \"${{ run.attempt }}\"}\n");
        story.plays(R"(
    event: {name: go}
    plugins: {bank: [{return: {n: 4}}]}
    expect: {exact: true, output: {sum: 7, at: 1}}
)");
    }

    void testFailStepFailsTheRun() {
        Story story;
        story.pipeline("shop", R"(on: [{event: go}]
steps:
  - {id: stop, uses: core/fail, if: event.data.n > 3, with: {message: "${{ event.data.n }} is too many", code: too_many}}
  - {id: pay, uses: bank}
)");
        story.plays(R"(
    events: [{name: go, data: {n: 4}}, {name: go, data: {n: 3}}]
    plugins: {bank: [{return: 1}]}
    expect: {runs: [{state: failed, error: {step: stop, class: permanent, code: too_many, message: 4 is too many},
                     steps: {pay: {state: not_reached}, stop: {attempts: 0}}},
                    {state: completed, steps: {stop: {state: skipped}}}]}
)");
    }

    void testContinueOnErrorGoesOn() {
        Story story;
        story.pipeline("shop", R"(on: [{event: go}]
steps:
  - {id: stop, uses: core/fail, continue_on_error: true, with: {message: no}}
  - {id: wait, uses: core/invoke, continue_on_error: true, with: {pipeline: nobody}}
  - {id: pay, uses: bank, continue_on_error: true}
  - id: last
    uses: bank
    input: {stop: "${{ steps.stop.error.code }}", ok: "${{ steps.pay.ok }}", wait: "${{ steps.wait.error.code }}"}
)");
        story.plays(R"(
    event: {name: go}
    steps: {pay: [{error: {class: permanent}}], last: [{return: 1}]}
    expect: {state: completed, steps: {last: {input: {stop: failed, ok: false, wait: unknown_pipeline}}}}
)");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClosingLifeTest);
