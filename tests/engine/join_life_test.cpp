#include "engine/story.h"

using namespace stepd;
using namespace stepd::test;

/// `needs`, `require: success`, `any` and `race`, and several triggers of one pipeline.
class JoinLifeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(JoinLifeTest);
    CPPUNIT_TEST(testNeedsJoin);
    CPPUNIT_TEST(testAnyGoesOnWithTheFirst);
    CPPUNIT_TEST(testRaceCancelsTheOthers);
    CPPUNIT_TEST(testAnyThatCannotBeMet);
    CPPUNIT_TEST(testFailedNeedOfAnyIsForgiven);
    CPPUNIT_TEST(testRequireSuccessSkips);
    CPPUNIT_TEST(testRaceAgainstASleep);
    CPPUNIT_TEST(testEachTriggerHasItsCondition);
    CPPUNIT_TEST(testEventStartsEachPipelineThatWantsIt);
    CPPUNIT_TEST_SUITE_END();

    static std::string three(const std::string& last) {
        return "on: [{event: go}]\nsteps:\n  - {id: a, uses: a, needs: []}\n  - {id: b, uses: b, needs: []}\n"
               "  - {id: c, uses: c, needs: []}\n  - {id: last, uses: last, " +
               last + "}\n";
    }

public:
    void testNeedsJoin() {
        Story story;
        story.pipeline("join", three("needs: [a, b, c]"));
        story.plays(R"(
    event: {name: go}
    plugins: {a: {return: 1, takes: 3s}, b: {return: 1, takes: 1s}, c: {return: 1, takes: 2s}, last: {return: 1, takes: 1s}}
    expect: {state: completed, waited: 4s}
)");
    }

    void testAnyGoesOnWithTheFirst() {
        Story story;
        story.pipeline("join", three("needs: [a, b, c], any: 2, input: \"${{ steps.a.output }}\""));
        story.plays(R"(
    event: {name: go}
    plugins: {a: {return: 1, takes: 30s}, b: {return: 1, takes: 1s}, c: {return: 1, takes: 20s}, last: {return: 1, takes: 1s}}
    expect: {state: completed, waited: 30s, steps: {a: {state: completed}, last: {input: null}}}
)");
    }

    void testRaceCancelsTheOthers() {
        Story story;
        story.pipeline("join", three("needs: [a, b, c], any: 1, race: true"));
        story.plays(R"(
    event: {name: go}
    plugins: {a: {return: 1, takes: 50s}, b: {return: 1, takes: 1s}, c: {return: 1, takes: 50s}, last: {return: 1, takes: 1s}}
    expect: {state: completed, waited: 2s, steps: {a: {state: cancelled}, b: {state: completed}, c: {state: cancelled}}}
)");
    }

    void testAnyThatCannotBeMet() {
        Story story;
        story.pipeline("join", three("needs: [a, b, c], any: 2, race: true"));
        story.plays(R"(
    event: {name: go}
    plugins: {a: [{skip: no}], b: [{skip: no}], c: {return: 1, takes: 20s}}
    expect: {state: completed, steps: {c: {state: completed}, last: {state: skipped, error: {code: too_few_completed}}}}
)");
    }

    void testFailedNeedOfAnyIsForgiven() {
        Story story;
        story.pipeline("join", three("needs: [a, b, c], any: 1"));
        story.plays(R"(
    event: {name: go}
    plugins: {a: [{error: {class: permanent}}], b: [{error: {class: permanent}}], c: {return: 1, takes: 20s}, last: {return: 1}}
    expect: {state: completed, steps: {a: {state: failed}, last: {state: completed}}}
)");
        story.plays(R"(
    event: {name: go}
    plugins: {a: {return: 1}, b: {return: 1}, c: {return: 1}}
    steps: {last: [{error: {class: permanent}}]}
    expect: {state: failed, error: {step: last}}
)");
    }

    void testRequireSuccessSkips() {
        Story story;
        story.pipeline("join",
                       "on: [{event: go}]\nsteps:\n  - {id: a, uses: a, if: event.data.n > 1}\n"
                       "  - {id: b, uses: b, needs: [{step: a, require: success}]}\n"
                       "  - {id: c, uses: c, needs: [b]}\n");
        story.plays(R"(
    events: [{name: go, data: {n: 1}}, {name: go, data: {n: 2}}]
    plugins: {a: {return: 1}, b: {return: 1}, c: {return: 1}}
    expect: {runs: [{state: completed, steps: {b: {state: skipped, error: {code: need_not_met}}, c: {state: completed}}},
                    {state: completed, steps: {b: {state: completed}}}]}
)");
    }

    void testRaceAgainstASleep() {
        Story story;
        story.pipeline("join", R"(on: [{event: go}]
steps:
  - {id: ask, uses: a, timeout: 2h}
  - {id: late, uses: core/sleep, needs: [], with: {for: 1h}}
  - {id: last, uses: last, needs: [ask, late], any: 1, race: true, input: "${{ steps.ask.ok }}"}
)");
        story.plays(R"(
    event: {name: go}
    plugins: {a: {return: 1, takes: 90m}, last: {return: 1}}
    expect: {state: completed, waited: 1h, steps: {ask: {state: cancelled}, last: {input: false}}}
)");
    }

    void testEachTriggerHasItsCondition() {
        Story story;
        story.pipeline("join", R"(on:
  - {event: order.*, if: event.data.sum > 10}
  - {event: order.urgent}
  - {event: refund}
steps: [{id: a, uses: a}]
output: ${{ event.name }}
)");
        story.plays(R"(
    events: [{name: order.new, data: {sum: 3}}, {name: order.new, data: {sum: 30}}, {name: order.urgent, data: {sum: 3}},
             {name: order.urgent, data: {sum: 30}}, {name: refund}, {name: other}]
    plugins: {a: {return: 1}}
    expect: {runs: [{output: order.new}, {output: order.urgent}, {output: order.urgent}, {output: refund}]}
)");
    }

    void testEventStartsEachPipelineThatWantsIt() {
        Story story;
        story.pipeline("one", "on: [{event: go}]\nsteps: [{id: a, uses: a}]\n");
        story.pipeline("two", "triggers: [{event: g*}]\nsteps: [{id: a, uses: a}]\n");
        story.pipeline("three", "on: [{event: stop}]\nsteps: [{id: a, uses: a}]\n");
        story.plays(R"(
    event: {name: go}
    plugins: {a: {return: 1, takes: 2s}}
    expect: {runs: [{pipeline: one, state: completed}, {pipeline: two, state: completed}]}
)");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JoinLifeTest);
