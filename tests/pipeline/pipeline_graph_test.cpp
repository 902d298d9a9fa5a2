#include "pipeline/pipeline_graph.h"

#include "pipeline/loaded.h"

using namespace stepd::pipeline;

class PipelineGraphTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PipelineGraphTest);
    CPPUNIT_TEST(testChain);
    CPPUNIT_TEST(testEveryKindOfStep);
    CPPUNIT_TEST_SUITE_END();

    void testChain() {
        const auto pipeline = goodWith(
            "steps:\n  - {id: a, uses: p}\n  - {id: b, uses: p/kind}\n"
            "  - {id: long_one, uses: p, needs: [a, b]}\n");
        CPPUNIT_ASSERT_EQUAL(std::string("a\nb         <- a\nlong_one  <- a, b\n"), toText(*pipeline));
        CPPUNIT_ASSERT_EQUAL(std::string("digraph \"p\" {\n    rankdir=LR;\n    node [shape=box];\n"
                                         "    \"a\" [label=\"a\\np\"];\n    \"b\" [label=\"b\\np/kind\"];\n"
                                         "    \"long_one\" [label=\"long_one\\np\"];\n    \"a\" -> \"b\";\n"
                                         "    \"a\" -> \"long_one\";\n    \"b\" -> \"long_one\";\n}\n"),
                             toDot(*pipeline));
    }

    void testEveryKindOfStep() {
        const auto pipeline = goodWith(R"(
steps:
  - {id: pause, uses: core/sleep, with: {for: 5s}}
  - {id: answer, uses: core/wait_for_event, with: {event: reply.*}}
  - {id: child, needs: [pause], uses: core/invoke, with: {pipeline: other}}
  - {id: first, needs: [answer, {step: child, require: success}], uses: plug, foreach: {items: event.data.list}}
  - {id: race, needs: [answer, child], any: 1, race: true, uses: core/fail, with: {message: no}}
  - id: pages
    foreach: {items: event.data.urls, as: page}
    steps:
      - {id: fetch, uses: plug}
      - {id: read, uses: plug, if: page.deep}
on_failure: [{id: alarm, uses: core/send_event, with: {event: failed}}]
finally: [{id: clean, uses: plug}]
)");
        CPPUNIT_ASSERT_EQUAL(std::string("pause\n"
                                         "answer  <- pause\n"
                                         "child   <- pause\n"
                                         "first   <- answer, child (success)  foreach event.data.list as item\n"
                                         "race    <- first 1 of answer, child\n"
                                         "pages   <- race  foreach event.data.urls as page\n"
                                         "  fetch\n"
                                         "  read   <- fetch  if page.deep\n"
                                         "on_failure:\n"
                                         "  alarm\n"
                                         "finally:\n"
                                         "  clean\n"),
                             toText(*pipeline));
        const std::string dot = toDot(*pipeline);
        for (const char* line :
             {"\"answer\" [label=\"answer\\ncore/wait_for_event reply.*\"];",
              "\"pause\" [label=\"pause\\ncore/sleep\"];", "\"child\" [label=\"child\\ncore/invoke other\"];",
              "subgraph \"cluster_pages\" {", "\"pages\" [label=\"pages\\nforeach event.data.urls\"];",
              "\"pages\" -> \"fetch\" [style=dotted];", "subgraph \"cluster_on_failure\" {", "\"fetch\" -> \"read\";"})
            CPPUNIT_ASSERT_MESSAGE(std::string(line) + " in\n" + dot, dot.find(line) != std::string::npos);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PipelineGraphTest);
