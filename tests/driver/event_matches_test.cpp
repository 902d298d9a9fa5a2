#include "engine/event_matches.h"

#include "driver/driver_fixture.h"

using namespace stepd;
using namespace stepd::test;

/// Later events: the one that a step waits for, those that cancel a run, and how both are found.
class EventMatchesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(EventMatchesTest);
    CPPUNIT_TEST(testNameAndConditionDecide);
    CPPUNIT_TEST(testConditionSeesTheRun);
    CPPUNIT_TEST(testConditionErrors);
    CPPUNIT_TEST(testCancelOnSeesBothEvents);
    CPPUNIT_TEST(testWaitHasItsCorrelation);
    CPPUNIT_TEST(testEqualValuesCorrelateByOneText);
    CPPUNIT_TEST(testWhatDoesNotCorrelate);
    CPPUNIT_TEST_SUITE_END();

    static engine::ActiveEvent later(const std::string& name, const std::string& data = "{}") {
        engine::ActiveEvent event;
        event.event.name = name;
        event.event.data = data;
        return event;
    }

    static Draft waiting(const std::string& event, const std::string& condition) {
        Draft draft;
        draft.step("w").builtIn(pipeline::WaitForEventStep{
            .match = {.event = event,
                      .condition = condition.empty() ? std::nullopt : std::optional(program(condition)),
                      .correlation = {},
                      .timeout = 5min}});
        return draft;
    }

public:
    void testNameAndConditionDecide() {
        const struct {
            const char* event;
            const char* condition;
            const char* name;
            const char* data;
            bool matches;
        } rows[] = {
            {"paid", "", "paid", "{}", true},
            {"paid", "", "paid.late", "{}", false},
            {"order.*", "", "order.paid", "{}", true},
            {"paid", "async.data.id == event.data.id", "paid", "{\"id\":4}", true},
            {"paid", "async.data.id == event.data.id", "paid", "{\"id\":5}", false},
            {"paid", "async.data.id == event.data.id", "other", "[]", false},
            {"paid", "async.name == 'paid'", "paid", "{}", true},
        };
        for (const auto& row : rows) {
            Draft draft = waiting(row.event, row.condition);
            const DrivenRun run(draft, "{\"id\":4}");
            const auto matches = run.driver->matches(run.run, 0, later(row.name, row.data));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.condition, row.matches, matches.value());
        }
    }

    void testConditionSeesTheRun() {
        Draft draft;
        draft.step("a")
            .step("w", {"a"})
            .builtIn(pipeline::WaitForEventStep{.match = {.event = "paid",
                                                          .condition = program("async.data.id == steps.a.output.id"),
                                                          .correlation = {},
                                                          .timeout = {}}});
        DrivenRun run(draft);
        run.settle();
        run.complete("a", "{\"id\":\"x\"}");
        CPPUNIT_ASSERT(run.driver->matches(run.run, 1, later("paid", "{\"id\":\"x\"}")).value());
        CPPUNIT_ASSERT(!run.driver->matches(run.run, 1, later("paid", "{\"id\":\"y\"}")).value());
    }

    void testConditionErrors() {
        for (const char* condition : {"async.data.missing", "async.data.n"}) {
            Draft draft = waiting("paid", condition);
            draft.pipeline().cancelOn = {
                {.event = "paid", .condition = program(condition), .correlation = {}, .timeout = {}}};
            const DrivenRun run(draft);
            const auto matches = run.driver->matches(run.run, 0, later("paid", "{\"n\":1}"));
            CPPUNIT_ASSERT(!matches && matches.error().code == "expression_error");
            CPPUNIT_ASSERT(matches.error().message.starts_with("`with.if` of step w, `" + std::string(condition)));
            const auto cancels = run.driver->cancels(run.run, 0, later("paid", "{\"n\":1}"));
            CPPUNIT_ASSERT(!cancels && cancels.error().message.starts_with("`cancel_on[0].if`, `"));
        }
    }

    void testCancelOnSeesBothEvents() {
        Draft draft;
        draft.step("a").pipeline().cancelOn = {{.event = "never", .condition = {}, .correlation = {}, .timeout = {}},
                                               {.event = "gone",
                                                .condition = program("async.data.id == event.data.id && vars.on"),
                                                .correlation = {},
                                                .timeout = {}}};
        draft.pipeline().vars = "{\"on\":true}";
        const DrivenRun run(draft, "{\"id\":1}");
        CPPUNIT_ASSERT(!run.driver->cancels(run.run, 0, later("gone", "{\"id\":1}")).value());
        CPPUNIT_ASSERT(run.driver->cancels(run.run, 1, later("gone", "{\"id\":1}")).value());
        CPPUNIT_ASSERT(!run.driver->cancels(run.run, 1, later("gone", "{\"id\":2}")).value());
    }

    void testWaitHasItsCorrelation() {
        const struct {
            const char* value;
            const char* correlation;
        } rows[] = {{"event.data.id", "?data.order.id=4"}, {"'x=y'", "?data.order.id=x=y"}, {"[1]", ""}};
        for (const auto& row : rows) {
            Draft draft = waiting("paid", "true");
            auto& wait = std::get<pipeline::WaitForEventStep>(draft.last().builtIn);
            wait.match.correlation =
                pipeline::Correlation{.path = {"data", "order", "id"}, .value = program(row.value)};
            const DrivenRun run(draft, "{\"id\":4}");
            const auto plan = run.driver->prepareBuiltIn(run.run, 0);
            const auto& wanted = std::get<engine::WaitPlan>(*plan);
            CPPUNIT_ASSERT_EQUAL(std::string("paid"), wanted.event);
            CPPUNIT_ASSERT_EQUAL(std::string(row.correlation), wanted.correlation);
            CPPUNIT_ASSERT(wanted.timeout == 5min);
        }
    }

    void testEqualValuesCorrelateByOneText() {
        const struct {
            const char* here;
            const char* there;
        } rows[] = {
            {"1", "1"},       {"1", "1.0"},           {"1u", "1"},          {"1.0", "1"},
            {"0.0", "-0.0"},  {"1.5", "1.5"},         {"'a b'", "\"a b\""}, {"true", "true"},
            {"null", "null"}, {"'é'", "\"\\u00e9\""}, {"-7", "-7.0"},       {"9007199254740992", "9007199254740992.0"}};
        for (const auto& row : rows) {
            const std::vector<std::string> path = {"data", "v"};
            const auto here = program(row.here).evaluate(*scope());
            const auto wanted = engine::correlationText(path, *here);
            const auto came = engine::correlationOf(later("e", "{\"v\":" + std::string(row.there) + "}"), path);
            CPPUNIT_ASSERT_MESSAGE(row.here, wanted.has_value());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.here, *wanted, came.value_or("nothing"));
        }
    }

    void testWhatDoesNotCorrelate() {
        for (const char* data : {"{}", "{\"v\":[1]}", "{\"v\":{\"w\":1}}", "{\"v\":"})
            CPPUNIT_ASSERT_MESSAGE(data, !engine::correlationOf(later("e", data), {"data", "v"}));
        CPPUNIT_ASSERT(!engine::correlationOf(later("e", "{\"v\":1}"), {"data", "v", "w"}));
    }

private:
    struct NoNames final : cel::Activation {
        std::optional<cel::Value> find(std::string_view) const override { return std::nullopt; }
    };
    static std::unique_ptr<cel::Activation> scope() { return std::make_unique<NoNames>(); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EventMatchesTest);
