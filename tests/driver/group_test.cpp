#include "driver/driver_fixture.h"

using namespace stepd;
using namespace stepd::test;

/// A group of steps that runs once for each item.
class GroupTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(GroupTest);
    CPPUNIT_TEST(testEachItemRunsTheGroup);
    CPPUNIT_TEST(testItemsOutputIsThatOfTheLastStep);
    CPPUNIT_TEST(testStepsNameThoseOfTheSameItem);
    CPPUNIT_TEST(testOwnStepsHideThoseOutside);
    CPPUNIT_TEST(testFailedStepFailsItsItem);
    CPPUNIT_TEST(testCollectLetsOtherItemsGoOn);
    CPPUNIT_TEST(testFailedStepMayBeGoneOnAfter);
    CPPUNIT_TEST(testJoinsAndConditionsInside);
    CPPUNIT_TEST(testConditionOverTheItemSkipsTheGroup);
    CPPUNIT_TEST(testForeachInside);
    CPPUNIT_TEST(testGoesOnAfterARestart);
    CPPUNIT_TEST_SUITE_END();

    static Draft pages(std::uint32_t maxParallel = 0) {
        Draft draft;
        draft.step("pages").forEach("event.data.list", maxParallel).group();
        draft.in("pages", "fetch").input("item").in("pages", "parse", {"fetch"});
        return draft;
    }

public:
    void testEachItemRunsTheGroup() {
        Draft draft = pages(1);
        DrivenRun run(draft, "{\"list\":[1,2]}");
        CPPUNIT_ASSERT_EQUAL(std::string("open pages, add pages[0], open pages[0], add pages[0].fetch pages[0].parse, "
                                         "start pages[0].fetch"),
                             run.settle());
        CPPUNIT_ASSERT_EQUAL(std::string("group"), run.step("pages[0]").record.kind);
        CPPUNIT_ASSERT_EQUAL(std::string("plugin"), run.step("pages[0].fetch").record.kind);
        CPPUNIT_ASSERT_EQUAL(run.place("pages[0]"), run.step("pages[0].fetch").parent);
        CPPUNIT_ASSERT_EQUAL(std::string(), run.driver->rules(run.run, run.place("pages[0]")).plugin);
        CPPUNIT_ASSERT_EQUAL(std::string("start pages[0].parse"), run.complete("pages[0].fetch"));
        CPPUNIT_ASSERT_EQUAL(std::string("succeed pages[0], add pages[1], open pages[1], add pages[1].fetch "
                                         "pages[1].parse, start pages[1].fetch"),
                             run.complete("pages[0].parse"));
        run.complete("pages[1].fetch");
        CPPUNIT_ASSERT_EQUAL(std::string("succeed pages[1], succeed pages, end completed, finish"),
                             run.complete("pages[1].parse"));
    }

    void testItemsOutputIsThatOfTheLastStep() {
        Draft draft = pages();
        draft.last().condition = program("item != 2");
        draft.output("steps.pages.output");
        DrivenRun run(draft, "{\"list\":[1,2]}");
        run.settle();
        run.complete("pages[1].fetch", "5");
        run.complete("pages[0].fetch", "6");
        run.complete("pages[0].parse", "7.0");
        CPPUNIT_ASSERT_EQUAL(std::string("[7.0,null]"), run.run.record.output);
    }

    void testStepsNameThoseOfTheSameItem() {
        Draft draft = pages();
        draft.input("steps.fetch.output").when("steps.fetch.output == item && steps.fetch.ok");
        DrivenRun run(draft, "{\"list\":[1,2]}");
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("start pages[1].parse"), run.complete("pages[1].fetch", "2"));
        CPPUNIT_ASSERT_EQUAL(std::string("start pages[0].parse"), run.complete("pages[0].fetch", "1"));
        CPPUNIT_ASSERT_EQUAL(std::string("2"), run.driver->prepare(run.run, run.place("pages[1].parse"))->input);
        CPPUNIT_ASSERT_EQUAL(std::string("1"), run.driver->prepare(run.run, run.place("pages[0].parse"))->input);
    }

    void testOwnStepsHideThoseOutside() {
        Draft draft;
        draft.step("fetch").step("pages", {"fetch"}).forEach("[1]").group().in("pages", "other").in("pages", "fetch");
        draft.in("pages", "parse", {"fetch"}).input("steps.fetch.output").when("steps.fetch.output == 'inside'");
        DrivenRun run(draft);
        run.settle();
        run.complete("fetch", "\"outside\"");
        CPPUNIT_ASSERT_EQUAL(std::string("start pages[0].parse"), run.complete("pages[0].fetch", "\"inside\""));
        CPPUNIT_ASSERT_EQUAL(std::string("\"inside\""),
                             run.driver->prepare(run.run, run.place("pages[0].parse"))->input);
    }

    void testFailedStepFailsItsItem() {
        Draft draft = pages();
        draft.in("pages", "side");
        DrivenRun run(draft, "{\"list\":[1,2]}");
        run.settle();
        CPPUNIT_ASSERT_EQUAL(
            std::string("cancel pages[1].parse, cancel pages[1].side, fail pages[1] (broken), cancel pages[0].fetch, "
                        "cancel pages[0].parse, cancel pages[0].side, cancel pages[0], fail pages (broken), "
                        "end pages failed, finish"),
            run.fail("pages[1].fetch"));
        CPPUNIT_ASSERT_EQUAL(std::string("item 1: step `fetch`: it broke"), run.step("pages").record.error->message);
    }

    void testCollectLetsOtherItemsGoOn() {
        Draft draft = pages();
        draft.pipeline().steps[0].foreach->onItemFailure = pipeline::OnItemFailure::Collect;
        DrivenRun run(draft, "{\"list\":[1,2]}");
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("cancel pages[0].parse, fail pages[0] (broken)"), run.fail("pages[0].fetch"));
        run.complete("pages[1].fetch");
        run.complete("pages[1].parse", "{\"p\":1}");
        CPPUNIT_ASSERT_EQUAL(std::string("[null,{\"p\":1}]"), run.step("pages").record.output);
    }

    void testFailedStepMayBeGoneOnAfter() {
        Draft draft = pages();
        draft.pipeline().steps[1].continueOnError = true;
        DrivenRun run(draft, "{\"list\":[1]}");
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("start pages[0].parse"), run.fail("pages[0].fetch"));
    }

    void testJoinsAndConditionsInside() {
        Draft draft;
        draft.step("each").forEach("['x', 'y']").group().in("each", "a").when("item == 'x'").in("each", "b");
        draft.in("each", "j", {"a", "b"}).race(1);
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(StepState::Skipped, run.step("each[1].a").record.state);
        CPPUNIT_ASSERT_EQUAL(std::string("cancel each[0].b, start each[0].j"), run.complete("each[0].a"));
        CPPUNIT_ASSERT_EQUAL(std::string("start each[1].j"), run.complete("each[1].b"));
    }

    void testConditionOverTheItemSkipsTheGroup() {
        Draft draft = pages();
        draft.pipeline().steps[0].condition = program("item > 1");
        DrivenRun run(draft, "{\"list\":[1]}");
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "open pages, add pages[0], skip pages[0] (condition_false), succeed pages, end completed, finish"),
            run.settle());
        CPPUNIT_ASSERT_EQUAL(std::string("[null]"), run.step("pages").record.output);
    }

    void testForeachInside() {
        Draft draft;
        draft.step("pages").forEach("event.data.list").group().in("pages", "links").forEach("item.links");
        draft.last().foreach->as = "link";
        draft.input("[item.id, link]").in("pages", "sum", {"links"}).input("steps.links.output");
        DrivenRun run(draft, "{\"list\":[{\"id\":1,\"links\":[\"x\"]},{\"id\":2,\"links\":[\"y\",\"z\"]}]}");
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("[2,\"z\"]"),
                             run.driver->prepare(run.run, run.place("pages[1].links[1]"))->input);
        run.reload();
        run.settle();
        run.complete("pages[1].links[0]", "5");
        CPPUNIT_ASSERT_EQUAL(std::string("succeed pages[1].links, start pages[1].sum"),
                             run.complete("pages[1].links[1]", "6"));
        CPPUNIT_ASSERT_EQUAL(std::string("[5,6]"), run.driver->prepare(run.run, run.place("pages[1].sum"))->input);
        CPPUNIT_ASSERT_EQUAL(
            std::string("cancel pages[0].sum, fail pages[0] (broken), cancel pages[1].sum, cancel pages[1], "
                        "fail pages (broken), end pages failed, finish"),
            run.fail("pages[0].links[0]").substr(std::string("fail pages[0].links (broken), ").size()));
        CPPUNIT_ASSERT_EQUAL(std::string("item 0: step `links`: item 0: it broke"),
                             run.step("pages").record.error->message);
    }

    void testGoesOnAfterARestart() {
        Draft draft = pages();
        DrivenRun run(draft, "{\"list\":[1,2]}");
        run.settle();
        run.complete("pages[1].fetch");
        run.step("pages[0]").record.state = StepState::Pending;  // not stored, nor what is below it
        run.step("pages[0].fetch").record.state = StepState::Pending;
        run.reload();
        CPPUNIT_ASSERT_EQUAL(std::string("pages running, pages[1] running, pages[1].fetch completed, "
                                         "pages[1].parse running"),
                             run.states());
        CPPUNIT_ASSERT_EQUAL(std::string("add pages[0], open pages[0], add pages[0].fetch pages[0].parse, "
                                         "start pages[0].fetch"),
                             run.settle());
        run.reload();
        CPPUNIT_ASSERT_EQUAL(std::string("add pages[0].parse"), run.settle());
        CPPUNIT_ASSERT_EQUAL(std::string("start pages[0].parse"), run.complete("pages[0].fetch"));
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GroupTest);
