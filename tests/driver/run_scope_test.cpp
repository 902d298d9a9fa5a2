#include "driver/driver_fixture.h"
#include "engine/bindings.h"

using namespace stepd;
using namespace stepd::test;

/// The names that a run's expressions see.
class RunScopeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RunScopeTest);
    CPPUNIT_TEST(testNamesOfARun);
    CPPUNIT_TEST(testAttemptIsThatOfTheRun);
    CPPUNIT_TEST(testEventsOfABatch);
    CPPUNIT_TEST(testWholeEventsKeepTheirBytes);
    CPPUNIT_TEST(testErrorIsKnownInClosingPhasesAlone);
    CPPUNIT_TEST(testItemsOfNestedForeach);
    CPPUNIT_TEST(testOutputOfAForeach);
    CPPUNIT_TEST(testDocumentThatCannotBeReadFailsTheExpressionAlone);
    CPPUNIT_TEST_SUITE_END();

    /// The result as JSON, or `error`.
    static std::string evaluate(const DrivenRun& run, const std::string& step, const std::string& source) {
        const engine::Graph graph(std::make_shared<pipeline::Pipeline>(run.driver->pipeline()), "mark");
        const std::size_t place = step.empty() ? engine::kNoStep : run.place(step);
        const auto json = expression(source).render(engine::RunScope(graph, run.run, place));
        return json ? *json : "error";
    }

public:
    void testNamesOfARun() {
        Draft draft;
        draft.step("a").goesOn().step("b").when("false").step("c");
        draft.pipeline().vars = "{\"v\": 1.0}";
        DrivenRun run(draft, "{\"d\": 2.0}");
        run.settle();
        run.fail("a");
        run.complete("c", "{\"c\": 3.0 }");
        const struct {
            const char* source;
            const char* json;
        } rows[] = {
            {"event.data", "{\"d\": 2.0}"},
            {"event.name", "\"go\""},
            {"vars.v", "1.0"},
            {"steps.a.ok", "false"},
            {"steps.a.state", "\"failed\""},
            {"steps.a.output", "null"},
            {"steps.a.error.code", "\"broken\""},
            {"steps.b.state", "\"skipped\""},
            {"steps.c.output", "{\"c\": 3.0 }"},
            {"steps.c.output.c", "3.0"},
            {"steps.c.error", "null"},
            {"steps.missing.output", "error"},
            {"size(steps)", "3"},
            {"events", "error"},
            {"item", "error"},
            {"error", "error"},
            {"async", "error"},
        };
        for (const auto& row : rows) {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.source, std::string(row.json), evaluate(run, "", row.source));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.source, std::string(row.json), evaluate(run, "c", row.source));
        }
    }

    void testAttemptIsThatOfTheRun() {
        Draft draft;
        draft.step("a");
        DrivenRun run(draft);
        run.run.record.attempt = 3;
        CPPUNIT_ASSERT_EQUAL(std::string("3"), evaluate(run, "a", "run.attempt"));
    }

    void testEventsOfABatch() {
        Draft draft;
        draft.step("a").pipeline().batch.emplace();
        DrivenRun run(draft, "{\"n\":1}");
        auto second = std::make_shared<engine::ActiveEvent>();
        second->event.data = "{\"n\":2}";
        run.run.more = {second};
        CPPUNIT_ASSERT_EQUAL(std::string("[1,2]"), evaluate(run, "a", "events.map(e, e.data.n)"));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), evaluate(run, "a", "event.data.n"));
    }

    void testWholeEventsKeepTheirBytes() {
        Draft draft;
        draft.step("a").input("events").step("each").forEach("events").input("item.data").pipeline().batch.emplace();
        DrivenRun run(draft, "{\"n\": 1e400}");
        auto second = std::make_shared<engine::ActiveEvent>();
        second->event.id = EventId{8};
        second->event.name = "go";
        second->event.data = "{\"n\":12345678901234567890123}";
        second->event.user = "{ }";
        second->event.externalId = "x";
        run.run.more = {second};
        run.settle();
        const std::string first = "{\"name\":\"go\",\"data\":{\"n\": 1e400},\"id\":" + evaluate(run, "", "event.id") +
                                  ",\"ts\":\"1970-01-01T00:00:00Z\",\"user\":null}";
        CPPUNIT_ASSERT_EQUAL(first, evaluate(run, "", "event"));
        CPPUNIT_ASSERT_EQUAL("[" + first +
                                 ",{\"name\":\"go\",\"data\":{\"n\":12345678901234567890123},\"id\":\"x\","
                                 "\"ts\":\"1970-01-01T00:00:00Z\",\"user\":{ }}]",
                             run.driver->prepare(run.run, run.place("a"))->input);
        CPPUNIT_ASSERT_EQUAL(second->event.data, run.driver->prepare(run.run, run.place("each[1]"))->input);
    }

    void testErrorIsKnownInClosingPhasesAlone() {
        Draft draft;
        draft.step("a").finally("z");
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("error"), evaluate(run, "a", "error"));
        run.fail("a");
        CPPUNIT_ASSERT_EQUAL(std::string("\"it broke\""), evaluate(run, "z", "error.message"));
        CPPUNIT_ASSERT_EQUAL(std::string("error"), evaluate(run, "", "error"));
    }

    void testItemsOfNestedForeach() {
        Draft draft;
        draft.step("pages").forEach("event.data").group().in("pages", "l").forEach("item.l");
        draft.last().foreach->as = "inner";
        DrivenRun run(draft, "[{\"id\":1.0,\"l\":[5,6.0 ]}]");
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("1.0"), evaluate(run, "pages[0].l[1]", "item.id"));
        CPPUNIT_ASSERT_EQUAL(std::string("6.0"), evaluate(run, "pages[0].l[1]", "inner"));
        CPPUNIT_ASSERT_EQUAL(std::string("7.0"), evaluate(run, "pages[0].l[1]", "inner + item.id"));
        CPPUNIT_ASSERT_EQUAL(std::string("error"), evaluate(run, "pages[0].l", "inner"));
        CPPUNIT_ASSERT_EQUAL(std::string("error"), evaluate(run, "pages", "item"));
    }

    void testOutputOfAForeach() {
        Draft draft;
        draft.step("each").forEach("[1, 2]").step("b", {"each"});
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("null"), evaluate(run, "b", "steps.each.output"));
        run.complete("each[0]", "{\"x\":1e0}");
        run.complete("each[1]", "{\"x\":2}");
        CPPUNIT_ASSERT_EQUAL(std::string("[{\"x\":1e0},{\"x\":2}]"), evaluate(run, "b", "steps.each.output"));
        CPPUNIT_ASSERT_EQUAL(std::string("2"), evaluate(run, "b", "steps.each.output[1].x"));
        CPPUNIT_ASSERT_EQUAL(std::string("2"), evaluate(run, "b", "size(steps)"));
    }

    void testDocumentThatCannotBeReadFailsTheExpressionAlone() {
        Draft draft;
        draft.step("a").step("b", {"a"}).when("steps.a.output.n == 1");
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("fail b (expression_error), end b failed, finish"),
                             run.complete("a", "{\"n\":"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RunScopeTest);
