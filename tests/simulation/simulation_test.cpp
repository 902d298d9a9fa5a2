#include "simulation/world.h"

using namespace stepd;
using namespace stepd::test;

/// The simulation itself: it is reproducible, and it finds bugs that were planted.
class SimulationTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SimulationTest);
    CPPUNIT_TEST(testSameSeedGivesTheSameTrace);
    CPPUNIT_TEST(testFindsSlotsThatAreKept);
    CPPUNIT_TEST(testFindsEffectsBeforeTheCommit);
    CPPUNIT_TEST(testFindsAttemptsThatAreNotRecorded);
    CPPUNIT_TEST(testFindsEventsThatAreAdmittedTwice);
    CPPUNIT_TEST(testFindsParentsThatNobodyWakes);
    CPPUNIT_TEST(testFindsEarsThatAreLost);
    CPPUNIT_TEST(testFindsRatesThatAreForgotten);
    CPPUNIT_TEST_SUITE_END();

public:
    void testSameSeedGivesTheSameTrace() {
        for (std::uint64_t seed = 1001; seed < 1031; ++seed)
            CPPUNIT_ASSERT_EQUAL_MESSAGE("seed " + std::to_string(seed), World(seed).live(), World(seed).live());
    }

    void testFindsSlotsThatAreKept() { finds(Mutation::SlotKept, "slot"); }
    void testFindsEffectsBeforeTheCommit() { finds(Mutation::ActsTooEarly, ""); }
    void testFindsAttemptsThatAreNotRecorded() { finds(Mutation::AttemptUnrecorded, "attempt"); }
    void testFindsEventsThatAreAdmittedTwice() { finds(Mutation::KeyForgotten, "is taken twice"); }
    void testFindsParentsThatNobodyWakes() { finds(Mutation::WakeForgotten, "brings a parked run back"); }
    void testFindsEarsThatAreLost() { finds(Mutation::EarLost, "brings a parked run back"); }
    void testFindsRatesThatAreForgotten() { finds(Mutation::RateForgotten, "allows"); }

private:
    /// Within some seeds a life breaks an invariant whose sentence holds `word`.
    static void finds(Mutation mutation, const std::string& word) {
        std::string said;
        for (std::uint64_t seed = 1; seed <= kMostSeeds; ++seed) {
            try {
                World(seed, mutation).live();
            } catch (const CppUnit::Exception& found) {
                said = found.what();
                if (said.find(word) != std::string::npos) return;
            }
        }
        CPPUNIT_FAIL("the planted bug was not found in " + std::to_string(kMostSeeds) + " lives; last said: " + said);
    }

    static constexpr std::uint64_t kMostSeeds = 200;
};

CPPUNIT_TEST_SUITE_REGISTRATION(SimulationTest);
