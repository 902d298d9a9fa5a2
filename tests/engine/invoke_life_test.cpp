#include "engine/story.h"
#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::test;

namespace {

const char* const kChild = R"(on: []
steps: [{id: work, uses: worker, timeout: 1h}]
output: ${{ steps.work.output }}
)";

std::string parent(const std::string& with, const std::string& rest = "") {
    return "on: [{event: go}]\nsteps:\n  - {id: call, uses: core/invoke, with: {" + with +
           "}}\noutput: ${{ steps.call.output }}\n" + rest;
}

std::string file(const std::string& name, const std::string& rest) {
    return "version: 1\nid: " + name + "\ndefaults: {retry: never}\n" + rest;
}

}  // namespace

/// `core/invoke`: a run that starts another one, and waits for it.
class InvokeLifeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(InvokeLifeTest);
    CPPUNIT_TEST(testOutputIsThatOfTheChild);
    CPPUNIT_TEST(testChildThatEndsAtOnce);
    CPPUNIT_TEST(testFailedChildFailsTheStep);
    CPPUNIT_TEST(testCancelledChildFailsTheStep);
    CPPUNIT_TEST(testCancelledParentCancelsTheChild);
    CPPUNIT_TEST(testCancelledParentCancelsAParkedChild);
    CPPUNIT_TEST(testTimeoutOfTheWait);
    CPPUNIT_TEST(testDetachedChildGoesOnByItself);
    CPPUNIT_TEST(testParkedParentWakesByItsChild);
    CPPUNIT_TEST(testManyChildrenOfAForeach);
    CPPUNIT_TEST(testGrandchildren);
    CPPUNIT_TEST(testChildThatEndsWhileItsParentIsLoaded);
    CPPUNIT_TEST(testChildThatIsRefusedFailsTheStep);
    CPPUNIT_TEST(testUnknownPipelineFailsTheStep);
    CPPUNIT_TEST(testOnFailureMayInvoke);
    CPPUNIT_TEST_SUITE_END();

public:
    void testOutputIsThatOfTheChild() {
        Story story;
        story.pipeline("main", parent("pipeline: child, data: {n: \"${{ event.data.n }}\"}"));
        story.pipeline("child", kChild);
        story.plays(R"(
    event: {name: go, data: {n: 3}}
    plugins: {worker: {return: {sum: 4}, takes: 30s}}
    expect: {waited: 30s, events: [],
             runs: [{pipeline: main, state: completed, output: {sum: 4}, steps: {call: {attempts: 0}}},
                    {pipeline: child, state: completed, steps: {work: {input: {n: 3}}}}]}
)");
    }

    void testChildThatEndsAtOnce() {
        Story story;
        story.pipeline("main", parent("pipeline: child"));
        story.pipeline("child", "on: []\nsteps: [{id: no, uses: p, if: \"false\"}]\noutput: 5\n");
        story.plays("    event: {name: go}\n    expect: {state: completed, output: 5, waited: 0s}\n");
    }

    void testFailedChildFailsTheStep() {
        Story story;
        story.pipeline("main", parent("pipeline: child"));
        story.pipeline("child", kChild);
        story.plays(R"(
    event: {name: go}
    plugins: {worker: [{error: {class: permanent, code: broken, message: no luck}, takes: 15s}]}
    expect: {runs: [{state: failed, error: {step: call, class: permanent, code: invoked_run_failed},
                     steps: {call: {error: {details: {step: work, code: broken}}}}},
                    {state: failed, error: {code: broken}}]}
)");
    }

    void testCancelledChildFailsTheStep() {
        Story story;
        story.pipeline("main", parent("pipeline: child"));
        story.pipeline("child", kChild);
        story.plays(R"(
    event: {name: go}
    cancel: {at: 20s, run: 2}
    plugins: {worker: {return: 1, takes: 5m}}
    expect: {runs: [{state: failed, error: {class: cancelled, code: invoked_run_cancelled}}, {state: cancelled}]}
)");
    }

    void testCancelledParentCancelsTheChild() {
        Story story;
        story.pipeline("main", parent("pipeline: child"));
        story.pipeline("child", kChild);
        story.plays(R"(
    event: {name: go}
    cancel: {at: 20s, run: 1}
    plugins: {worker: {return: 1, takes: 5m}}
    expect: {runs: [{state: cancelled, ends_at: 20s}, {state: cancelled, ends_at: 20s, steps: {work: {state: cancelled}}}]}
)");
    }

    void testCancelledParentCancelsAParkedChild() {
        Story story;
        story.pipeline("main", parent("pipeline: child"));
        story.pipeline("child", "on: []\nsteps: [{id: nap, uses: core/sleep, with: {for: 9d}}]\n");
        story.plays(R"(
    event: {name: go}
    cancel: {at: 1d, run: 1}
    expect: {runs: [{state: cancelled, ends_at: 1d}, {state: cancelled, ends_at: 1d}]}
)");
    }

    void testTimeoutOfTheWait() {
        Story story;
        story.pipeline("main", parent("pipeline: child, timeout: 2d"));
        story.pipeline("child", "on: []\nsteps: [{id: nap, uses: core/sleep, with: {for: 9d}}]\n");
        story.plays(R"(
    event: {name: go}
    expect: {runs: [{state: failed, ends_at: 2d, error: {class: timeout, code: invoke_timeout}}, {state: cancelled, ends_at: 2d}]}
)");
    }

    void testDetachedChildGoesOnByItself() {
        Story story;
        story.pipeline("main", parent("pipeline: child, wait: false"));
        story.pipeline("child", kChild);
        story.plays(R"(
    event: {name: go}
    plugins: {worker: [{error: {class: permanent}, takes: 1m}]}
    expect: {runs: [{state: completed, ends_at: 0s}, {state: failed, ends_at: 1m}]}
)");
        EngineFixture engine;
        engine.use(file("child", kChild));
        engine.use(file("main", parent("pipeline: child, wait: false")));
        const auto run = engine.submit("go");
        const auto runs = engine.store.listRuns({}, {});
        CPPUNIT_ASSERT_EQUAL("{\"run_id\":\"" + publicId(runs[0].id, runs[0].createdAt) + "\"}",
                             engine.run(run).output);
        CPPUNIT_ASSERT(!runs[0].parent);
    }

    void testParkedParentWakesByItsChild() {
        EngineFixture engine;
        engine.use(file("child", kChild));
        engine.use(file("main", parent("pipeline: child")));
        engine.invoker.script("worker", {"in 20m done 7"});
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT(engine.run(run).parked);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.stats().activeRuns);
        engine.advance(20min);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::string("7"), engine.run(run).output);
    }

    void testManyChildrenOfAForeach() {
        Story story;
        story.pipeline("main", R"(on: [{event: go}]
steps:
  - id: all
    uses: core/invoke
    foreach: {items: event.data.list, max_parallel: 3, on_item_failure: collect}
    with: {pipeline: child, data: {n: "${{ item }}"}}
output: ${{ steps.all.output }}
)");
        story.pipeline("child",
                       "on: []\nsteps:\n"
                       "  - {id: nap, uses: core/sleep, with: {for: \"${{ string(event.data.n) + 'h' }}\"}}\n"
                       "  - {id: odd, uses: core/fail, if: event.data.n == 3, with: {message: no}}\n"
                       "output: ${{ event.data.n }}\n");
        story.plays(R"(
    event: {name: go, data: {list: [5, 1, 3, 2, 4]}}
    expect: {state: completed, output: [5, 1, null, 2, 4], waited: 7h, runs: 6}
)");
    }

    void testGrandchildren() {
        Story story;
        story.pipeline("main", parent("pipeline: child"));
        story.pipeline("child",
                       "on: []\nsteps: [{id: call, uses: core/invoke, with: {pipeline: grand}}]\n"
                       "output: ${{ steps.call.output + 1 }}\n");
        story.pipeline("grand", kChild);
        story.plays(R"(
    event: {name: go}
    plugins: {worker: {return: 1, takes: 1m}}
    expect: {state: completed, output: 2, runs: 3, waited: 1m}
)");
    }

    /// The store was asked for the parent before the end of its second child was on disk, and answers after it.
    void testChildThatEndsWhileItsParentIsLoaded() {
        EngineFixture engine;
        engine.use(file("child", kChild));
        engine.use(file("main", R"(on: [{event: go}]
steps:
  - {id: one, uses: core/invoke, with: {pipeline: child}}
  - {id: busy, uses: slow}
  - {id: two, uses: core/invoke, with: {pipeline: child}, needs: []}
)"));
        engine.invoker.script("slow", {"in 5m done 1"});
        engine.invoker.script("worker", {"in 1m done 1", "in 1m done 2"});
        const auto run = engine.submit("go");
        CPPUNIT_ASSERT(engine.run(run).parked);
        engine.clock.advance(1min);
        CPPUNIT_ASSERT(engine.invoker.pumpOne());
        engine.turn();                             // the first child ends, and the parent is asked for
        CPPUNIT_ASSERT(engine.invoker.pumpOne());  // the second child ends
        engine.store.pump();                       // what is answered of the parent knows nothing of it
        engine.settle();
        CPPUNIT_ASSERT_EQUAL(StepState::Completed, engine.step(run, "two").state);
        engine.advance(5min);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
    }

    void testChildThatIsRefusedFailsTheStep() {
        Story story;
        story.pipeline("main", parent("pipeline: child", "concurrency: {limit: 5}\n"));
        story.pipeline("child", "on: []\nsingleton: {}\nsteps: [{id: work, uses: worker}]\n");
        story.plays(R"(
    events: [{name: go}, {name: go, at: 1s}]
    plugins: {worker: {return: 1, takes: 30s}}
    expect: {runs: [{state: completed}, {pipeline: child, state: completed}, {state: failed, error: {class: conflict, code: not_started}}]}
)");
    }

    void testUnknownPipelineFailsTheStep() {
        Story story;
        story.pipeline("main", parent("pipeline: child"));
        story.plays(
            "    event: {name: go}\n    expect: {state: failed, error: {class: not_found, code: unknown_pipeline}}\n");
    }

    void testOnFailureMayInvoke() {
        Story story;
        story.pipeline("main",
                       "on: [{event: go}]\nsteps: [{id: stop, uses: core/fail, with: {message: no}}]\n"
                       "on_failure: [{id: undo, uses: core/invoke, with: {pipeline: child}}]\n");
        story.pipeline("child", kChild);
        story.plays(R"(
    event: {name: go}
    plugins: {worker: {return: 1, takes: 30s}}
    expect: {waited: 30s, runs: [{state: failed, steps: {undo: {state: completed, output: 1}}}, {state: completed}]}
)");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(InvokeLifeTest);
