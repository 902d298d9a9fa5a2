#include "driver/driver_fixture.h"

using namespace stepd;
using namespace stepd::test;

/// A step that runs once for each item of a list.
class ForeachTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ForeachTest);
    CPPUNIT_TEST(testItemsRunAllAtOnce);
    CPPUNIT_TEST(testItemsRunInOrderUpToMaxParallel);
    CPPUNIT_TEST(testOutputIsTheListOfBytes);
    CPPUNIT_TEST(testItemsKeepTheirBytes);
    CPPUNIT_TEST(testComputedItems);
    CPPUNIT_TEST(testEmptyListSucceeds);
    CPPUNIT_TEST(testWhatIsNoListFails);
    CPPUNIT_TEST(testTooManyItemsFail);
    CPPUNIT_TEST(testKeysNameTheItems);
    CPPUNIT_TEST(testBadKeysFail);
    CPPUNIT_TEST(testFailedItemFailsTheForeach);
    CPPUNIT_TEST(testCollectGoesOn);
    CPPUNIT_TEST(testConditionDecidesAboutAll);
    CPPUNIT_TEST(testConditionOverTheItemDecidesAboutEach);
    CPPUNIT_TEST(testItemsAreWorkedOutOnce);
    CPPUNIT_TEST(testGoesOnAfterARestart);
    CPPUNIT_TEST(testManyItemsAreLookedAtOnceAndNotOnceEach);
    CPPUNIT_TEST_SUITE_END();

    static std::string list(std::size_t count) {
        std::string json = "{\"list\":[";
        for (std::size_t i = 0; i < count; ++i) json += (i > 0 ? "," : "") + std::to_string(i);
        return json + "]}";
    }

public:
    void testItemsRunAllAtOnce() {
        Draft draft;
        draft.step("each").forEach("event.data.list").step("b", {"each"});
        DrivenRun run(draft, "{\"list\":[1,2]}");
        CPPUNIT_ASSERT_EQUAL(std::string("open each, add each[0] each[1], start each[0], start each[1]"), run.settle());
        CPPUNIT_ASSERT_EQUAL(std::string("{\"items\":[1,2],\"keys\":[\"0\",\"1\"]}"), run.step("each").record.memo);
        CPPUNIT_ASSERT_EQUAL(std::string("plugin"), run.step("each[1]").record.kind);
        CPPUNIT_ASSERT_EQUAL(run.place("each"), run.step("each[1]").parent);
        CPPUNIT_ASSERT_EQUAL(1, run.step("each[1]").item);
        CPPUNIT_ASSERT_EQUAL(std::string(), run.complete("each[1]"));
        CPPUNIT_ASSERT_EQUAL(std::string("succeed each, start b"), run.complete("each[0]"));
    }

    void testItemsRunInOrderUpToMaxParallel() {
        Draft draft;
        draft.step("each").forEach("event.data.list", 2);
        DrivenRun run(draft, list(4));
        CPPUNIT_ASSERT_EQUAL(std::string("open each, add each[0] each[1], start each[0], start each[1]"), run.settle());
        CPPUNIT_ASSERT_EQUAL(std::string("add each[2], start each[2]"), run.complete("each[1]"));
        CPPUNIT_ASSERT_EQUAL(std::string("add each[3], start each[3]"), run.complete("each[0]"));
        CPPUNIT_ASSERT_EQUAL(std::string(), run.complete("each[2]"));
        CPPUNIT_ASSERT_EQUAL(std::string("succeed each, end completed, finish"), run.complete("each[3]"));
    }

    void testOutputIsTheListOfBytes() {
        Draft draft;
        draft.step("each").forEach("[1, 2, 3]").output("steps.each.output");
        DrivenRun run(draft);
        run.settle();
        run.complete("each[2]", "{ \"n\": 1e400 }");
        run.complete("each[0]", "1.0");
        run.complete("each[1]", "null");
        CPPUNIT_ASSERT_EQUAL(std::string("[1.0,null,{ \"n\": 1e400 }]"), run.run.record.output);
    }

    void testItemsKeepTheirBytes() {
        Draft draft;
        draft.step("each").forEach("event.data.list").input("item").goesOn();
        draft.last().with = expression("{'x': 1}");
        DrivenRun run(draft, "{\"list\": [ {\"a\" : 1.0, \"b\":12345678901234567890123} , 2e0]}");
        run.settle();
        const auto first = run.driver->prepare(run.run, run.place("each[0]"));
        CPPUNIT_ASSERT_EQUAL(std::string("{\"a\" : 1.0, \"b\":12345678901234567890123}"), first->input);
        CPPUNIT_ASSERT_EQUAL(std::string("2e0"), run.driver->prepare(run.run, run.place("each[1]"))->input);
    }

    void testComputedItems() {
        Draft draft;
        draft.step("each").forEach("event.data.list.filter(n, n > 1).map(n, {'n': n})").input("item.n");
        DrivenRun run(draft, "{\"list\":[1,2,3]}");
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("{\"items\":[{\"n\":2},{\"n\":3}],\"keys\":[\"0\",\"1\"]}"),
                             run.step("each").record.memo);
        CPPUNIT_ASSERT_EQUAL(std::string("3"), run.driver->prepare(run.run, run.place("each[1]"))->input);
    }

    void testEmptyListSucceeds() {
        Draft draft;
        draft.step("each").forEach("event.data.list").output("steps.each.output");
        DrivenRun run(draft, "{\"list\":[]}");
        CPPUNIT_ASSERT_EQUAL(std::string("open each, succeed each, end completed, finish"), run.settle());
        CPPUNIT_ASSERT_EQUAL(std::string("[]"), run.run.record.output);
    }

    void testWhatIsNoListFails() {
        const struct {
            const char* items;
            const char* problem;
        } rows[] = {
            {"event.data", "it gives map, not a list"},
            {"event.data.n", "it gives int, not a list"},
            {"event.data.missing", "no such key"},
            {"[type(1)]", "there is no JSON for an item, a type"},
        };
        for (const auto& row : rows) {
            Draft draft;
            draft.step("each").forEach(row.items);
            DrivenRun run(draft, "{\"n\":1}");
            CPPUNIT_ASSERT_EQUAL(std::string("fail each (expression_error), end each failed, finish"), run.settle());
            const std::string& message = run.step("each").record.error->message;
            CPPUNIT_ASSERT_MESSAGE(message, message.starts_with("`foreach.items: " + std::string(row.items) + "`"));
            CPPUNIT_ASSERT_MESSAGE(message, message.find(row.problem) != std::string::npos);
        }
    }

    void testTooManyItemsFail() {
        for (const char* items : {"event.data.list", "event.data.list + [1]"}) {
            Draft draft;
            draft.step("each").forEach(items, 1);
            DrivenRun most(draft, list(items[15] == '\0' ? 10'000 : 9'999));
            CPPUNIT_ASSERT_EQUAL(std::string("open each, add each[0], start each[0]"), most.settle());
            DrivenRun more(draft, list(10'001));
            CPPUNIT_ASSERT_EQUAL(std::string("fail each (expression_error), end each failed, finish"), more.settle());
        }
    }

    void testKeysNameTheItems() {
        Draft draft;
        draft.step("each").forEach("event.data.list").key("item.id");
        DrivenRun run(draft, "{\"list\":[{\"id\":\"a].x[b\"},{\"id\":7},{\"id\":\"\"}]}");
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("each running, each[a].x[b] running, each[7] running, each[] running"),
                             run.states());
    }

    void testBadKeysFail() {
        const struct {
            const char* key;
            const char* problem;
        } rows[] = {
            {"'same'", "item 1 has the key `same`, as an item before it"},
            {"item.missing", "item 0: "},
            {"item == 1", "item 0: it gives bool, not text or a whole number"},
            {"event.data.long", "item 0: the key has more than 256 bytes"},
        };
        for (const auto& row : rows) {
            Draft draft;
            draft.step("each").forEach("event.data.list").key(row.key);
            DrivenRun run(draft, "{\"list\":[1,2],\"long\":\"" + std::string(257, 'x') + "\"}");
            CPPUNIT_ASSERT_EQUAL(std::string("fail each (expression_error), end each failed, finish"), run.settle());
            const std::string& message = run.step("each").record.error->message;
            CPPUNIT_ASSERT_MESSAGE(message, message.find(row.problem) != std::string::npos);
        }
    }

    void testFailedItemFailsTheForeach() {
        Draft draft;
        draft.step("each").forEach("event.data.list", 3).key("item");
        DrivenRun run(draft, "{\"list\":[\"a\",\"b\",\"c\",\"d\"]}");
        run.settle();
        run.complete("each[c]");
        CPPUNIT_ASSERT_EQUAL(std::string("cancel each[a], cancel each[d], fail each (broken), end each failed, finish"),
                             run.fail("each[b]"));
        CPPUNIT_ASSERT_EQUAL(std::string("item b: it broke"), run.step("each").record.error->message);
        CPPUNIT_ASSERT(run.step("each").record.error->outcome == OutcomeClass::Permanent);
    }

    void testCollectGoesOn() {
        Draft draft;
        draft.step("each").forEach("[1, 2, 3]", 1).collect().output("steps.each.output");
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("add each[1], start each[1]"), run.fail("each[0]"));
        run.complete("each[1]", "2");
        CPPUNIT_ASSERT_EQUAL(std::string("succeed each, end completed, finish"), run.fail("each[2]"));
        CPPUNIT_ASSERT_EQUAL(std::string("[null,2,null]"), run.run.record.output);
    }

    void testConditionDecidesAboutAll() {
        Draft draft;
        draft.step("each").forEach("event.data.missing").when("false").step("b", {"each"});
        DrivenRun run(draft);
        CPPUNIT_ASSERT_EQUAL(std::string("skip each (condition_false), start b"), run.settle());
    }

    void testConditionOverTheItemDecidesAboutEach() {
        Draft draft;
        draft.step("each").forEach("[1, 2, 3]", 1).when("item != 2").output("steps.each.output");
        DrivenRun run(draft);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::string("add each[1], skip each[1] (condition_false), add each[2], start each[2]"),
                             run.complete("each[0]", "1"));
        run.complete("each[2]", "3");
        CPPUNIT_ASSERT_EQUAL(std::string("[1,null,3]"), run.run.record.output);
    }

    void testItemsAreWorkedOutOnce() {
        Draft draft;
        draft.step("a").goesOn().step("each").forEach("steps.a.state != 'completed' ? [1, 2] : [9]", 1).input("item");
        DrivenRun run(draft);
        run.settle();
        run.complete("a");
        run.reload();
        run.complete("each[0]");
        CPPUNIT_ASSERT_EQUAL(std::string("2"), run.driver->prepare(run.run, run.place("each[1]"))->input);
    }

    void testGoesOnAfterARestart() {
        Draft draft;
        draft.step("each").forEach("event.data.list", 3).key("'k' + string(item)");
        DrivenRun run(draft, list(5));
        run.settle();
        run.step("each[k0]").record.state = StepState::Pending;  // stood in line, so it was not stored
        run.step("each[k1]").record.state = StepState::Completed;
        run.step("each[k1]").record.output = "1";
        run.reload();
        CPPUNIT_ASSERT_EQUAL(std::string("each running, each[k1] completed, each[k2] running"), run.states());
        CPPUNIT_ASSERT_EQUAL(std::string("add each[k0] each[k3], start each[k0], start each[k3]"), run.settle());
        run.complete("each[k0]", "0");
        run.complete("each[k2]", "2");
        run.complete("each[k4]", "4");
        run.complete("each[k3]", "3");
        CPPUNIT_ASSERT_EQUAL(std::string("[0,1,2,3,4]"), run.step("each").record.output);
    }

    void testManyItemsAreLookedAtOnceAndNotOnceEach() {
        Draft draft;
        draft.step("each").forEach("event.data.list", 4).input("item");
        DrivenRun run(draft, list(10'000));
        run.settle();
        const auto& items = engine::itemsOf(run.run, 0);
        for (std::size_t i = 0; i < 10'000; ++i) {
            engine::ActiveStep& item = run.run.steps[i + 1];  // they join in order
            CPPUNIT_ASSERT_EQUAL(std::to_string(i), run.driver->prepare(run.run, i + 1)->input);
            item.record.state = StepState::Completed;
            item.record.output = "null";
            run.settle();
            // What has ended in front is not looked at again, and the memo was read once.
            CPPUNIT_ASSERT_EQUAL(i + 1, run.run.steps[0].family->ended);
            CPPUNIT_ASSERT(&items == &engine::itemsOf(run.run, 0));
        }
        CPPUNIT_ASSERT_EQUAL(StepState::Completed, run.step("each").record.state);
        CPPUNIT_ASSERT_EQUAL(RunState::Completed, run.run.record.state);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ForeachTest);
