#include "engine/hops.h"
#include "engine/story.h"
#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::test;

namespace {

const char* const kWaits = R"(on: [{event: ordered}]
steps:
  - id: paid
    uses: core/wait_for_event
    with: {event: paid, if: async.data.order == event.data.order, timeout: 3d}
output: ${{ steps.paid.output }}
)";

std::string waiting(const std::string& rest) {
    return "version: 1\nid: order\n" + rest;
}

}  // namespace

/// `core/wait_for_event` and `core/send_event`.
class EventLifeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(EventLifeTest);
    CPPUNIT_TEST(testLaterEventEndsTheWait);
    CPPUNIT_TEST(testTimeoutGivesNull);
    CPPUNIT_TEST(testOnlyTheRunThatIsMeantHearsTheEvent);
    CPPUNIT_TEST(testEventThatCameFirstIsNotMissed);
    CPPUNIT_TEST(testEventOfBeforeTheRunDoesNotCount);
    CPPUNIT_TEST(testSecondWaitTakesTheNextEvent);
    CPPUNIT_TEST(testConditionIsFullCel);
    CPPUNIT_TEST(testManyRunsHearOneEvent);
    CPPUNIT_TEST(testEventThatIsTheTimeoutsCommit);
    CPPUNIT_TEST(testWaitsSideBySide);
    CPPUNIT_TEST(testWaitSurvivesARestart);
    CPPUNIT_TEST(testConditionThatCannotBeEvaluatedFailsTheStep);
    CPPUNIT_TEST(testSentEventStartsAPipelineInTheSameCommit);
    CPPUNIT_TEST(testSentEventIsSentOnce);
    CPPUNIT_TEST(testSentEventMayHaveAnIdAndATime);
    CPPUNIT_TEST(testIdsSentByGroupsAreOneEventEach);
    CPPUNIT_TEST(testRunMayWaitForWhatItSends);
    CPPUNIT_TEST(testTwoPipelinesTalk);
    CPPUNIT_TEST(testLoopOfEventsIsStopped);
    CPPUNIT_TEST(testPipelineMayStartItselfNowAndThen);
    CPPUNIT_TEST(testCancelOnEndsAParkedRun);
    CPPUNIT_TEST_SUITE_END();

public:
    void testLaterEventEndsTheWait() {
        Story story;
        story.pipeline("order", kWaits);
        story.plays(R"(
    events: [{name: ordered, data: {order: 7}}, {name: paid, at: 2d, data: {order: 7, by: card}}]
    expect: {state: completed, waited: 2d, output: {name: paid, data: {order: 7, by: card}}, steps: {paid: {attempts: 0}}}
)");
    }

    void testTimeoutGivesNull() {
        Story story;
        story.pipeline("order", kWaits);
        story.plays(R"(
    events: [{name: ordered, data: {order: 7}}, {name: paid, at: 2d, data: {order: 8}}, {name: paid, at: 4d, data: {order: 7}}]
    expect: {runs: [{state: completed, ends_at: 3d, output: null}]}
)");
    }

    void testOnlyTheRunThatIsMeantHearsTheEvent() {
        Story story;
        story.pipeline("order", kWaits);
        story.plays(R"(
    events:
      - {name: ordered, data: {order: 7}}
      - {name: ordered, data: {order: 8}}
      - {name: ordered, data: {order: "7"}}
      - {name: paid, at: 1h, data: {order: 8}}
      - {name: paid, at: 2h, data: {order: 7.0}}
    expect: {runs: [{ends_at: 2h}, {ends_at: 1h, output: {data: {order: 8}}}, {ends_at: 3d, output: null}]}
)");
    }

    void testEventThatCameFirstIsNotMissed() {
        Story story;
        story.pipeline("order", R"(on: [{event: ordered}]
steps:
  - {id: pack, uses: packer}
  - {id: nap, uses: core/sleep, with: {for: 1d}}
  - {id: paid, uses: core/wait_for_event, with: {event: paid, if: async.data.order == event.data.order}}
output: ${{ steps.paid.output.data.n }}
)");
        story.plays(R"(
    events:
      - {name: ordered, data: {order: 7}}
      - {name: paid, at: 1s, data: {order: 8, n: 0}}
      - {name: paid, at: 2s, data: {order: 7, n: 1}}
      - {name: paid, at: 3s, data: {order: 7, n: 2}}
    plugins: {packer: {return: 1, takes: 30s}}
    expect: {state: completed, waited: 24h30s, output: 1}
)");
    }

    void testEventOfBeforeTheRunDoesNotCount() {
        Story story;
        story.pipeline("order", kWaits);
        story.plays(R"(
    events: [{name: paid, data: {order: 7}}, {name: ordered, at: 1s, data: {order: 7}}]
    expect: {state: completed, output: null, waited: 72h1s}
)");
    }

    void testSecondWaitTakesTheNextEvent() {
        Story story;
        story.pipeline("order", R"(on: [{event: go}]
steps:
  - {id: first, uses: core/wait_for_event, with: {event: tick}}
  - {id: nap, uses: core/sleep, with: {for: 1h}}
  - {id: second, uses: core/wait_for_event, with: {event: tick}}
  - {id: third, uses: core/wait_for_event, with: {event: tick, timeout: 1d}}
)");
        story.plays(R"(
    events: [{name: go}, {name: tick, at: 1m, data: {n: 1}}, {name: tick, at: 2m, data: {n: 2}}]
    expect: {state: completed, waited: 25h1m,
             steps: {first: {output: {data: {n: 1}}}, second: {output: {data: {n: 2}}}, third: {output: null}}}
)");
    }

    void testConditionIsFullCel() {
        Story story;
        story.pipeline("order", R"(on: [{event: go}]
steps:
  - {id: limit, uses: p}
  - id: big
    uses: core/wait_for_event
    with: {event: paid, if: async.data.sum > steps.limit.output.n}
)");
        story.plays(R"(
    events: [{name: go}, {name: paid, at: 1h, data: {sum: 3}}, {name: paid, at: 2h, data: {sum: 30}}]
    plugins: {p: [{return: {n: 10}}]}
    expect: {state: completed, waited: 2h, steps: {big: {output: {data: {sum: 30}}}}}
)");
    }

    void testManyRunsHearOneEvent() {
        EngineFixture engine;
        engine.use(waiting("on: [{event: go}]\nsteps: [{id: hear, uses: core/wait_for_event, with: {event: bell}}]\n"));
        std::vector<RunId> runs;
        for (int i = 0; i < 500; ++i) runs.push_back(engine.submit("go"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().activeRuns);
        engine.submitEvent("bell");
        for (const RunId run : runs) CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), engine.stats().parkedWaits);
    }

    void testEventThatIsTheTimeoutsCommit() {
        Story story;
        story.pipeline("order", kWaits);
        story.plays(R"(
    events: [{name: ordered, data: {order: 7}}, {name: paid, at: 71h59m59s, data: {order: 7}}]
    expect: {state: completed, output: {name: paid}}
)");
    }

    void testWaitsSideBySide() {
        Story story;
        story.pipeline("order", R"(on: [{event: go}]
steps:
  - {id: yes, uses: core/wait_for_event, with: {event: granted}}
  - {id: no, uses: core/wait_for_event, with: {event: refused}, needs: []}
  - {id: last, uses: p, needs: [yes, no], any: 1, race: true, input: "${{ steps.no.state }}"}
)");
        story.plays(R"(
    events: [{name: go}, {name: granted, at: 5d}]
    plugins: {p: {return: 1}}
    expect: {state: completed, waited: 5d, steps: {no: {state: cancelled}, last: {input: cancelled}}}
)");
    }

    void testWaitSurvivesARestart() {
        for (const char* timeout : {"8s", "8d"}) {
            EngineFixture engine;
            engine.use(
                waiting("on: [{event: go}]\nsteps: [{id: hear, uses: core/wait_for_event, with: {event: bell, "
                        "timeout: " +
                        std::string(timeout) + "}}]\n"));
            const auto run = engine.submit("go");
            const auto other = engine.submit("go");
            engine.kill();
            engine.start();
            engine.settle();
            CPPUNIT_ASSERT_EQUAL(RunState::Waiting, engine.state(run));
            // Accepted, and the process dies before anybody is shown it.
            engine.store.faultAt(1, SimFault::CrashAfter);
            engine.post({{.name = "bell", .externalId = {}, .data = "{}", .user = {}, .ts = {}, .requestId = {}}});
            engine.settle();
            CPPUNIT_ASSERT(engine.dead());
            engine.kill();
            engine.start();
            engine.settle();
            CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
            CPPUNIT_ASSERT(engine.step(run, "hear").output.find("bell") != std::string::npos);
            CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(other));
        }
    }

    void testConditionThatCannotBeEvaluatedFailsTheStep() {
        Story story;
        story.pipeline("order",
                       "on: [{event: go}]\nsteps: [{id: hear, uses: core/wait_for_event, with: {event: bell, "
                       "if: async.data.n > 3}}]\n");
        story.plays(R"(
    events: [{name: go}, {name: bell, at: 1h}]
    expect: {state: failed, ends_at: 1h, error: {step: hear}}
)");
    }

    void testSentEventStartsAPipelineInTheSameCommit() {
        EngineFixture engine;
        engine.use(
            "version: 1\nid: a\non: [{event: go}]\nsteps: [{id: tell, uses: core/send_event, with: {event: told, "
            "data: {n: \"${{ event.data.n }}\"}}}]\n");
        engine.use("version: 1\nid: b\non: [{event: told}]\nsteps: [{id: do, uses: p}]\n");
        const auto first = engine.submit("go", "{\"n\":4}");
        const auto runs = engine.store.listRuns({}, {});
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), runs.size());
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, runs[0].state);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"n\":4}"), engine.invoker.calls().at(0).input);
        // What the sender says of it is true at every moment.
        const std::string output = engine.step(first, "tell").output;
        CPPUNIT_ASSERT(output.find(publicId(runs[0].id, runs[0].createdAt)) != std::string::npos);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(2), engine.store.commits());
    }

    void testSentEventIsSentOnce() {
        Story story;
        story.pipeline("a",
                       "on: [{event: go}]\nsteps:\n"
                       "  - {id: pack, uses: p}\n"
                       "  - {id: tell, uses: core/send_event, with: {event: told}}\n"
                       "  - {id: post, uses: p}\n");
        story.pipeline("b", "on: [{event: told}]\nsteps: [{id: do, uses: p}]\n");
        story.plays(R"(
    event: {name: go}
    plugins: {p: {return: 1, takes: 15s}}
    expect: {events: [told], runs: [{pipeline: a, state: completed}, {pipeline: b, state: completed, starts_at: 15s}]}
)");
    }

    void testSentEventMayHaveAnIdAndATime() {
        Story story;
        story.pipeline("a", R"(on: [{event: go}]
steps:
  - {id: tell, uses: core/send_event, with: {event: told, id: "told-${{ event.data.n }}", ts: "${{ event.data.at }}"}}
)");
        story.pipeline("b", "on: [{event: told}]\nsteps: [{id: do, uses: p}]\n");
        story.plays(R"(
    now: 2026-03-01T00:00:00Z
    events:
      - {name: go, data: {n: 1, at: "2026-03-03T00:00:00Z"}}
      - {name: go, data: {n: 1, at: "2026-03-03T00:00:00Z"}, at: 1h}
    plugins: {p: {return: 1}}
    expect: {events: [told], runs: [{pipeline: a}, {pipeline: b, state: completed, ends_at: 2d}, {pipeline: a}]}
)");
    }

    void testIdsSentByGroupsAreOneEventEach() {
        Story story;
        story.pipeline("a", R"(on: [{event: go}]
steps:
  - id: each
    foreach: {items: event.data.list, as: n}
    steps:
      - {id: one, uses: core/send_event, with: {event: one, id: "${{ n }}"}}
      - {id: two, uses: core/send_event, with: {event: two, id: "${{ n }}"}}
)");
        story.plays(R"(
    events: [{name: go, data: {list: [a, b, c, d]}}, {name: go, at: 1h, data: {list: [a, b, c, d]}}]
    expect: {events: [one, one, one, one, two, two, two, two], runs: [{state: completed}, {state: completed}]}
)");
    }

    void testRunMayWaitForWhatItSends() {
        Story story;
        story.pipeline("a", R"(on: [{event: go}]
steps:
  - {id: tell, uses: core/send_event, with: {event: told, data: {n: 1}}}
  - {id: hear, uses: core/wait_for_event, with: {event: told, timeout: 1h}}
)");
        story.plays(
            "    event: {name: go}\n    expect: {state: completed, waited: 0s, steps: {hear: {output: {data: {n: "
            "1}}}}}\n");
    }

    void testTwoPipelinesTalk() {
        Story story;
        story.pipeline("a", R"(on: [{event: go}]
steps:
  - {id: ask, uses: core/send_event, with: {event: question, data: {of: "${{ event.id }}"}}}
  - {id: hear, uses: core/wait_for_event, with: {event: answer, if: async.data.of == event.id, timeout: 1h}}
output: ${{ steps.hear.output.data.text }}
)");
        story.pipeline("b", R"(on: [{event: question}]
steps:
  - {id: think, uses: thinker}
  - {id: say, uses: core/send_event, with: {event: answer, data: {of: "${{ event.data.of }}", text: "${{ steps.think.output }}"}}}
)");
        story.plays(R"(
    events: [{name: go}, {name: go, at: 1s}]
    plugins: {thinker: {return: yes, takes: 20s}}
    expect: {state: completed, output: yes, runs: 4}
)");
    }

    void testLoopOfEventsIsStopped() {
        EngineFixture engine;
        engine.use(
            "version: 1\nid: loop\non: [{event: again}]\n"
            "steps: [{id: go, uses: core/send_event, with: {event: again}}]\n");
        const RunId first = engine.submit("again");
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(first));
        const RunId last{first.value + engine::kMostHops};
        CPPUNIT_ASSERT_EQUAL(last.value, engine.store.lastRunId().value);
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, engine.state(last));
        const auto error = engine.step(last, "go").error;
        CPPUNIT_ASSERT(error && error->outcome == OutcomeClass::Permanent);
        CPPUNIT_ASSERT_EQUAL(std::string("event_loop"), error->code);
    }

    void testPipelineMayStartItselfNowAndThen() {
        EngineFixture engine;
        engine.use(
            "version: 1\nid: slow\non: [{event: again}]\nsteps:\n  - {id: nap, uses: core/sleep, with: {for: 2m}}\n"
            "  - {id: go, needs: [nap], uses: core/send_event, with: {event: again}}\n");
        engine.submit("again");
        engine.advance(1h);
        const EventId newest = engine.store.lastEventId();
        CPPUNIT_ASSERT(newest.value > 20);
        CPPUNIT_ASSERT_EQUAL(std::string("~1"), engine.store.findEvent(newest)->requestId);
    }

    void testCancelOnEndsAParkedRun() {
        Story story;
        story.pipeline("order", R"(on: [{event: ordered}]
cancel_on: {event: withdrawn, if: async.data.order == event.data.order}
steps: [{id: nap, uses: core/sleep, with: {for: 30d}}]
finally: [{id: close, uses: p}]
)");
        story.plays(R"(
    events: [{name: ordered, data: {order: 7}}, {name: ordered, data: {order: 8}}, {name: withdrawn, at: 10d, data: {order: 7}}]
    plugins: {p: {return: 1}}
    expect: {runs: [{state: cancelled, ends_at: 10d, error: {code: cancel_on}, steps: {close: {state: completed}}},
                    {state: completed, ends_at: 30d}]}
)");
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EventLifeTest);
