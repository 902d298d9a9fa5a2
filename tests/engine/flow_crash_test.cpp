#include "engine/flow_engine.h"

using namespace stepd;
using namespace stepd::test;

namespace {

engine::EngineOptions limiters() {
    engine::EngineOptions options;
    options.limiters.emplace("api", engine::LaneRule{.slots = 2, .rate = engine::throttleRule(3, 10s, 0)});
    return options;
}

const char* const kRetry = "retry: {attempts: 3, backoff: constant, initial: 2s, jitter: none}";

std::string one(const std::string& flow, const std::string& steps) {
    return "version: 1\nid: one\non: [{event: one}]\n" + flow + "\ndefaults: {" + kRetry + "}\nsteps:\n" + steps;
}

const std::string kCalls = "  - {id: a, uses: a}\n  - {id: b, uses: b}\n";
const std::string kNap =
    "  - {id: a, uses: a}\n  - {id: nap, uses: core/sleep, with: {for: 1m}}\n  - {id: b, uses: b}\n";

}  // namespace

/// Stops the process at each commit of a scenario, before and after it is on disk, and goes on: each time all runs end,
/// nothing stays held, no limit was exceeded. Clients send an event again until it is answered.
class FlowCrashTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FlowCrashTest);
    CPPUNIT_TEST(testRunSlots);
    CPPUNIT_TEST(testStepSlots);
    CPPUNIT_TEST(testThrottle);
    CPPUNIT_TEST(testLimiter);
    CPPUNIT_TEST(testDebounce);
    CPPUNIT_TEST(testBatch);
    CPPUNIT_TEST(testSingleton);
    CPPUNIT_TEST(testCancel);
    CPPUNIT_TEST(testCancelOn);
    CPPUNIT_TEST(testTimeouts);
    CPPUNIT_TEST(testPause);
    CPPUNIT_TEST_SUITE_END();

    using Play = std::function<void(FlowEngine&)>;

    /// What a client does about a daemon that dies.
    static void revive(FlowEngine& engine) {
        if (engine.dead()) engine.restart();
    }
    static engine::Submitted send(FlowEngine& engine, const std::string& name, const std::string& id,
                                  const std::string& data = "{}") {
        while (true) {
            engine.answers.clear();
            engine.post({{.name = name, .externalId = id, .data = data, .user = {}, .ts = {}, .requestId = {}}});
            engine.settle();
            if (!engine.answers.empty()) return engine.answers.front().front();
            CPPUNIT_ASSERT_MESSAGE("an event was not answered", engine.dead());
            revive(engine);
        }
    }
    static void pass(FlowEngine& engine, Duration time) {
        const Instant until = engine.clock.instant() + time;
        while (engine.goOn(until) || engine.dead()) revive(engine);
        engine.advance(until - engine.clock.instant());
    }

    static void matrix(const std::string& yaml, const Play& play, const Play& check) {
        for (const SimFault fault : {SimFault::CrashBefore, SimFault::CrashAfter}) {
            std::uint64_t commit = 1;
            for (bool reached = true; reached; ++commit) {
                FlowEngine engine(1, limiters());
                engine.use(yaml);
                engine.takes("a", "3s");
                engine.store.faultAt(commit, fault);
                const std::uint64_t before = engine.store.commits();
                play(engine);
                pass(engine, 1h);
                reached = engine.store.commits() >= before + commit;
                const std::string where = (fault == SimFault::CrashBefore ? "before" : "after") +
                                          std::string(" commit ") + std::to_string(commit);
                engine.assertNothingIsLeft(where);
                check(engine);
            }
            CPPUNIT_ASSERT_MESSAGE("the matrix stopped nowhere", commit > 4);
        }
    }

    static std::size_t ended(FlowEngine& engine, RunState state) { return engine.count(state); }

public:
    void testRunSlots() {
        matrix(
            one("concurrency: [{limit: 1}]", kNap),
            [](FlowEngine& engine) {
                for (const char* id : {"1", "2", "3"}) send(engine, "one", id);
            },
            [](FlowEngine& engine) {
                CPPUNIT_ASSERT_EQUAL(std::size_t(3), ended(engine, RunState::Completed));
                Timestamp last{};
                for (const RunId id : engine.runsIn(RunState::Completed)) {
                    const Run run = engine.run(id);
                    CPPUNIT_ASSERT_MESSAGE("one after the other", *run.startedAt >= last);
                    last = *run.finishedAt;
                }
            });
    }

    void testStepSlots() {
        matrix(
            one("concurrency: [{limit: 1, of: steps}]", kCalls),
            [](FlowEngine& engine) {
                for (const char* id : {"1", "2", "3"}) send(engine, "one", id);
            },
            [](FlowEngine& engine) { CPPUNIT_ASSERT_EQUAL(std::size_t(3), ended(engine, RunState::Completed)); });
    }

    void testThrottle() {
        matrix(
            one("throttle: {limit: 1, period: 20s}", kCalls),
            [](FlowEngine& engine) {
                for (const char* id : {"1", "2", "3"}) send(engine, "one", id);
            },
            [](FlowEngine& engine) {
                std::optional<Timestamp> last;
                for (const RunId id : engine.runsIn(RunState::Completed)) {
                    const Timestamp started = *engine.run(id).startedAt;
                    CPPUNIT_ASSERT(!last || started - *last >= 20s);
                    last = started;
                }
                CPPUNIT_ASSERT_EQUAL(std::size_t(3), ended(engine, RunState::Completed));
            });
    }

    void testLimiter() {
        matrix(
            one("", "  - {id: a, uses: a, limiter: api}\n  - {id: b, uses: b, limiter: api}\n"),
            [](FlowEngine& engine) {
                for (const char* id : {"1", "2", "3"}) send(engine, "one", id);
            },
            [](FlowEngine& engine) { CPPUNIT_ASSERT_EQUAL(std::size_t(3), ended(engine, RunState::Completed)); });
    }

    void testDebounce() {
        matrix(
            one("debounce: {period: 10s}", kCalls),
            [](FlowEngine& engine) {
                for (const char* id : {"1", "2", "3"}) send(engine, "one", id, std::string("{\"n\":") + id + "}");
            },
            [](FlowEngine& engine) {
                CPPUNIT_ASSERT_EQUAL(std::size_t(1), ended(engine, RunState::Completed));
                CPPUNIT_ASSERT_EQUAL(std::string("{\"n\":3}"), engine.invoker.calls().back().input);
            });
    }

    void testBatch() {
        matrix(
            one("batch: {max_size: 2, timeout: 10s}", kCalls),
            [](FlowEngine& engine) {
                for (const char* id : {"1", "2", "3", "4", "5"}) send(engine, "one", id);
            },
            [](FlowEngine& engine) {
                std::size_t events = 0;
                for (const RunId id : engine.runsIn(RunState::Completed)) {
                    const std::size_t size = engine.store.eventsOf(id).size();
                    CPPUNIT_ASSERT(size <= 2);
                    events += size;
                }
                CPPUNIT_ASSERT_EQUAL(std::size_t(5), events);
                CPPUNIT_ASSERT_EQUAL(std::size_t(3), ended(engine, RunState::Completed));
            });
    }

    void testSingleton() {
        matrix(
            one("singleton: {mode: cancel}", kNap),
            [](FlowEngine& engine) {
                send(engine, "one", "1");
                pass(engine, 10s);
                send(engine, "one", "2");
            },
            [](FlowEngine& engine) {
                CPPUNIT_ASSERT_EQUAL(RunState::Cancelled, engine.state(RunId{1}));
                CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(RunId{2}));
            });
    }

    void testCancel() {
        matrix(
            one("concurrency: [{limit: 1}]\nfinally: [{id: tidy, uses: b}]", kNap),
            [](FlowEngine& engine) {
                const RunId first = send(engine, "one", "1").runs.at(0).id;
                const RunId second = send(engine, "one", "2").runs.at(0).id;
                send(engine, "one", "3");
                for (const RunId run : {second, first})
                    while (!isTerminal(engine.state(run)) && !engine.cancel(run)) revive(engine);
            },
            [](FlowEngine& engine) {
                CPPUNIT_ASSERT_EQUAL(std::size_t(2), ended(engine, RunState::Cancelled));
                CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(RunId{3}));
            });
    }

    void testCancelOn() {
        matrix(
            one("cancel_on: [{event: stop, if: async.data.n == event.data.n}]", kNap),
            [](FlowEngine& engine) {
                send(engine, "one", "1", "{\"n\":1}");
                send(engine, "one", "2", "{\"n\":2}");
                pass(engine, 10s);
                send(engine, "stop", "3", "{\"n\":1}");
                send(engine, "one", "4", "{\"n\":2}");
                send(engine, "stop", "5", "{\"n\":2}");
            },
            [](FlowEngine& engine) {
                CPPUNIT_ASSERT_EQUAL(std::size_t(3), ended(engine, RunState::Cancelled));
                CPPUNIT_ASSERT(engine.invoker.callsOf("b").empty());
            });
    }

    void testTimeouts() {
        matrix(
            one("concurrency: [{limit: 1}]\ntimeouts: {start: 10s, finish: 30s}", kNap),
            [](FlowEngine& engine) {
                send(engine, "one", "1");
                send(engine, "one", "2");
            },
            [](FlowEngine& engine) {
                CPPUNIT_ASSERT_EQUAL(std::size_t(2), ended(engine, RunState::Cancelled));
                CPPUNIT_ASSERT(engine.invoker.callsOf("b").empty());
            });
    }

    void testPause() {
        matrix(
            one("", kCalls),
            [](FlowEngine& engine) {
                send(engine, "one", "1");
                while (engine.store.image().paused.empty())
                    if (!engine.pause("one", true)) revive(engine);
                send(engine, "one", "2");
                pass(engine, 1min);
                CPPUNIT_ASSERT(engine.invoker.callsOf("b").empty());
                while (!engine.store.image().paused.empty())
                    if (!engine.pause("one", false)) revive(engine);
            },
            [](FlowEngine& engine) { CPPUNIT_ASSERT_EQUAL(std::size_t(2), ended(engine, RunState::Completed)); });
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FlowCrashTest);
