#include <algorithm>
#include <random>

#include "driver/driver_fixture.h"

using namespace stepd;
using namespace stepd::test;

/// Whatever the graph, the order of results and the restarts: a run comes to its end, and never moves what has ended.
class RandomGraphTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RandomGraphTest);
    CPPUNIT_TEST(testEveryRunEnds);
    CPPUNIT_TEST_SUITE_END();

    class Dice {
    public:
        explicit Dice(unsigned seed) : engine_(seed) {}
        std::size_t below(std::size_t end) { return engine_() % end; }
        bool inTen(unsigned times) { return below(10) < times; }

    private:
        std::mt19937 engine_;
    };

    static std::vector<std::string> someOf(const std::vector<std::string>& ids, Dice& dice) {
        std::vector<std::string> chosen;
        for (const std::string& id : ids)
            if (dice.inTen(4)) chosen.push_back(id);
        return chosen;
    }

    /// What may be said of any step; `needs` are its needs.
    static void adorn(Draft& draft, const std::vector<std::string>& needs, Dice& dice) {
        if (dice.inTen(2)) draft.goesOn();
        if (dice.inTen(1)) draft.when("false");
        if (needs.empty()) return;
        if (dice.inTen(4))
            draft.any(static_cast<std::uint32_t>(1 + dice.below(needs.size()))).last().any->race = dice.inTen(5);
        else if (dice.inTen(2))
            draft.require(needs[dice.below(needs.size())]);
    }

    static Draft draw(Dice& dice) {
        Draft draft;
        std::vector<std::string> ids;
        const std::size_t count = 1 + dice.below(7);
        for (std::size_t i = 0; i < count; ++i) {
            const auto needs = someOf(ids, dice);
            ids.push_back("s" + std::to_string(i));
            draft.step(ids.back(), needs);
            adorn(draft, needs, dice);
            if (!dice.inTen(3)) continue;
            draft.forEach("[1, 2, 3]", static_cast<std::uint32_t>(dice.below(3)));
            if (dice.inTen(5)) draft.collect();
            if (dice.inTen(3)) draft.when("item != 2");
            if (dice.inTen(5)) drawGroup(draft.group(), ids.back(), dice);
        }
        if (dice.inTen(4)) draft.onFailure("f0").onFailure("f1", {"f0"});
        if (dice.inTen(4)) draft.finally("z0").finally("z1", {"z0"}).forEach("[1, 2]");
        return draft;
    }

    static void drawGroup(Draft& draft, const std::string& group, Dice& dice) {
        std::vector<std::string> ids;
        for (std::size_t i = 0; i < 3; ++i) {
            const auto needs = someOf(ids, dice);
            ids.push_back("g" + std::to_string(i));
            draft.in(group, ids.back(), needs);
            adorn(draft, needs, dice);
            if (dice.inTen(2)) draft.forEach("[1, 2]", 1);
        }
    }

    static std::vector<std::string> running(const DrivenRun& run) {
        std::vector<std::string> names;
        for (const auto& step : run.run.steps)
            if (step.activity == engine::Activity::Open) names.push_back(step.record.name);
        return names;
    }

public:
    void testEveryRunEnds() {
        std::size_t completed = 0;
        std::size_t failed = 0;
        for (unsigned seed = 1; seed <= 3000; ++seed) {
            Dice dice(seed);
            Draft draft = draw(dice);
            DrivenRun run(draft);
            bool anyFailed = false;
            run.settle();
            while (!isTerminal(run.run.record.state)) {
                if (dice.inTen(2)) {
                    run.reload();
                    run.settle();
                    CPPUNIT_ASSERT_EQUAL_MESSAGE("seed " + std::to_string(seed), std::string(), run.settle());
                }
                const auto open = running(run);
                CPPUNIT_ASSERT_MESSAGE("seed " + std::to_string(seed) + " hangs: " + run.states(), !open.empty());
                const std::string& next = open[dice.below(open.size())];
                const bool fails = dice.inTen(3);
                anyFailed = anyFailed || fails;
                fails ? run.fail(next) : run.complete(next);
            }
            for (const auto& step : run.run.steps)
                CPPUNIT_ASSERT_MESSAGE("seed " + std::to_string(seed) + ": " + run.states(),
                                       isTerminal(step.record.state));
            const bool good = run.run.record.state == RunState::Completed;
            CPPUNIT_ASSERT_MESSAGE("seed " + std::to_string(seed) + ": " + run.states(), good || anyFailed);
            ++(good ? completed : failed);
        }
        CPPUNIT_ASSERT(completed > 500 && failed > 500);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RandomGraphTest);
