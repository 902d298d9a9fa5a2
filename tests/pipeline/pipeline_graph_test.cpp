#include "pipeline/pipeline_graph.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd::pipeline;

class PipelineGraphTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PipelineGraphTest);
    CPPUNIT_TEST(testOrderAndUpstream);
    CPPUNIT_TEST(testCycles);
    CPPUNIT_TEST(testPictures);
    CPPUNIT_TEST_SUITE_END();

    using Needs = std::vector<std::vector<std::size_t>>;

    static std::vector<Step> steps(const Needs& needs) {
        std::vector<Step> out;
        for (std::size_t i = 0; i < needs.size(); ++i) {
            Step step;
            step.id = std::string(1, static_cast<char>('a' + i));
            step.plugin = "p";
            step.needs = needs[i];
            out.push_back(std::move(step));
        }
        return out;
    }

    void testOrderAndUpstream() {
        const auto diamond = steps({{}, {0}, {0}, {1, 2}});
        CPPUNIT_ASSERT(topologicalOrder(diamond) == (std::vector<std::size_t>{0, 1, 2, 3}));
        const auto backwards = steps({{1}, {2}, {}});
        CPPUNIT_ASSERT(topologicalOrder(backwards) == (std::vector<std::size_t>{2, 1, 0}));
        const auto upstream = upstreamOf(diamond);
        CPPUNIT_ASSERT(upstream[3] == (std::vector<bool>{true, true, true, false}));
        CPPUNIT_ASSERT(upstream[0] == (std::vector<bool>{false, false, false, false}));
        CPPUNIT_ASSERT(topologicalOrder(steps({{1}, {0}, {}})) == std::vector<std::size_t>{2});
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
            CPPUNIT_ASSERT_MESSAGE("row " + std::to_string(i), findCycles(steps(rows[i].needs)) == rows[i].want);
    }

    void testPictures() {
        Pipeline pipeline;
        pipeline.id = "demo";
        pipeline.steps = steps({{}, {0}, {0, 1}});
        pipeline.steps[2].id = "long_one";
        pipeline.steps[1].stepType = "kind";
        CPPUNIT_ASSERT_EQUAL(std::string("a\nb         <- a\nlong_one  <- a, b\n"), toText(pipeline));
        CPPUNIT_ASSERT_EQUAL(std::string("digraph \"demo\" {\n    rankdir=LR;\n    node [shape=box];\n"
                                         "    \"a\" [label=\"a\\np\"];\n    \"b\" [label=\"b\\np/kind\"];\n"
                                         "    \"long_one\" [label=\"long_one\\np\"];\n    \"a\" -> \"b\";\n"
                                         "    \"a\" -> \"long_one\";\n    \"b\" -> \"long_one\";\n}\n"),
                             toDot(pipeline));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PipelineGraphTest);
