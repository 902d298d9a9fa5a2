#include "engine/pruner.h"

#include <algorithm>

#include "engine/flow_engine.h"

using namespace stepd;
using namespace stepd::engine;
using namespace stepd::test;

namespace {

const char* const kBrief = R"(version: 1
id: brief
on: [{event: go}]
retention: {completed: 2d}
defaults: {retry: never}
steps: [{id: a, uses: p}]
)";

const char* const kPlain = R"(version: 1
id: plain
on: [{event: other}]
defaults: {retry: never}
steps: [{id: a, uses: p}]
)";

const char* const kParent = R"(version: 1
id: parent
on: [{event: start}]
steps:
  - {id: child, uses: core/invoke, with: {pipeline: brief}}
  - {id: nap, uses: core/sleep, with: {for: 20d}}
)";

const char* const kLooksBack = R"(version: 1
id: patient
on: [{event: begin}]
steps:
  - {id: nap, uses: core/sleep, with: {for: 50d}}
  - {id: word, uses: core/wait_for_event, with: {event: word, timeout: 1h}}
output: ${{ steps.word.output }}
)";

EngineOptions tenDays() {
    EngineOptions options;
    options.retention = store::RetentionRules{
        .runs = {.completed = 24h * 10, .failed = 24h * 30}, .pipelines = {}, .events = 24h * 10, .lookedBackFor = {}};
    return options;
}

struct Keeper : FlowEngine {
    Keeper() : FlowEngine(1, tenDays()) {}
    bool has(RunId id) { return store.findRun(id).has_value(); }
    std::size_t events() { return store.listEvents({}, {.before = {}, .limit = 1000}).size(); }

    RerunAnswer rerun(const Run& of) {
        std::optional<RerunAnswer> answer;
        Rehearsal::post(AskRerun{{.of = of, .event = Event(lastEvent), .kept = {}},
                                 [&answer](RerunAnswer given) { answer = std::move(given); }});
        settle();
        CPPUNIT_ASSERT_MESSAGE("the rerun was not answered", answer.has_value());
        return *answer;
    }
    Event lastEvent;
};

}  // namespace

/// What is over goes when its time comes, and nothing that is needed.
class PrunerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PrunerTest);
    CPPUNIT_TEST(testRunsGoWhenTheirPipelineSays);
    CPPUNIT_TEST(testEngineSleepsUntilSomethingIsOver);
    CPPUNIT_TEST(testNothingGoesWithoutRetention);
    CPPUNIT_TEST(testNewRulesHoldForWhatIsThere);
    CPPUNIT_TEST(testChildStaysWhileItsParentGoesOn);
    CPPUNIT_TEST(testEventStaysForThoseWhoLookBack);
    CPPUNIT_TEST(testSameKeyIsTheFirstRunAsLongAsItHolds);
    CPPUNIT_TEST(testRerunOfARunThatIsGoneIsRefused);
    CPPUNIT_TEST(testKeysGoOnAfterAll);
    CPPUNIT_TEST(testCrashAtEachCommit);
    CPPUNIT_TEST(testFullDiskOnlyPutsItOff);
    CPPUNIT_TEST_SUITE_END();

    void testRunsGoWhenTheirPipelineSays() {
        Keeper engine;
        engine.use(kBrief);
        engine.use(kPlain);
        const auto brief = engine.submit("go");
        const auto plain = engine.submit("other");
        engine.invoker.script("p", [](const host::StepCall&) { return "permanent broken"; });
        const auto failed = engine.submit("go");
        CPPUNIT_ASSERT_EQUAL(RunState::Failed, engine.state(failed));
        engine.advance(24h * 2 - 1h);
        CPPUNIT_ASSERT(engine.has(brief));
        engine.advance(3h);
        CPPUNIT_ASSERT(!engine.has(brief) && engine.has(plain) && engine.has(failed));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("its event has a time of its own", std::size_t{3}, engine.events());
        engine.advance(24h * 9);
        CPPUNIT_ASSERT(!engine.has(plain) && engine.has(failed));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, engine.events());
        engine.advance(24h * 20);
        CPPUNIT_ASSERT(!engine.has(failed));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, engine.events());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, engine.stats().prunedRuns);
        engine.assertNothingIsLeft();
    }

    void testEngineSleepsUntilSomethingIsOver() {
        Keeper engine;
        engine.use(kPlain);
        engine.submit("other");
        engine.advance(2h);  // the first look, and that of the audit
        const auto commits = engine.store.commits();
        const auto due = engine.nextDue();
        CPPUNIT_ASSERT_MESSAGE("it knows when to look again", due.has_value());
        CPPUNIT_ASSERT(*due - engine.clock.instant() > Duration(24h * 9));
        engine.advance(24h * 9);
        CPPUNIT_ASSERT_EQUAL(commits, engine.store.commits());
        engine.advance(24h * 2);
        CPPUNIT_ASSERT_EQUAL_MESSAGE("one for the run, one for the event", commits + 2, engine.store.commits());
    }

    void testNothingGoesWithoutRetention() {
        FlowEngine engine;
        engine.use(kPlain);
        const auto run = engine.submit("other");
        engine.advance(24h * 1'000);
        CPPUNIT_ASSERT(engine.store.findRun(run));
    }

    void testNewRulesHoldForWhatIsThere() {
        Keeper engine;
        engine.use(kPlain);
        const auto run = engine.submit("other");
        engine.advance(24h * 5);
        CPPUNIT_ASSERT(engine.has(run));
        std::string shorter = kPlain;
        shorter.insert(shorter.find("defaults"), "retention: {completed: 4d}\n");
        engine.use(shorter);
        engine.advance(1h);
        CPPUNIT_ASSERT(!engine.has(run));
    }

    void testChildStaysWhileItsParentGoesOn() {
        Keeper engine;
        engine.use(kBrief);
        engine.use(kParent);
        const auto parent = engine.submit("start");
        const auto children = engine.store.listRuns({.parent = parent}, {});
        CPPUNIT_ASSERT(children.size() == 1 && children[0].state == RunState::Completed);
        engine.advance(24h * 15);
        CPPUNIT_ASSERT(engine.has(children[0].id));
        engine.restart();
        engine.advance(24h * 6);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(parent));
        CPPUNIT_ASSERT_MESSAGE("its parent does not need it any more", !engine.has(children[0].id));
        engine.advance(24h * 11);
        CPPUNIT_ASSERT(!engine.has(parent));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, engine.events());
    }

    void testEventStaysForThoseWhoLookBack() {
        Keeper engine;
        engine.use(kLooksBack);
        const auto run = engine.submit("begin");
        engine.submitEvent("word", R"({"n":1})");
        engine.submitEvent("noise");
        engine.advance(24h * 49);
        CPPUNIT_ASSERT_EQUAL_MESSAGE("nobody looks back for noise", std::size_t{2}, engine.events());
        engine.advance(24h * 2);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, engine.state(run));
        CPPUNIT_ASSERT(engine.run(run).output.find(R"("n":1)") != std::string::npos);
        engine.advance(24h * 11);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, engine.events());
    }

    void testSameKeyIsTheFirstRunAsLongAsItHolds() {
        Keeper engine;
        std::string keyed = kBrief;
        keyed.insert(keyed.find("defaults"), "idempotency: {key: event.data.k, ttl: 5d}\n");
        engine.use(keyed);
        const auto first = engine.submit("go", R"({"k":"x"})");
        engine.advance(24h * 4);
        CPPUNIT_ASSERT(engine.has(first));
        CPPUNIT_ASSERT_EQUAL(first, engine.submit("go", R"({"k":"x"})"));
        engine.advance(24h + 2h);
        CPPUNIT_ASSERT(!engine.has(first));
        CPPUNIT_ASSERT(first != engine.submit("go", R"({"k":"x"})"));
    }

    /// Whoever asks has read the run while it was there.
    void testRerunOfARunThatIsGoneIsRefused() {
        Keeper engine;
        engine.use(kPlain);
        const Run of = engine.run(engine.submit("other"));
        engine.lastEvent = *engine.store.findEvent(of.event);
        CPPUNIT_ASSERT(engine.rerun(of).status == RerunStatus::Started);
        engine.advance(24h * 11);
        CPPUNIT_ASSERT(!engine.has(of.id));
        const auto refused = engine.rerun(of);
        CPPUNIT_ASSERT(refused.status == RerunStatus::Refused);
        CPPUNIT_ASSERT_MESSAGE(refused.message, refused.message.find("kept") != std::string::npos);
        CPPUNIT_ASSERT(engine.fatal.empty());
        engine.advance(24h);
        engine.assertNothingIsLeft();
    }

    void testKeysGoOnAfterAll() {
        Keeper engine;
        engine.use(kPlain);
        const auto first = engine.submit("other");
        engine.advance(24h * 11);
        CPPUNIT_ASSERT(!engine.has(first) && engine.events() == 0);
        engine.restart();
        CPPUNIT_ASSERT(engine.submit("other") > first);
    }

    void testCrashAtEachCommit() {
        for (std::uint64_t n = 1; n <= 8; ++n)
            for (const SimFault fault : {SimFault::CrashBefore, SimFault::CrashAfter}) {
                Keeper engine;
                engine.use(kBrief);
                engine.use(kParent);
                engine.submit("start");
                engine.submit("go");
                engine.advance(24h);
                engine.store.faultAt(n, fault);
                for (int day = 0; day < 40; ++day) {
                    engine.advance(24h);
                    if (engine.dead()) engine.restart();
                }
                CPPUNIT_ASSERT(engine.runsIn(RunState::Completed).empty());
                CPPUNIT_ASSERT_EQUAL(std::size_t{0}, engine.events());
                engine.assertNothingIsLeft();
            }
    }

    void testFullDiskOnlyPutsItOff() {
        Keeper engine;
        engine.use(kBrief);
        const auto run = engine.submit("go");
        engine.advance(24h);
        engine.store.faultAt(1, SimFault::Full);
        engine.advance(24h + 2h);
        CPPUNIT_ASSERT(!engine.has(run));
        CPPUNIT_ASSERT(engine.fatal.empty());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, engine.stats().violations);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PrunerTest);
