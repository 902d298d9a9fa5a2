#include "engine/flow_engine.h"

using namespace stepd;
using namespace stepd::test;
using Strings = std::vector<std::string>;

namespace {

std::string cron(const std::string& trigger, const std::string& flow = "", const std::string& steps = "") {
    return "version: 1\nid: tick\non: [{" + trigger + "}]\n" + flow + "\nsteps: [" +
           (steps.empty() ? "{id: a, uses: a, input: \"${{ event.data.scheduled_at }}\"}" : steps) + "]\n";
}

}  // namespace

/// Ticks of the calendar as runs; which moments they are is CronCalendarTest's. The clock begins on 2026-01-02 at
/// 03:00 UTC.
class SchedulesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SchedulesTest);
    CPPUNIT_TEST(testEachTickIsARun);
    CPPUNIT_TEST(testEventOfATick);
    CPPUNIT_TEST(testConditionOfATrigger);
    CPPUNIT_TEST(testTickIsTakenOnceOverARestart);
    CPPUNIT_TEST(testMissedTicksAreForgotten);
    CPPUNIT_TEST(testLastMissedTickIsMadeUpFor);
    CPPUNIT_TEST(testAllMissedTicksAreMadeUpFor);
    CPPUNIT_TEST(testShortStopMissesNothing);
    CPPUNIT_TEST(testTickIsNeitherLostNorTakenTwiceInACrash);
    CPPUNIT_TEST(testOverlapSkip);
    CPPUNIT_TEST(testOverlapCancel);
    CPPUNIT_TEST(testOverlapAllow);
    CPPUNIT_TEST(testJitterDelaysTheRunAndIsTheSameEachTime);
    CPPUNIT_TEST(testHourThatDoesNotExist);
    CPPUNIT_TEST(testHourThatComesTwice);
    CPPUNIT_TEST(testClockSetBackRepeatsNoTick);
    CPPUNIT_TEST(testReloadForgetsNoTickAndPipelineThatIsGoneTicksNoMore);
    CPPUNIT_TEST_SUITE_END();

    static Strings ticks(FlowEngine& engine) {
        Strings list;
        for (const auto& call : engine.invoker.callsOf("a")) list.push_back(call.input.substr(1, 16));
        return list;
    }

public:
    // inngest-protocol.md section 7, "Cron": minute precision.
    void testEachTickIsARun() {
        FlowEngine engine;
        engine.use(cron("cron: \"*/30 * * * *\""));
        engine.advance(29min + 59s + 999ms);
        CPPUNIT_ASSERT(engine.invoker.calls().empty());
        engine.advance(1ms);
        CPPUNIT_ASSERT(ticks(engine) == Strings{"2026-01-02T03:30"});
        engine.advance(1h);
        CPPUNIT_ASSERT(ticks(engine) == (Strings{"2026-01-02T03:30", "2026-01-02T04:00", "2026-01-02T04:30"}));
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), engine.count(RunState::Completed));
    }

    // pipeline.h: their event is `stepd.cron` with data {cron, timezone, scheduled_at}.
    void testEventOfATick() {
        FlowEngine engine;
        engine.use(cron("cron: \"30 4 * * *\", timezone: Europe/Berlin, data: {kind: nightly}"));
        engine.advance(1h);
        const auto event = engine.store.findEvent(EventId{1});
        CPPUNIT_ASSERT_EQUAL(std::string("stepd.cron"), event->name);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"cron\":\"30 4 * * *\",\"timezone\":\"Europe/Berlin\",\"scheduled_at\":"
                                         "\"2026-01-02T03:30:00.000000Z\",\"kind\":\"nightly\"}"),
                             event->data);
    }

    void testConditionOfATrigger() {
        FlowEngine engine;
        engine.use(cron("cron: \"*/30 * * * *\", if: \"event.data.scheduled_at.contains('T04:')\""));
        engine.advance(2h);
        CPPUNIT_ASSERT(ticks(engine) == (Strings{"2026-01-02T04:00", "2026-01-02T04:30"}));
    }

    // Section 7: ticks are idempotent by scheduled timestamp.
    void testTickIsTakenOnceOverARestart() {
        FlowEngine engine;
        engine.use(cron("cron: \"*/30 * * * *\", catch_up: all"));
        engine.advance(30min);
        engine.restart();
        engine.advance(10s);
        engine.restart();
        CPPUNIT_ASSERT(ticks(engine) == Strings{"2026-01-02T03:30"});
    }

    static Strings afterAStop(const std::string& catchUp, Duration down) {
        FlowEngine engine;
        engine.use(cron("cron: \"0 * * * *\"" + catchUp));
        engine.advance(1h);
        engine.kill();
        engine.clock.advance(down);
        engine.start();
        engine.settle();
        Strings missed = ticks(engine);
        engine.advance(1h);
        CPPUNIT_ASSERT_EQUAL(missed.size() + 1, ticks(engine).size());
        return {missed.begin() + 1, missed.end()};
    }

    // Section 7: missed ticks are not replayed; pipeline.h `catch_up`: none (the default), last, all.
    void testMissedTicksAreForgotten() {
        CPPUNIT_ASSERT(afterAStop("", 3h + 5min).empty());
        CPPUNIT_ASSERT(afterAStop(", catch_up: none", 3h + 5min).empty());
    }
    void testLastMissedTickIsMadeUpFor() {
        CPPUNIT_ASSERT(afterAStop(", catch_up: last", 3h + 5min) == Strings{"2026-01-02T07:00"});
    }
    void testAllMissedTicksAreMadeUpFor() {
        CPPUNIT_ASSERT(afterAStop(", catch_up: all", 3h + 5min) ==
                       (Strings{"2026-01-02T05:00", "2026-01-02T06:00", "2026-01-02T07:00"}));
    }
    void testShortStopMissesNothing() { CPPUNIT_ASSERT(afterAStop("", 1h + 30s) == Strings{"2026-01-02T05:00"}); }

    // Schedules: the last tick is written in the batch that admits its event.
    void testTickIsNeitherLostNorTakenTwiceInACrash() {
        for (const char* flow : {"", "idempotency: {key: event.data.scheduled_at}"})
            for (const SimFault fault : {SimFault::CrashBefore, SimFault::CrashAfter})
                for (std::uint64_t commit = 1; commit <= 4; ++commit) {
                    FlowEngine engine;
                    engine.use(cron("cron: \"0 * * * *\"", flow));
                    engine.settle();
                    engine.store.faultAt(commit, fault);
                    engine.advance(1h);
                    if (engine.dead()) engine.restart();
                    engine.advance(10s);
                    const std::string where = std::string(flow) + " commit " + std::to_string(commit);
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t(1), engine.count(RunState::Completed));
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(where, RunId{1}, engine.store.lastRunId());
                }
    }

    // pipeline.h `overlap: skip`: the run of an earlier tick is active.
    void testOverlapSkip() {
        FlowEngine engine;
        engine.use(cron("cron: \"0 * * * *\", overlap: skip"));
        engine.takes("a", "90m");
        engine.advance(1h);
        engine.restart();
        engine.advance(1h);
        const auto event = engine.store.findEvent(EventId{2});
        CPPUNIT_ASSERT_EQUAL(
            std::string("[{\"pipeline\":\"tick\",\"why\":\"overlap: the run of an earlier tick is active\"}]"),
            event->skipped);
        engine.advance(1h);
        CPPUNIT_ASSERT_EQUAL(RunId{2}, engine.store.lastRunId());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), engine.invoker.running());
    }

    void testOverlapCancel() {
        FlowEngine engine;
        engine.use(cron("cron: \"0 * * * *\", overlap: cancel"));
        engine.takes("a", "90m");
        engine.advance(2h);
        CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(RunId{1}));
        CPPUNIT_ASSERT_EQUAL(RunState::Running, engine.state(RunId{2}));
        CPPUNIT_ASSERT(engine.slots() == Strings{"tick:singleton[cron] by 2"});
    }

    void testOverlapAllow() {
        FlowEngine engine;
        engine.use(cron("cron: \"0 * * * *\""));
        engine.takes("a", "90m");
        engine.advance(2h);
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), engine.invoker.running());
    }

    // Section 7, "Cron jitter": a deterministic delay in [1s, jitter) per tick; the run starts then.
    void testJitterDelaysTheRunAndIsTheSameEachTime() {
        std::vector<Timestamp> started;
        for (int round = 0; round < 2; ++round) {
            FlowEngine engine;
            engine.use(cron("cron: \"0 * * * *\", jitter: 10m"));
            engine.advance(1h);
            CPPUNIT_ASSERT_EQUAL(RunState::Queued, engine.state(RunId{1}));
            if (round == 1) engine.restart();
            engine.advance(10min);
            started.push_back(*engine.run(RunId{1}).startedAt);
            const Duration late = started.back() - engine.run(RunId{1}).createdAt;
            CPPUNIT_ASSERT(late >= 1s && late < 10min);
            CPPUNIT_ASSERT_EQUAL(std::size_t(1), ticks(engine).size());
        }
        CPPUNIT_ASSERT(started[0] == started[1]);
    }

    // On 2026-03-29 clocks in Berlin go from 02:00 to 03:00: what is due at 02:30 comes once, after the gap.
    void testHourThatDoesNotExist() {
        FlowEngine engine;
        engine.use(cron("cron: \"30 2 * * *\", timezone: Europe/Berlin"));
        engine.advance(24h * 85);
        const std::size_t before = ticks(engine).size();
        CPPUNIT_ASSERT_EQUAL(std::string("2026-03-28T01:30"), ticks(engine).back());
        engine.advance(24h);
        CPPUNIT_ASSERT_EQUAL(before + 1, ticks(engine).size());
        CPPUNIT_ASSERT_EQUAL(std::string("2026-03-29T01:"), ticks(engine).back().substr(0, 14));
        engine.advance(24h);
        CPPUNIT_ASSERT_EQUAL(std::string("2026-03-30T00:30"), ticks(engine).back());
    }

    // On 2026-10-25 clocks in Berlin go from 03:00 back to 02:00: 02:30 comes twice, and ticks once.
    void testHourThatComesTwice() {
        FlowEngine engine;
        engine.use(cron("cron: \"30 2 * * *\", timezone: Europe/Berlin"));
        engine.kill();
        engine.clock.advance(24h * 295);
        engine.start();
        engine.advance(24h * 4);
        CPPUNIT_ASSERT(ticks(engine) ==
                           (Strings{"2026-10-25T00:30", "2026-10-26T01:30", "2026-10-27T01:30", "2026-10-28T01:30"}) ||
                       ticks(engine) == (Strings{"2026-10-25T00:30", "2026-10-26T01:30", "2026-10-27T01:30"}));
        CPPUNIT_ASSERT_EQUAL(std::string("2026-10-25T00:30"), ticks(engine).front());
    }

    void testClockSetBackRepeatsNoTick() {
        FlowEngine engine;
        engine.use(cron("cron: \"0 * * * *\""));
        engine.advance(1h);
        engine.clock.jumpWall(-10min);
        engine.advance(20min);
        CPPUNIT_ASSERT(ticks(engine) == Strings{"2026-01-02T04:00"});
        engine.advance(50min);
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-02T05:00"), ticks(engine).back());
    }

    void testReloadForgetsNoTickAndPipelineThatIsGoneTicksNoMore() {
        FlowEngine engine;
        engine.use(cron("cron: \"0 * * * *\""));
        engine.advance(59min);
        engine.use(cron("cron: \"0 * * * *\"", "priority: \"1\""));
        engine.advance(1min);
        CPPUNIT_ASSERT(ticks(engine) == Strings{"2026-01-02T04:00"});
        engine.use(cron("event: never"));
        engine.advance(2h);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), ticks(engine).size());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SchedulesTest);
