#include <algorithm>

#include "driver/driver_fixture.h"

using namespace stepd;
using namespace stepd::test;
using engine::BuiltInPlan;

/// What steps need and what they are called with.
class CallPlansTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CallPlansTest);
    CPPUNIT_TEST(testCallIsRendered);
    CPPUNIT_TEST(testGivenInputWins);
    CPPUNIT_TEST(testCallErrorsNameTheField);
    CPPUNIT_TEST(testDemandOfAPlainStep);
    CPPUNIT_TEST(testDemandNamesLanesAndGroup);
    CPPUNIT_TEST(testLanesOfTheRunThatCountSteps);
    CPPUNIT_TEST(testKeysAreTexts);
    CPPUNIT_TEST(testCacheHasAScopeOfItsOwnForEachStep);
    CPPUNIT_TEST(testDemandErrorsNameTheField);
    CPPUNIT_TEST(testSleepReadsItsDuration);
    CPPUNIT_TEST(testSleepReadsItsTime);
    CPPUNIT_TEST(testSleepRefusesOtherTexts);
    CPPUNIT_TEST(testSendEvent);
    CPPUNIT_TEST(testInvoke);
    CPPUNIT_TEST(testFail);
    CPPUNIT_TEST_SUITE_END();

    template <typename Plan>
    static Plan builtIn(pipeline::BuiltIn what, const std::string& data = "{}") {
        Draft draft;
        draft.step("s").builtIn(std::move(what));
        DrivenRun run(draft, data);
        run.settle();
        const auto plan = run.driver->prepareBuiltIn(run.run, 0);
        CPPUNIT_ASSERT_MESSAGE(plan ? "" : plan.error().message, static_cast<bool>(plan));
        return std::get<Plan>(*plan);
    }

    static std::string refusal(pipeline::BuiltIn what, const std::string& data = "{}") {
        Draft draft;
        draft.step("s").builtIn(std::move(what));
        DrivenRun run(draft, data);
        run.settle();
        const auto plan = run.driver->prepareBuiltIn(run.run, 0);
        CPPUNIT_ASSERT(!plan);
        CPPUNIT_ASSERT_EQUAL(std::string("expression_error"), plan.error().code);
        CPPUNIT_ASSERT(plan.error().outcome == OutcomeClass::InvalidInput);
        return plan.error().message;
    }

    static std::string joined(const std::vector<std::string>& lanes) {
        std::string all;
        for (const auto& lane : lanes) all += (all.empty() ? "" : " ") + lane;
        return all;
    }

public:
    void testCallIsRendered() {
        Draft draft;
        draft.step("a").input("event.data.x").step("b");
        draft.pipeline().steps[0].with = expression("{'key': secrets.K}");
        draft.pipeline().steps[0].stepType = "fetch";
        draft.pipeline().steps[0].timeout = 7s;
        draft.pipeline().secrets = {"K"};
        DrivenRun run(draft, "{\"x\": 1.0}");
        run.settle();
        const auto call = run.driver->prepare(run.run, 0);
        CPPUNIT_ASSERT_EQUAL(std::string("fetch"), call->stepType);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"key\":\"${mark:K}\"}"), call->config);
        CPPUNIT_ASSERT_EQUAL(std::string("1.0"), call->input);
        CPPUNIT_ASSERT(call->timeout == 7s);
        const auto plain = run.driver->prepare(run.run, 1);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"x\": 1.0}"), plain->input);
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), plain->config);
    }

    void testGivenInputWins() {
        Draft draft;
        draft.step("a").input("event.data.missing");
        DrivenRun run(draft);
        run.step("a").record.givenInput = "{ \"n\" : 1e0 }";
        CPPUNIT_ASSERT_EQUAL(std::string("{ \"n\" : 1e0 }"), run.driver->prepare(run.run, 0)->input);
    }

    void testCallErrorsNameTheField() {
        Draft draft;
        draft.step("each").forEach("[1]").input("item.x");
        draft.step("b").last().with = expression("event.data.x");
        DrivenRun run(draft);
        run.settle();
        const auto input = run.driver->prepare(run.run, run.place("each[0]"));
        CPPUNIT_ASSERT_MESSAGE(
            input.error().message,
            input.error().message.starts_with("`input` of step each[0] could not be evaluated: ${{ item.x }}: "));
        CPPUNIT_ASSERT(run.driver->prepare(run.run, 1).error().message.starts_with("`with` of step b could not "));
    }

    void testDemandOfAPlainStep() {
        Draft draft;
        draft.step("a");
        DrivenRun run(draft);
        const auto demand = run.driver->demand(run.run, 0);
        CPPUNIT_ASSERT_EQUAL(std::string(), joined(demand->lanes));
        CPPUNIT_ASSERT_EQUAL(std::string(), demand->limiter);
        CPPUNIT_ASSERT_EQUAL(std::string("draft"), demand->group);
        CPPUNIT_ASSERT(!demand->cacheKey);
    }

    void testDemandNamesLanesAndGroup() {
        Draft draft;
        draft.step("a");
        draft.last().concurrency = {{.family = "draft/a:concurrency", .key = program("event.data.host")},
                                    {.family = "draft/a:concurrency.2", .key = {}}};
        draft.last().limiter = pipeline::LimiterUse{.name = "web", .key = program("event.data.user")};
        draft.last().cache = pipeline::StepCache{.key = program("event.data.host + '/'"), .ttl = 1h};
        DrivenRun run(draft, "{\"host\":\"h\",\"user\":\"u\"}");
        const auto demand = run.driver->demand(run.run, 0);
        CPPUNIT_ASSERT_EQUAL(std::string("draft/a:concurrency[h] draft/a:concurrency.2 limiter:web"),
                             joined(demand->lanes));
        CPPUNIT_ASSERT_EQUAL(std::string("limiter:web"), demand->limiter);
        CPPUNIT_ASSERT_EQUAL(std::string("u"), demand->group);
        CPPUNIT_ASSERT_EQUAL(std::string("h/"), demand->cacheKey.value());
    }

    void testLanesOfTheRunThatCountSteps() {
        Draft draft;
        draft.step("a");
        draft.pipeline().concurrency = {
            {.family = "draft:concurrency", .key = {}},
            {.family = "draft:calls", .key = {}, .of = pipeline::Counts::Steps},
            {.family = "global:site", .key = {}, .of = pipeline::Counts::Steps},
        };
        DrivenRun run(draft);
        run.run.record.lanes = {"draft:concurrency", "draft:calls[a[b]", "global:site", "draft:other"};
        CPPUNIT_ASSERT_EQUAL(std::string("draft:calls[a[b] global:site"),
                             joined(run.driver->demand(run.run, 0)->lanes));
    }

    void testKeysAreTexts() {
        const struct {
            const char* key;
            const char* text;
        } rows[] = {{"'a b'", "a b"}, {"7", "7"}, {"null", "null"}, {"true", "true"}, {"[1, 'x']", "[1,\"x\"]"}};
        for (const auto& row : rows) {
            Draft draft;
            draft.step("a").last().cache = pipeline::StepCache{.key = program(row.key), .ttl = 1h};
            DrivenRun run(draft);
            CPPUNIT_ASSERT_EQUAL(std::string(row.text), run.driver->demand(run.run, 0)->cacheKey.value());
        }
    }

    void testCacheHasAScopeOfItsOwnForEachStep() {
        Draft draft;
        draft.step("fetch").last().cache = pipeline::StepCache{.key = program("'k'"), .ttl = 2h};
        draft.step("pages").forEach("[1]").group().in("pages", "fetch");
        draft.last().cache = draft.pipeline().steps[0].cache;
        draft.step("plain");
        DrivenRun run(draft);
        run.settle();
        const auto scope = [&run](const char* step) { return run.driver->rules(run.run, run.place(step)).cacheScope; };
        CPPUNIT_ASSERT_EQUAL(std::string("draft/fetch"), scope("fetch"));
        CPPUNIT_ASSERT_EQUAL(std::string("draft/pages.fetch"), scope("pages[0].fetch"));
        CPPUNIT_ASSERT_EQUAL(std::string(), scope("plain"));
        CPPUNIT_ASSERT(run.driver->rules(run.run, 0).cacheTtl == 2h);
    }

    void testDemandErrorsNameTheField() {
        const auto refused = [](const std::string& field, const char* key) {
            Draft draft;
            draft.step("a");
            if (field == "concurrency.key") draft.last().concurrency = {{.family = "f", .key = program(key)}};
            if (field == "limiter.key") draft.last().limiter = pipeline::LimiterUse{.name = "w", .key = program(key)};
            if (field == "cache.key") draft.last().cache = pipeline::StepCache{.key = program(key), .ttl = 1h};
            DrivenRun run(draft);
            const auto demand = run.driver->demand(run.run, 0);
            CPPUNIT_ASSERT(!demand);
            return demand.error().message.starts_with("`" + field + "` of step a, `" + key +
                                                      "`, could not be evaluated: ");
        };
        for (const char* field : {"concurrency.key", "limiter.key", "cache.key"})
            for (const char* key : {"event.data.missing", "type(1)"})
                CPPUNIT_ASSERT_MESSAGE(field, refused(field, key));
    }

    void testSleepReadsItsDuration() {
        const struct {
            const char* text;
            Duration length;
        } rows[] = {
            {"'5m'", 5min},           {"'PT5M'", 5min},         {"'1h30m'", 90min},
            {"event.data.d", 250ms},  {"duration('90s')", 90s}, {"duration('1.5s')", 1500ms},
            {"duration('1ns')", 1ns},
        };
        for (const auto& row : rows) {
            const auto plan = builtIn<engine::SleepPlan>(
                pipeline::SleepStep{.duration = expression(row.text), .until = {}}, "{\"d\":\"250ms\"}");
            CPPUNIT_ASSERT_MESSAGE(row.text, plan.duration == row.length);
            CPPUNIT_ASSERT(!plan.until);
        }
    }

    void testSleepReadsItsTime() {
        const auto want = parseRfc3339("2026-01-02T03:04:05Z");
        for (const char* text : {"'2026-01-02T03:04:05Z'", "timestamp('2026-01-02T04:04:05+01:00')"}) {
            const auto plan =
                builtIn<engine::SleepPlan>(pipeline::SleepStep{.duration = {}, .until = expression(text)});
            CPPUNIT_ASSERT_MESSAGE(text, plan.until == want);
            CPPUNIT_ASSERT(!plan.duration);
        }
    }

    void testSleepRefusesOtherTexts() {
        for (const char* text : {"'5'", "5", "null", "''", "'s'", "'-1s'", "duration('-5s')", "'.5s'", "'1.s'",
                                 "'1.5x'", "'99999999999999999999s'"}) {
            const std::string message = refusal(pipeline::SleepStep{.duration = expression(text), .until = {}});
            CPPUNIT_ASSERT_MESSAGE(message, message.starts_with("`with.for` of step s could not be evaluated: `"));
            CPPUNIT_ASSERT_MESSAGE(message, message.ends_with("` is no duration such as 5m"));
        }
        CPPUNIT_ASSERT_EQUAL(std::string("`with.until` of step s could not be evaluated: `tomorrow` is no time such as "
                                         "2026-01-02T03:04:05Z"),
                             refusal(pipeline::SleepStep{.duration = {}, .until = literal("\"tomorrow\"")}));
        const std::string longText = refusal(pipeline::SleepStep{
            .duration = {}, .until = literal("\"" + std::string(99, 'x') + "ü" + std::string(5000, 'x') + "\"")});
        CPPUNIT_ASSERT(longText.find(std::string(99, 'x') + "...`") != std::string::npos);
    }

    void testSendEvent() {
        const auto plan = builtIn<engine::SendPlan>(pipeline::SendEventStep{.name = literal("\"order.made\""),
                                                                            .data = expression("event.data"),
                                                                            .id = expression("event.data.id"),
                                                                            .ts = literal("\"2026-01-02T03:04:05Z\"")},
                                                    "{\"id\": 17}");
        CPPUNIT_ASSERT_EQUAL(std::string("order.made"), plan.name);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"id\": 17}"), plan.data);
        CPPUNIT_ASSERT_EQUAL(std::string("17"), plan.id);
        CPPUNIT_ASSERT(plan.ts == parseRfc3339("2026-01-02T03:04:05Z"));
        const auto least = builtIn<engine::SendPlan>(
            pipeline::SendEventStep{.name = literal("\"n\""), .data = literal("{}"), .id = {}, .ts = {}});
        CPPUNIT_ASSERT(least.id.empty() && !least.ts);
        CPPUNIT_ASSERT(refusal(pipeline::SendEventStep{
                                   .name = literal("\"n\""), .data = expression("event.data.x"), .id = {}, .ts = {}})
                           .starts_with("`with.data` of step s"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("`with.data` of step s could not be evaluated: it gives `[1]`, not an object"),
            refusal(pipeline::SendEventStep{.name = literal("\"n\""), .data = literal("[1]"), .id = {}, .ts = {}}));
        CPPUNIT_ASSERT_EQUAL(
            std::string("`with.event` of step s could not be evaluated: `a b` is no name for an event"),
            refusal(pipeline::SendEventStep{.name = literal("\"a b\""), .data = literal("{}"), .id = {}, .ts = {}}));
    }

    void testInvoke() {
        const auto plan = builtIn<engine::InvokePlan>(
            pipeline::InvokeStep{.pipeline = "other", .data = expression("event.data"), .wait = false, .timeout = 5min},
            "{\"x\":1}");
        CPPUNIT_ASSERT_EQUAL(std::string("other"), plan.pipeline);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"x\":1}"), plan.data);
        CPPUNIT_ASSERT(!plan.wait && plan.timeout == 5min);
        const auto least = builtIn<engine::InvokePlan>(
            pipeline::InvokeStep{.pipeline = "other", .data = {}, .wait = true, .timeout = {}});
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), least.data);
    }

    void testFail() {
        const auto plan = builtIn<engine::FailPlan>(
            pipeline::FailStep{.message = expression("'no ' + event.data.x"), .code = "no_x"}, "{\"x\":\"luck\"}");
        CPPUNIT_ASSERT_EQUAL(std::string("no luck"), plan.error.message);
        CPPUNIT_ASSERT_EQUAL(std::string("no_x"), plan.error.code);
        CPPUNIT_ASSERT(plan.error.outcome == OutcomeClass::Permanent);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CallPlansTest);
