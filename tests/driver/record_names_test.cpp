#include "driver/driver_fixture.h"

using namespace stepd;
using namespace stepd::test;

/// What stands behind the names of stored records, whatever the keys of items hold.
class RecordNamesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RecordNamesTest);
    CPPUNIT_TEST(testNamesGiveBackTheirPlans);
    CPPUNIT_TEST(testForeignNamesAreNobodys);
    CPPUNIT_TEST(testItemsOfAForeachThatIsNotOpenAreNobodys);
    CPPUNIT_TEST_SUITE_END();

public:
    void testNamesGiveBackTheirPlans() {
        const std::string keys[] = {"plain",   "0",  "",         "]",      "[",         "a.fetch",
                                    "].fetch", "x]", "x].fetch", "x].l[y", "ünï.code ", "pages[x].fetch"};
        std::string data = "{\"list\":[";
        for (const std::string& key : keys) data += (data.back() == '[' ? "\"" : ",\"") + key + "\"";
        data += "]}";
        Draft draft;
        draft.step("pages").forEach("event.data.list").key("item").group().in("pages", "fetch");
        draft.in("pages", "l").forEach("event.data.list").key("item");
        draft.step("page").forEach("event.data.list").key("item");
        DrivenRun run(draft, data);
        run.settle();
        CPPUNIT_ASSERT_EQUAL(std::size_t(2 + 12 + 12 + 24 + 144), run.run.steps.size());
        for (std::size_t i = 2; i < run.run.steps.size(); ++i) {
            const engine::ActiveStep& step = run.run.steps[i];
            const auto plan = run.driver->find(run.run, step.record);
            CPPUNIT_ASSERT_MESSAGE(step.record.name, plan.has_value());
            CPPUNIT_ASSERT_EQUAL(step.record.name, plan->name);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(step.record.name, step.record.kind, plan->kind);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(step.record.name, step.plan, plan->plan);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(step.record.name, step.parent, plan->parent);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(step.record.name, step.item, plan->item);
        }
    }

    void testItemsOfAForeachThatIsNotOpenAreNobodys() {
        Draft draft;
        draft.step("a").step("each", {"a"}).forEach("[1]");
        DrivenRun run(draft);
        run.settle();
        StepRecord record;
        record.name = "each[0]";
        CPPUNIT_ASSERT(!run.driver->find(run.run, record));
        CPPUNIT_ASSERT_EQUAL(std::string("open each, add each[0], start each[0]"), run.complete("a"));
        CPPUNIT_ASSERT(run.driver->find(run.run, record));
    }

    void testForeignNamesAreNobodys() {
        Draft draft;
        draft.step("a").step("pages").forEach("['x']").key("item").group().in("pages", "fetch");
        DrivenRun run(draft);
        run.settle();
        for (const char* name : {"", "b", "a.", "a[x]", "ab", "pages[y]", "pages[x", "pages[x]fetch", "pages[x].",
                                 "pages[x].other", "pages[x].fetch[x]", "fetch", "pages.fetch", "pages]"}) {
            StepRecord record;
            record.name = name;
            CPPUNIT_ASSERT_MESSAGE(name, !run.driver->find(run.run, record));
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RecordNamesTest);
