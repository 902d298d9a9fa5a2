#include "pipeline/needs_graph.h"

#include <cppunit/extensions/HelperMacros.h>

#include <iterator>
#include <string>

using namespace stepd::pipeline;

class NeedsGraphTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(NeedsGraphTest);
    CPPUNIT_TEST(testOrderAndUpstream);
    CPPUNIT_TEST(testCycles);
    CPPUNIT_TEST_SUITE_END();

    void testOrderAndUpstream() {
        const Needs diamond{{}, {0}, {0}, {1, 2}};
        CPPUNIT_ASSERT(topologicalOrder(diamond) == (std::vector<std::size_t>{0, 1, 2, 3}));
        const Needs backwards{{1}, {2}, {}};
        CPPUNIT_ASSERT(topologicalOrder(backwards) == (std::vector<std::size_t>{2, 1, 0}));
        const auto upstream = upstreamOf(diamond);
        CPPUNIT_ASSERT(upstream[3] == (std::vector<bool>{true, true, true, false}));
        CPPUNIT_ASSERT(upstream[0] == (std::vector<bool>{false, false, false, false}));
        CPPUNIT_ASSERT(topologicalOrder(Needs{{1}, {0}, {}}) == std::vector<std::size_t>{2});
    }

    void testCycles() {
        const struct {
            Needs needs;
            std::vector<std::vector<std::size_t>> want;
        } rows[] = {
            {{{}, {0}}, {}},
            {{{0}}, {{0, 0}}},
            {{{1}, {0}}, {{0, 1, 0}}},
            {{{1}, {2}, {0}, {2}}, {{0, 1, 2, 0}}},
            {{{1}, {0}, {3}, {2}}, {{0, 1, 0}, {2, 3, 2}}},
            // A dead end beside the way back: the shortest way is shown.
            {{{1, 2}, {1}, {0}}, {{0, 2, 0}, {1, 1}}},
        };
        for (std::size_t i = 0; i < std::size(rows); ++i)
            CPPUNIT_ASSERT_MESSAGE("row " + std::to_string(i), findCycles(rows[i].needs) == rows[i].want);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(NeedsGraphTest);
