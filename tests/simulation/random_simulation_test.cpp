#include <cstdlib>

#include "simulation/world.h"

using namespace stepd;
using namespace stepd::test;

/// Random lives from seeds. `STEPD_SEED=N` replays one, `STEPD_SEEDS=N` plays that many.
class RandomSimulationTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RandomSimulationTest);
    CPPUNIT_TEST(testInvariantsHoldInEveryLife);
    CPPUNIT_TEST(testSameSeedGivesTheSameTrace);
    CPPUNIT_TEST_SUITE_END();

public:
    void testInvariantsHoldInEveryLife() {
        const std::uint64_t only = number("STEPD_SEED", 0);
        const std::uint64_t last = only != 0 ? only : number("STEPD_SEEDS", kLives);
        std::map<std::string, int> seen;
        for (std::uint64_t seed = only != 0 ? only : 1; seed <= last; ++seed) {
            World world(seed);
            world.live();
            for (const auto& [what, times] : world.seen()) seen[what] += times;
        }
        if (only != 0 || last < kLives) return;  // a few lives need not show everything
        for (const char* what : {"run completed", "run failed", "run cancelled", "run quarantined", "run waiting",
                                 "duplicate event", "duplicate run", "store full"})
            CPPUNIT_ASSERT_MESSAGE(std::string("never seen: ") + what, seen[what] > 0);
    }

    void testSameSeedGivesTheSameTrace() {
        for (std::uint64_t seed = 1001; seed < 1011; ++seed)
            CPPUNIT_ASSERT_EQUAL_MESSAGE("seed " + std::to_string(seed), World(seed).live(), World(seed).live());
    }

private:
    static constexpr std::uint64_t kLives = 300;
    static std::uint64_t number(const char* variable, std::uint64_t fallback) {
        const char* text = std::getenv(variable);
        return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RandomSimulationTest);
