#include "engine/story.h"
#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::test;

namespace {

std::string foreachOf(const std::string& rest) {
    return "version: 1\nid: fan\non: [{event: go}]\ndefaults: {retry: never}\n" + rest;
}

const char* const kThree = "{\"list\":[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\"}]}";

}  // namespace

/// `foreach` on a step and on a group, through the whole engine.
class ForeachLifeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ForeachLifeTest);
    CPPUNIT_TEST(testOutputsStandInTheOrderOfTheItems);
    CPPUNIT_TEST(testMaxParallelHoldsItemsBack);
    CPPUNIT_TEST(testKeysNameRecordsAndRetriesAreEachItemsOwn);
    CPPUNIT_TEST(testFailedItemStopsTheOthers);
    CPPUNIT_TEST(testCollectPutsNull);
    CPPUNIT_TEST(testGroupRunsForEachItem);
    CPPUNIT_TEST(testConditionOverTheItem);
    CPPUNIT_TEST(testBuiltInStepsPerItem);
    CPPUNIT_TEST(testEmptyListCompletes);
    CPPUNIT_TEST(testItemsAreWorkedOutOnce);
    CPPUNIT_TEST(testCancelStopsTheItems);
    CPPUNIT_TEST(testItemsTakeNoSlotOfTheRun);
    CPPUNIT_TEST(testItemsOfTwoRunsShareTheLimitOfTheirStep);
    CPPUNIT_TEST_SUITE_END();

public:
    void testOutputsStandInTheOrderOfTheItems() {
        Story story;
        story.pipeline("fan",
                       "on: [{event: go}]\n"
                       "steps:\n"
                       "  - {id: each, uses: p, foreach: {items: event.data.list}, input: \"${{ item.id }}\"}\n"
                       "output: ${{ steps.each.output }}\n");
        story.plays(R"(
    event: {name: go, data: {list: [{id: a}, {id: b}, {id: c}]}}
    steps:
      "each[0]": [{return: 1, takes: 9s}]
      "each[1]": [{return: 2, takes: 2s}]
      "each[2]": [{return: 3, takes: 5s}]
    expect: {state: completed, waited: 9s, output: [1, 2, 3],
             steps: {each: {state: completed}, "each[0]": {input: a, attempts: 1}, "each[2]": {input: c}}}
)");
    }

    void testMaxParallelHoldsItemsBack() {
        Story story;
        story.pipeline("fan",
                       "on: [{event: go}]\n"
                       "steps:\n"
                       "  - {id: each, uses: p, foreach: {items: event.data.list, as: n, max_parallel: 2},\n"
                       "     input: \"${{ n }}\"}\n");
        story.plays(R"(
    event: {name: go, data: {list: [1, 2, 3, 4, 5]}}
    plugins: {p: {return: 1, takes: 2s}}
    expect: {state: completed, waited: 6s, steps: {"each[4]": {input: 5, state: completed}}}
)");
    }

    void testKeysNameRecordsAndRetriesAreEachItemsOwn() {
        Story story;
        story.pipeline("fan",
                       "on: [{event: go}]\n"
                       "steps:\n"
                       "  - {id: each, uses: p, foreach: {items: event.data.list, as: page, key: page.id},\n"
                       "     retry: {attempts: 3, backoff: constant, initial: 20s, jitter: none}}\n");
        story.plays(R"(
    event: {name: go, data: {list: [{id: a}, {id: b}]}}
    steps:
      "each[a]": [{error: {class: transient}}, {error: {class: transient}}, {return: 1}]
      "each[b]": [{error: {class: transient}}, {return: 2}]
    expect: {state: completed, waited: 40s,
             steps: {"each[a]": {attempts: 3}, "each[b]": {attempts: 2, output: 2}, each: {attempts: 0, output: [1, 2]}}}
)");
    }

    void testFailedItemStopsTheOthers() {
        Story story;
        story.pipeline("fan",
                       "on: [{event: go}]\n"
                       "steps:\n"
                       "  - {id: each, uses: p, foreach: {items: event.data.list, max_parallel: 2}}\n");
        story.plays(R"(
    event: {name: go, data: {list: [1, 2, 3, 4]}}
    steps:
      "each[0]": {return: 1, takes: 1h}
      "each[1]": [{error: {class: permanent, code: broken, message: no luck}, takes: 1s}]
    expect: {state: failed, error: {step: each, class: permanent, code: broken, message: "item 1: no luck"},
             steps: {"each[0]": {state: cancelled}, "each[1]": {state: failed}, "each[2]": {state: not_reached},
                     each: {state: failed}}}
)");
    }

    void testCollectPutsNull() {
        Story story;
        story.pipeline("fan",
                       "on: [{event: go}]\n"
                       "steps:\n"
                       "  - {id: each, uses: p, foreach: {items: event.data.list, on_item_failure: collect}}\n"
                       "output: ${{ steps.each.output }}\n");
        story.plays(R"(
    event: {name: go, data: {list: [1, 2, 3]}}
    steps:
      "each[0]": {return: 1}
      "each[1]": [{error: {class: permanent}}]
      "each[2]": {return: 3}
    expect: {state: completed, output: [1, null, 3], steps: {each: {state: completed}, "each[1]": {state: failed}}}
)");
    }

    void testGroupRunsForEachItem() {
        Story story;
        story.pipeline("fan", R"(on: [{event: go}]
steps:
  - id: pages
    foreach: {items: event.data.list, as: page, key: page.id, max_parallel: 2}
    steps:
      - {id: fetch, uses: fetcher, input: "${{ page }}"}
      - {id: store, uses: saver, input: "${{ steps.fetch.output }}"}
  - {id: sum, uses: adder, input: "${{ steps.pages.output }}"}
)");
        story.plays(R"(
    event: {name: go, data: {list: [{id: a}, {id: b}, {id: c}]}}
    steps:
      fetch: {return: {n: 1}, takes: 3s}
      store: {return: {saved: true}, takes: 1s}
      sum: {return: 3}
    expect: {state: completed, waited: 8s,
             steps: {"pages[b].store": {input: {n: 1}}, "pages[c]": {state: completed, output: {saved: true}},
                     pages: {output: [{saved: true}, {saved: true}, {saved: true}]}, sum: {state: completed}}}
)");
    }

    void testConditionOverTheItem() {
        Story story;
        story.pipeline("fan", R"(on: [{event: go}]
steps:
  - {id: each, uses: p, if: item > 1, foreach: {items: event.data.list}}
  - {id: none, uses: p, if: size(event.data.list) > 5, foreach: {items: event.data.list}}
)");
        story.plays(R"(
    event: {name: go, data: {list: [1, 2]}}
    plugins: {p: {return: 1}}
    expect: {state: completed, steps: {"each[0]": {state: skipped}, "each[1]": {state: completed},
                                       each: {output: [null, 1]}, none: {state: skipped}, "none[0]": {state: not_reached}}}
)");
    }

    void testBuiltInStepsPerItem() {
        Story story;
        story.pipeline("fan", R"(on: [{event: go}]
steps:
  - id: days
    foreach: {items: event.data.days, as: day}
    steps:
      - {id: nap, uses: core/sleep, with: {for: "${{ string(day) + 'd' }}"}}
      - {id: tell, uses: core/send_event, with: {event: told, data: {day: "${{ day }}"}}}
)");
        story.plays(R"(
    event: {name: go, data: {days: [3, 1, 2]}}
    expect: {state: completed, waited: 3d, events: [told, told, told],
             steps: {"days[0].nap": {state: completed}, "days[2].tell": {state: completed}}}
)");
    }

    void testEmptyListCompletes() {
        Story story;
        story.pipeline("fan",
                       "on: [{event: go}]\nsteps:\n"
                       "  - {id: each, uses: p, foreach: {items: event.data.list}}\n"
                       "output: ${{ steps.each.output }}\n");
        story.plays("    event: {name: go, data: {list: []}}\n    expect: {state: completed, output: []}\n");
    }

    void testItemsAreWorkedOutOnce() {
        EngineFixture engine;
        engine.use(
            foreachOf("steps:\n  - {id: each, uses: p, foreach: {items: event.data.list, key: item.id, "
                      "max_parallel: 1}, input: \"${{ item.id }}\"}\n"));
        engine.invoker.script("p", {"done 1", "wait", "done 2", "done 3"});
        const auto run = engine.submit("go", kThree);
        const std::string memo = engine.step(run, "each").memo;
        CPPUNIT_ASSERT(memo.find("\"b\"") != std::string::npos);
        engine.kill();
        engine.start();
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(memo, engine.step(run, "each").memo);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.callsOf("each[a]").size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.callsOf("each[b]").size());
        CPPUNIT_ASSERT_EQUAL(std::string("[1,2,3]"), engine.step(run, "each").output);
    }

    void testCancelStopsTheItems() {
        EngineFixture engine;
        engine.use(foreachOf("steps:\n  - {id: each, uses: p, foreach: {items: event.data.list, max_parallel: 2}}\n"));
        engine.invoker.script("p", {"wait", "wait"});
        const auto run = engine.submit("go", kThree);
        CPPUNIT_ASSERT(engine.cancel(run) == engine::CancelStatus::Cancelled);
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.cancels().size());
        CPPUNIT_ASSERT_EQUAL(StepState::Cancelled, engine.step(run, "each").state);
        CPPUNIT_ASSERT_EQUAL(StepState::Cancelled, engine.step(run, "each[1]").state);
        CPPUNIT_ASSERT(!engine.findStep(run, "each[2]"));
    }

    void testItemsTakeNoSlotOfTheRun() {
        EngineFixture engine;
        engine.use(
            foreachOf("concurrency: {limit: 1}\n"
                      "steps:\n  - {id: each, uses: p, foreach: {items: event.data.list}}\n"));
        engine.invoker.script("p", [](const host::StepCall&) { return "in 5s done 1"; });
        engine.submit("go", kThree);
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.stats().runningAttempts);
        const auto second = engine.submit("go", kThree);
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.stats().runningAttempts);
        engine.finish();
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(second));
    }

    void testItemsOfTwoRunsShareTheLimitOfTheirStep() {
        Story story;
        story.pipeline("fan",
                       "on: [{event: go}]\n"
                       "steps:\n  - {id: each, uses: p, foreach: {items: event.data.list}, "
                       "concurrency: {limit: 2}}\n");
        story.plays(R"(
    events: [{name: go, data: {list: [1, 2, 3]}}, {name: go, data: {list: [1, 2, 3]}}]
    plugins: {p: {return: 1, takes: 20s}}
    expect: {waited: 1m, runs: [{state: completed}, {state: completed}]}
)");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ForeachLifeTest);
