#include "engine/story.h"
#include "support/engine_fixture.h"

using namespace stepd;
using namespace stepd::engine;
using namespace stepd::test;

namespace {

const char* const kChain = R"(version: 1
id: chain
on: [{event: go}]
defaults: {retry: never}
steps:
  - {id: a, uses: p}
  - {id: each, uses: p, foreach: {items: steps.a.output}, input: "${{ item }}"}
  - {id: nap, uses: core/sleep, with: {for: 1h}}
  - {id: b, uses: p, input: "${{ steps.each.output }}"}
  - {id: c, uses: p, input: "${{ steps.b.output }}"}
output: ${{ steps.c.output }}
)";

}  // namespace

/// A run once more, as people ask for it: what is kept, what is given, and what of it outlives a crash.
class RerunLifeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RerunLifeTest);
    CPPUNIT_TEST(testAllIsDoneAgain);
    CPPUNIT_TEST(testKeptStepsAreNotDoneAgain);
    CPPUNIT_TEST(testGivenInputWins);
    CPPUNIT_TEST(testRerunFollowsTheCurrentRevision);
    CPPUNIT_TEST(testPipelineThatIsGoneIsUnknown);
    CPPUNIT_TEST(testRerunSurvivesACrash);
    CPPUNIT_TEST_SUITE_END();

    struct World {
        EngineFixture engine;
        RunId first;

        explicit World(const char* yaml = kChain) {
            engine.use(yaml);
            engine.invoker.script("p", {"done [1,2]", "done 10", "done 20", "done 30", "permanent broken"});
            first = engine.submit("go", "{\"n\":1}");
            engine.advance(1h);
            CPPUNIT_ASSERT_EQUAL(RunState::Failed, engine.state(first));
        }

        Rerun again(std::size_t kept) {
            Rerun rerun{.of = engine.run(first), .event = *engine.store.findEvent(engine.run(first).event), .kept = {}};
            for (const StepRecord& step : engine.store.stepsOf(first))
                if (step.state == StepState::Completed && rerun.kept.size() < kept) rerun.kept.push_back(step);
            return rerun;
        }

        RerunAnswer ask(Rerun rerun) {
            std::optional<RerunAnswer> answer;
            engine.Rehearsal::post(AskRerun{std::move(rerun), [&answer](const RerunAnswer& one) { answer = one; }});
            engine.settle();
            CPPUNIT_ASSERT(answer);
            return *answer;
        }
    };

public:
    void testAllIsDoneAgain() {
        World world;
        const auto answer = world.ask(world.again(0));
        CPPUNIT_ASSERT(answer.status == RerunStatus::Started);
        world.engine.advance(1h);
        const Run run = world.engine.run(answer.run.id);
        CPPUNIT_ASSERT(run.rerunOf == world.first && run.attempt == 2);
        CPPUNIT_ASSERT(run.event == world.engine.run(world.first).event);
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), world.engine.invoker.callsOf("a").size());
        CPPUNIT_ASSERT_EQUAL(std::string("{\"n\":1}"), world.engine.invoker.callsOf("a")[1].input);
    }

    void testKeptStepsAreNotDoneAgain() {
        World world;
        const auto rerun = world.again(100);
        CPPUNIT_ASSERT_EQUAL(std::size_t(6), rerun.kept.size());  // a, each, its two items, nap, b
        const auto answer = world.ask(rerun);
        const RunId run = answer.run.id;
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, world.engine.state(run));
        CPPUNIT_ASSERT_EQUAL(std::size_t(6), world.engine.invoker.calls().size());
        CPPUNIT_ASSERT_EQUAL(std::string("30"), world.engine.invoker.calls().back().input);
        CPPUNIT_ASSERT_EQUAL(std::string("[10,20]"), world.engine.step(run, "each").output);
        CPPUNIT_ASSERT_EQUAL(std::string("\"kept\""), world.engine.step(run, "b").memo);
    }

    void testGivenInputWins() {
        World world;
        auto rerun = world.again(100);
        rerun.input = Rerun::GivenInput{.step = "c", .json = "{\"by\":\"hand\"}"};
        const auto answer = world.ask(rerun);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, world.engine.state(answer.run.id));
        CPPUNIT_ASSERT_EQUAL(std::string("{\"by\":\"hand\"}"), world.engine.invoker.calls().back().input);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"by\":\"hand\"}"), world.engine.step(answer.run.id, "c").givenInput);
    }

    void testRerunFollowsTheCurrentRevision() {
        World world;
        auto rerun = world.again(1);
        world.engine.use("version: 1\nid: chain\non: [{event: go}]\nsteps: [{id: a, uses: p}, {id: z, uses: p}]\n");
        const auto answer = world.ask(rerun);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, world.engine.state(answer.run.id));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), world.engine.invoker.callsOf("z").size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), world.engine.invoker.callsOf("a").size());
    }

    void testPipelineThatIsGoneIsUnknown() {
        World world;
        auto rerun = world.again(0);
        rerun.of.pipeline = "other";
        CPPUNIT_ASSERT(world.ask(rerun).status == RerunStatus::Unknown);
    }

    void testRerunSurvivesACrash() {
        for (const SimFault fault : {SimFault::CrashBefore, SimFault::CrashAfter})
            for (std::uint64_t commit = 1; commit <= 5; ++commit) {
                World world;
                auto rerun = world.again(3);  // a, and the items of each
                world.engine.store.faultAt(commit, fault);
                world.engine.Rehearsal::post(AskRerun{rerun, [](const RerunAnswer&) {}});
                world.engine.finish();
                const bool lost = commit == 1 && fault == SimFault::CrashBefore;
                if (world.engine.dead()) {
                    world.engine.kill();
                    world.engine.start();
                }
                world.engine.advance(2h);
                const auto runs = world.engine.store.listRuns({}, {});
                CPPUNIT_ASSERT_EQUAL(std::size_t(lost ? 1 : 2), runs.size());
                if (lost) continue;
                CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(commit), RunState::Completed, runs[0].state);
                CPPUNIT_ASSERT_EQUAL(std::size_t(1), world.engine.invoker.callsOf("a").size());
                CPPUNIT_ASSERT_EQUAL(std::size_t(1), world.engine.invoker.callsOf("each[0]").size());
            }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RerunLifeTest);
