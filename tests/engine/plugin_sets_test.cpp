#include <optional>

#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::engine;
using namespace stepd::test;

namespace {

const char* const kChain =
    "version: 1\nid: chain\non: [{event: go}]\ndefaults: {retry: {attempts: 3, backoff: constant, initial: 10s, "
    "jitter: "
    "none}}\nsteps: [{id: a, uses: p}, {id: b, uses: q}, {id: c, uses: p}]\n";
const char* const kNap =
    "version: 1\nid: nap\non: [{event: go}]\nsteps: [{id: a, uses: p}, {id: wait, uses: core/sleep, with: {for: 1h}}, "
    "{id: b, uses: p}]\n";

}  // namespace

/// Runs stay with the builds of plugins that they began with. The fixture compares each call with what is on disk.
class PluginSetsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PluginSetsTest);
    CPPUNIT_TEST(testRunKeepsItsBuildsWhileNewRunsGetTheNewOnes);
    CPPUNIT_TEST(testBuildsOutliveARestart);
    CPPUNIT_TEST(testParkedRunComesBackToItsBuild);
    CPPUNIT_TEST(testAttemptsAfterASwapAreOfTheSameBuild);
    CPPUNIT_TEST(testRerunTakesTheCurrentBuilds);
    CPPUNIT_TEST(testUnknownBuildPinsNothing);
    CPPUNIT_TEST(testEqualSetsAreOne);
    CPPUNIT_TEST(testEachCommitMayBeTheLast);
    CPPUNIT_TEST_SUITE_END();

    struct Builds {
        EngineFixture engine;
        explicit Builds(const char* yaml = kChain) {
            engine.use(yaml);
            swap("p", "p1");
            swap("q", "q1");
        }
        void swap(const std::string& plugin, const std::string& build) { engine.invoker.setBuild(plugin, build); }
        /// Of all calls of a run, in order.
        std::string buildsOf(RunId run) {
            std::string all;
            for (const host::StepCall& call : engine.invoker.calls())
                if (parseRunId(call.runId)->id == run) all += call.stepId + "=" + call.build + " ";
            return all;
        }
        std::string setOf(RunId run) { return engine.store.pluginBuilds(engine.run(run).plugins); }
    };

public:
    void testRunKeepsItsBuildsWhileNewRunsGetTheNewOnes() {
        Builds world;
        world.engine.invoker.script("q", {"in 10s done {}", "done {}"});
        const auto old = world.engine.submit("go");
        world.swap("p", "p2");
        const auto fresh = world.engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, world.engine.state(fresh));
        CPPUNIT_ASSERT_EQUAL(RunState::Running, world.engine.state(old));
        world.engine.finish();
        CPPUNIT_ASSERT_EQUAL(std::string("a=p1 b=q1 c=p1 "), world.buildsOf(old));
        CPPUNIT_ASSERT_EQUAL(std::string("a=p2 b=q1 c=p2 "), world.buildsOf(fresh));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"p":"p1","q":"q1"})"), world.setOf(old));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"p":"p2","q":"q1"})"), world.setOf(fresh));
    }

    void testBuildsOutliveARestart() {
        Builds world;
        world.engine.invoker.script("q", {"wait", "done {}", "done {}"});
        const auto old = world.engine.submit("go");
        world.engine.kill();
        world.swap("p", "p2");
        world.swap("q", "q2");
        world.engine.start();
        const auto fresh = world.engine.submit("go");
        world.engine.finish();
        CPPUNIT_ASSERT_EQUAL(std::string("a=p1 b=q1 b=q1 c=p1 "), world.buildsOf(old));
        CPPUNIT_ASSERT_EQUAL(std::string("a=p2 b=q2 c=p2 "), world.buildsOf(fresh));
    }

    void testParkedRunComesBackToItsBuild() {
        Builds world(kNap);
        const auto run = world.engine.submit("go");
        CPPUNIT_ASSERT_EQUAL_MESSAGE("it is in the store alone", std::size_t(0), world.engine.stats().activeRuns);
        world.swap("p", "p2");
        world.engine.advance(30min);
        world.engine.kill();
        world.engine.start();
        world.engine.advance(30min);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, world.engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::string("a=p1 b=p1 "), world.buildsOf(run));
    }

    void testAttemptsAfterASwapAreOfTheSameBuild() {
        Builds world;
        world.engine.invoker.script("p", {"retry", "retry", "done {}"});
        const auto run = world.engine.submit("go");
        world.swap("p", "p2");
        world.engine.finish();
        CPPUNIT_ASSERT_EQUAL(std::string("a=p1 a=p1 a=p1 b=q1 c=p1 "), world.buildsOf(run));
    }

    void testRerunTakesTheCurrentBuilds() {
        Builds world;
        world.engine.invoker.script("q", {"permanent"});
        const auto first = world.engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, world.engine.state(first));
        world.swap("q", "q2");
        Rerun rerun{.of = world.engine.run(first),
                    .event = *world.engine.store.findEvent(world.engine.run(first).event),
                    .kept = {world.engine.step(first, "a")}};
        std::optional<RunId> again;
        world.engine.Rehearsal::post(
            AskRerun{std::move(rerun), [&again](const RerunAnswer& answer) { again = answer.run.id; }});
        world.engine.finish();
        CPPUNIT_ASSERT(again);
        CPPUNIT_ASSERT_EQUAL(std::string("b=q2 c=p1 "), world.buildsOf(*again));
    }

    void testUnknownBuildPinsNothing() {
        Builds world;
        world.swap("p", "");
        const auto half = world.engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"q":"q1"})"), world.setOf(half));
        CPPUNIT_ASSERT_EQUAL(std::string("a= b=q1 c= "), world.buildsOf(half));
        world.swap("q", "");
        const auto none = world.engine.submit("go");
        CPPUNIT_ASSERT(!world.engine.run(none).plugins);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, world.engine.state(none));
    }

    void testEqualSetsAreOne() {
        Builds world;
        const auto one = world.engine.submit("go");
        world.swap("p", "p2");
        const auto two = world.engine.submit("go");
        world.engine.kill();
        world.swap("p", "p1");
        world.engine.start();
        const auto three = world.engine.submit("go");
        world.swap("p", "p3");
        const auto four = world.engine.submit("go");
        const auto set = [&](RunId run) { return world.engine.run(run).plugins.value; };
        CPPUNIT_ASSERT_EQUAL(set(one), set(three));
        CPPUNIT_ASSERT(set(two) != set(one) && set(four) != set(one) && set(four) != set(two));
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), world.engine.store.image().pluginSets.size());
    }

    /// A crash at any commit, and a swap while the daemon is down: a run that was acknowledged keeps its builds.
    void testEachCommitMayBeTheLast() {
        for (const SimFault fault : {SimFault::CrashBefore, SimFault::CrashAfter}) {
            bool crashed = true;
            for (std::uint64_t n = 1; crashed; ++n) {
                Builds world;
                world.engine.store.faultAt(n, fault);
                world.engine.post({NewEvent{.name = "go", .data = "{}"}});
                world.engine.settle();
                crashed = world.engine.dead();
                const bool known = !world.engine.answers.empty();
                if (crashed) {
                    world.swap("p", "p2");
                    world.engine.kill();
                    world.engine.start();
                    world.engine.finish();
                }
                const auto runs = world.engine.store.listRuns({}, {});
                CPPUNIT_ASSERT(!known || !runs.empty());
                for (const Run& run : runs) {
                    CPPUNIT_ASSERT_EQUAL(RunState::Completed, run.state);
                    CPPUNIT_ASSERT_EQUAL(std::string(R"({"p":"p1","q":"q1"})"), world.setOf(run.id));
                }
                CPPUNIT_ASSERT_MESSAGE("it never ends", n < 100);
            }
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PluginSetsTest);
