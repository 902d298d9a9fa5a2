#include "engine/stretches.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;
using namespace stepd::engine;

class StretchesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(StretchesTest);
    CPPUNIT_TEST(testAllIsWorthALookAtFirst);
    CPPUNIT_TEST(testWhatIsGoneIsForgotten);
    CPPUNIT_TEST(testOnlyWhatMayBeOverIsLookedAtAgain);
    CPPUNIT_TEST(testSliceThatReachedNothingIsTriedAgain);
    CPPUNIT_TEST(testMemoryIsBounded);
    CPPUNIT_TEST_SUITE_END();

    static Timestamp at(std::int64_t second) { return fromMicros(second * 1'000'000); }
    static store::Pruned slice(std::int64_t reached, std::optional<Timestamp> stays, std::optional<Timestamp> rest) {
        return {.message = {}, .reached = reached, .stays = stays, .rest = rest};
    }

    void testAllIsWorthALookAtFirst() {
        const Stretches all;
        CPPUNIT_ASSERT(all.due(at(5)) && all.due(at(5))->first == 1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.count());
    }

    void testWhatIsGoneIsForgotten() {
        Stretches all;
        all.looked(*all.due(at(5)), slice(500, {}, at(5)), at(100));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{501}, all.due(at(5))->first);
        all.looked(*all.due(at(5)), slice(700, {}, {}), at(100));
        CPPUNIT_ASSERT(!all.due(at(99)));
        CPPUNIT_ASSERT(all.next() == at(100));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("where new rows will be", std::int64_t{701}, all.due(at(100))->first);
    }

    void testOnlyWhatMayBeOverIsLookedAtAgain() {
        Stretches all;
        all.looked(*all.due(at(5)), slice(500, at(50), at(5)), at(100));
        all.looked(*all.due(at(5)), slice(900, at(40), at(70)), at(100));
        CPPUNIT_ASSERT(all.next() == at(40) && !all.due(at(39)));
        const auto second = all.due(at(40));
        CPPUNIT_ASSERT(second->first == 501 && second->last == 900);
        all.looked(*second, slice(900, at(60), {}), at(100));
        CPPUNIT_ASSERT_EQUAL(std::size_t{3}, all.count());
        const auto first = all.due(at(50));
        CPPUNIT_ASSERT(first->first == 1 && first->last == 500);
        all.looked(*first, slice(480, {}, {}), at(100));
        CPPUNIT_ASSERT_EQUAL_MESSAGE("nothing is left of the first", std::size_t{2}, all.count());
        CPPUNIT_ASSERT(all.next() == at(60));
    }

    void testSliceThatReachedNothingIsTriedAgain() {
        Stretches all;
        all.looked(*all.due(at(5)), slice(0, {}, at(5)), at(100));
        CPPUNIT_ASSERT(all.due(at(5)) && all.due(at(5))->first == 1);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.count());
    }

    /// A hundred thousand slices each leave something.
    void testMemoryIsBounded() {
        Stretches all;
        for (std::int64_t i = 1; i <= 100'000; ++i)
            all.looked(*all.due(at(5)), slice(i * 10, at(1'000 + i), at(5)), at(0));
        CPPUNIT_ASSERT(all.count() <= 1'000);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1'000'001}, all.due(at(5))->first);
        all.looked(*all.due(at(5)), slice(1'000'001, {}, {}), at(1'000'000));
        CPPUNIT_ASSERT_MESSAGE("the earliest is still known", all.next() == at(1'001));
        // Every key that something is left of is found again.
        std::int64_t last = 0;
        while (const auto stretch = all.due(at(500'000))) {
            CPPUNIT_ASSERT_EQUAL(last + 1, stretch->first);
            last = stretch->last;
            all.looked(*stretch, slice(last, {}, {}), at(1'000'000));
        }
        CPPUNIT_ASSERT(last >= 1'000'000);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(StretchesTest);
