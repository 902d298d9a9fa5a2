#include "api/routes.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

#include "backend_fixture.h"

using namespace stepd;
using http::Method;
using http::Status;

class RoutesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RoutesTest);
    CPPUNIT_TEST(testRunWithItsSteps);
    CPPUNIT_TEST(testListsArePaged);
    CPPUNIT_TEST(testUnknownIdsAndBadQueries);
    CPPUNIT_TEST(testCancel);
    CPPUNIT_TEST(testIdOfAnotherDatabaseNamesNoRun);
    CPPUNIT_TEST(testWhyGivesASentenceForEachWait);
    CPPUNIT_TEST(testRunShowsWhereItComesFrom);
    CPPUNIT_TEST(testListIsFilteredByStatesAndTime);
    CPPUNIT_TEST(testAnswersSayWhatFlowControlSkipped);
    CPPUNIT_TEST(testInngestsEnvelope);
    CPPUNIT_TEST(testHealthTellsTheTruth);
    CPPUNIT_TEST(testReadinessIsNotLiveness);
    CPPUNIT_TEST(testHealthSaysWhyEventsAreRefused);
    CPPUNIT_TEST(testRoutesThatBringWorkAreMarked);
    CPPUNIT_TEST(testPluginsAndPipelines);
    CPPUNIT_TEST_SUITE_END();

    static bool has(const http::Response& response, const std::string& text) {
        return response.body.find(text) != std::string::npos;
    }

    void testRunWithItsSteps() {
        test::BackendFixture api;
        const Timestamp created = api.clock.now();
        api.readers.runs = {{.id = RunId{7}, .pipeline = "p", .state = RunState::Running, .createdAt = created}};
        api.readers.steps = {
            {.number = 0, .name = "fetch", .kind = "plugin", .state = StepState::Running, .attempts = 2}};
        api.readers.attempts = {{.step = 0, .number = 1, .startedAt = created, .outcome = OutcomeClass::Timeout}};
        api.progress.set(RunId{7}, "fetch", {0.5, "half"});
        const auto reply = api.call(Method::Get, "/api/v1/runs/" + publicId(RunId{7}, created));
        CPPUNIT_ASSERT_EQUAL(Status::Ok, reply.status);
        for (const char* part :
             {R"("state":"running")", R"("id":"fetch")", R"("outcome":"timeout")", R"("fraction":0.5)", R"("half")"})
            CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, part));
    }

    void testListsArePaged() {
        test::BackendFixture api;
        for (std::int64_t i = 3; i > 0; --i) api.readers.runs.push_back({.id = RunId{i}, .pipeline = "p"});
        const auto first = api.call(Method::Get, "/api/v1/runs?limit=2");
        CPPUNIT_ASSERT_MESSAGE(first.body, has(first, "\"next\":\"" + publicId(RunId{2}, {}) + "\""));
        const auto all = api.call(Method::Get, "/api/v1/runs?limit=5");
        CPPUNIT_ASSERT_MESSAGE(all.body, has(all, "\"next\":null"));
    }

    void testUnknownIdsAndBadQueries() {
        test::BackendFixture api;
        api.readers.runs = {{.id = RunId{7}, .createdAt = api.clock.now()}};
        const Timestamp other = api.clock.now() + 1h;
        for (const std::string& path :
             {std::string("/api/v1/runs/rubbish"), "/api/v1/runs/" + publicId(RunId{8}, api.clock.now()),
              "/api/v1/runs/" + publicId(RunId{7}, other), "/api/v1/runs/" + publicId(EventId{7}, api.clock.now()),
              std::string("/api/v1/events/rubbish"), std::string("/api/v1/pipelines/none"),
              std::string("/api/v1/plugins/none")})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, Status::NotFound, api.call(Method::Get, path).status);
        for (const char* path :
             {"/api/v1/runs?limit=0", "/api/v1/runs?limit=501", "/api/v1/runs?limit=x", "/api/v1/runs?state=odd",
              "/api/v1/runs?cursor=x", "/api/v1/runs?event=x", "/api/v1/events?cursor=x"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, Status::BadRequest, api.call(Method::Get, path).status);
    }

    void testCancel() {
        test::BackendFixture api;
        api.readers.runs = {{.id = RunId{1}}};
        const std::string path = "/api/v1/runs/" + publicId(RunId{1}, {}) + "/cancel";
        CPPUNIT_ASSERT_EQUAL(Status::Ok, api.call(Method::Post, path).status);
        api.engine.cancelAnswer = engine::CancelStatus::Finished;
        CPPUNIT_ASSERT_EQUAL(Status::Conflict, api.call(Method::Post, path).status);
        api.engine.cancelAnswer = engine::CancelStatus::Unknown;
        CPPUNIT_ASSERT_EQUAL(Status::NotFound, api.call(Method::Post, path).status);
        CPPUNIT_ASSERT_EQUAL(Status::NotFound, api.call(Method::Post, "/api/v1/runs/x/cancel").status);
    }

    // Keys begin at 1 in each database: only the time tells one's run from another's.
    void testIdOfAnotherDatabaseNamesNoRun() {
        test::BackendFixture api;
        api.readers.runs = {{.id = RunId{1}, .createdAt = api.clock.now()}};
        api.engine.waits = {{.what = engine::Wait::For::Room}};
        const std::string own = "/api/v1/runs/" + publicId(RunId{1}, api.clock.now());
        const std::string foreign = "/api/v1/runs/" + publicId(RunId{1}, api.clock.now() + 1h);
        CPPUNIT_ASSERT_EQUAL(Status::NotFound, api.call(Method::Post, foreign + "/cancel").status);
        CPPUNIT_ASSERT_EQUAL(Status::NotFound, api.call(Method::Get, foreign + "/why").status);
        CPPUNIT_ASSERT_EQUAL(Status::Ok, api.call(Method::Post, own + "/cancel").status);
        CPPUNIT_ASSERT_EQUAL(Status::Ok, api.call(Method::Get, own + "/why").status);
    }

    void testWhyGivesASentenceForEachWait() {
        test::BackendFixture api;
        api.readers.runs = {{.id = RunId{1}}};
        api.engine.waits = {{.what = engine::Wait::For::Line, .step = "fetch", .sentence = "It is third in line."}};
        const auto reply = api.call(Method::Get, "/api/v1/runs/" + publicId(RunId{1}, {}) + "/why");
        for (const char* part : {R"("for":"line")", R"("step":"fetch")", "It is third in line."})
            CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, part));
    }

    void testRunShowsWhereItComesFrom() {
        test::BackendFixture api;
        api.readers.runs = {{.id = RunId{7},
                             .state = RunState::Running,
                             .attempt = 2,
                             .rerunOf = RunId{3},
                             .priority = 60,
                             .createdAt = api.clock.now(),
                             .ending = RunState::Failed,
                             .wakeAt = api.clock.now()},
                            {.id = RunId{3}, .parent = RunId{7}, .createdAt = api.clock.now() - 1h}};
        api.readers.collected = {{.id = EventId{8}}, {.id = EventId{9}}};
        api.readers.steps = {{.name = "a", .kind = "plugin", .memo = "\"kept\""},
                             {.name = "b", .kind = "foreach", .memo = "[1,2]", .givenInput = "{\"x\": 1.0}"}};
        const auto reply = api.call(Method::Get, "/api/v1/runs/" + publicId(RunId{7}, api.clock.now()));
        for (const std::string& part :
             {std::string(R"("attempt":2)"), std::string(R"("priority":60)"), std::string(R"("ending":"failed")"),
              "\"rerun_of\":\"" + publicId(RunId{3}, api.clock.now() - 1h) + "\"", std::string(R"("parent":null)"),
              "\"wake_at\":\"" + toRfc3339(api.clock.now()) + "\"", std::string(R"("note":"kept")"),
              std::string(R"("note":null)"), "\"children\":[{\"id\":\"" + publicId(RunId{3}, api.clock.now() - 1h),
              "\"event_ids\":[\"" + publicId(EventId{8}, {}) + "\",\"" + publicId(EventId{9}, {}) + "\"]",
              std::string(R"("given_input":{"x": 1.0})")})
            CPPUNIT_ASSERT_MESSAGE(part + " in " + reply.body, has(reply, part));
    }

    void testListIsFilteredByStatesAndTime() {
        test::BackendFixture api;
        api.readers.runs = {{.id = RunId{4}, .state = RunState::Failed, .createdAt = api.clock.now()},
                            {.id = RunId{3}, .state = RunState::Cancelled, .createdAt = api.clock.now() - 1h},
                            {.id = RunId{2}, .state = RunState::Completed, .createdAt = api.clock.now()},
                            {.id = RunId{1}, .state = RunState::Failed, .createdAt = api.clock.now() - 3h}};
        const auto reply = api.call(Method::Get, "/api/v1/runs?state=failed,cancelled&since=2h");
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, publicId(RunId{4}, api.readers.runs[0].createdAt)));
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, publicId(RunId{3}, api.readers.runs[1].createdAt)));
        CPPUNIT_ASSERT_MESSAGE(reply.body, !has(reply, "completed"));
        CPPUNIT_ASSERT_MESSAGE(reply.body, !has(reply, publicId(RunId{1}, api.readers.runs[3].createdAt)));
        for (const char* path : {"/api/v1/runs?state=failed,", "/api/v1/runs?since=soon", "/api/v1/runs?until=2"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, Status::BadRequest, api.call(Method::Get, path).status);
    }

    void testAnswersSayWhatFlowControlSkipped() {
        test::BackendFixture api;
        api.engine.skipped = {{"p", "rate_limit 10 per 1h is used up"}};
        const auto inngest = api.call(Method::Post, "/e/key", R"({"name":"a"})");
        const auto own = api.call(Method::Post, "/api/v1/events", R"({"name":"a"})");
        for (const auto& reply : {inngest, own})
            CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, R"("why":"rate_limit 10 per 1h is used up")"));
    }

    // inngest-protocol.md section 1.4
    void testInngestsEnvelope() {
        test::BackendFixture api;
        const auto reply = api.call(Method::Post, "/e/key", R"([{"name":"a"},{"name":"b"}])");
        CPPUNIT_ASSERT_EQUAL(Status::Ok, reply.status);
        CPPUNIT_ASSERT_EQUAL(
            "{\"ids\":[\"" + publicId(EventId{1}, {}) + "\",\"" + publicId(EventId{2}, {}) + "\"],\"status\":200}",
            reply.body);
        const auto bad = api.call(Method::Post, "/e/key", "{}");
        CPPUNIT_ASSERT_EQUAL(Status::BadRequest, bad.status);
        CPPUNIT_ASSERT_MESSAGE(bad.body, bad.body.starts_with(R"({"ids":[],"status":400,"error":")"));
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"ids":[],"status":200})"), api.call(Method::Post, "/e/key", "[]").body);
    }

    // hardening R17
    void testHealthTellsTheTruth() {
        test::BackendFixture api;
        CPPUNIT_ASSERT_EQUAL(Status::Ok, api.call(Method::Get, "/health").status);
        api.clock.advance(1min);
        CPPUNIT_ASSERT_EQUAL(Status::ServiceUnavailable, api.call(Method::Get, "/health").status);
        api.engine.statsAnswer.lastRound = api.clock.instant();
        CPPUNIT_ASSERT_EQUAL(Status::Ok, api.call(Method::Get, "/health").status);
        api.engine.statsAnswer.storeFailed = true;
        const auto reply = api.call(Method::Get, "/health/detailed");
        CPPUNIT_ASSERT_EQUAL(Status::ServiceUnavailable, reply.status);
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, R"("status":"unhealthy")"));
    }

    // hardening R17: a disk that hangs is nothing that a restart would help.
    void testReadinessIsNotLiveness() {
        test::BackendFixture api;
        api.engine.statsAnswer.lastCommit = api.clock.instant();
        api.clock.advance(1h);
        api.engine.statsAnswer.lastRound = api.clock.instant();
        CPPUNIT_ASSERT_EQUAL_MESSAGE("nothing waits", Status::Ok, api.call(Method::Get, "/ready").status);
        api.engine.statsAnswer.commitOpenSince = api.clock.instant() - 9s;
        CPPUNIT_ASSERT_EQUAL(Status::Ok, api.call(Method::Get, "/ready").status);
        api.engine.statsAnswer.commitOpenSince = api.clock.instant() - 10s;
        const auto reply = api.call(Method::Get, "/ready");
        CPPUNIT_ASSERT_EQUAL(Status::ServiceUnavailable, reply.status);
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, "The store has been at one commit for 10s."));
        CPPUNIT_ASSERT_EQUAL(Status::Ok, api.call(Method::Get, "/health").status);
        const auto detailed = api.call(Method::Get, "/health/detailed");
        CPPUNIT_ASSERT_EQUAL(Status::Ok, detailed.status);
        CPPUNIT_ASSERT_MESSAGE(detailed.body,
                               has(detailed, R"("status":"limited")") && has(detailed, R"("ready":false)"));
        api.engine.statsAnswer.commitOpenSince.reset();
        api.engine.statsAnswer.storeFull = true;
        CPPUNIT_ASSERT_EQUAL(Status::ServiceUnavailable, api.call(Method::Get, "/ready").status);
        CPPUNIT_ASSERT_EQUAL(Status::Ok, api.call(Method::Get, "/health").status);
    }

    void testHealthSaysWhyEventsAreRefused() {
        test::BackendFixture api;
        const auto well = api.call(Method::Get, "/health/detailed");
        CPPUNIT_ASSERT_MESSAGE(well.body, has(well, R"("admission":{"status":"healthy","details":{"open_events":0)"));
        api.loadStats.openEvents = 100'000;
        const auto limited = api.call(Method::Get, "/health/detailed");
        CPPUNIT_ASSERT_EQUAL(Status::Ok, limited.status);
        for (const char* part : {R"({"status":"limited")", R"("refuses":"events")", "100000 events wait for the disk",
                                 R"("setting":"admission.max_events")", R"("ready":true)"})
            CPPUNIT_ASSERT_MESSAGE(limited.body, has(limited, part));
    }

    // hardening R27: what brings work is refused under load, what ends it is not.
    void testRoutesThatBringWorkAreMarked() {
        test::BackendFixture api;
        api.usePipeline(
            "version: 1\nid: p\non: [{event: a}]\nhttp: [{route: POST /register, auth: none, emit: {event: a, data: "
            "\"${{ request.body }}\"}}]\nsteps: [{id: s, uses: v}]\n");
        std::vector<std::string> takesIn;
        for (const auto& route : api.routes->routes())
            if (route.duty == http::Duty::TakeIn) takesIn.push_back(route.pattern);
        std::sort(takesIn.begin(), takesIn.end());
        CPPUNIT_ASSERT(takesIn == (std::vector<std::string>{"/api/v1/events", "/e/{key}", "/register"}));
    }

    void testPluginsAndPipelines() {
        test::BackendFixture api;
        api.plugins = {{.name = "validator", .state = "broken", .problem = "no such file"}};
        api.usePipeline("version: 1\nid: p\non: [{event: a}]\nsteps: [{id: s, uses: validator}]\n");
        const auto plugins = api.call(Method::Get, "/api/v1/plugins/validator");
        CPPUNIT_ASSERT_MESSAGE(plugins.body, has(plugins, R"("problem":"no such file")"));
        const auto pipelines = api.call(Method::Get, "/api/v1/pipelines");
        CPPUNIT_ASSERT_MESSAGE(pipelines.body,
                               has(pipelines, R"("id":"p")") && has(pipelines, R"("plugin":"validator")"));
        api.readers.runs = {{.id = RunId{1}, .pipeline = "p", .state = RunState::Waiting},
                            {.id = RunId{2}, .pipeline = "p", .state = RunState::Failed}};
        const auto one = api.call(Method::Get, "/api/v1/pipelines/p");
        api.readers.tooManyToCount = true;
        const auto many = api.call(Method::Get, "/api/v1/pipelines/p");
        CPPUNIT_ASSERT_MESSAGE(many.body, has(many, R"("unfinished_runs":null)"));
        CPPUNIT_ASSERT_MESSAGE(one.body, has(one, R"("unfinished_runs":1)") && has(one, R"("test.yaml":"version: 1)"));
        const auto health = api.call(Method::Get, "/health/detailed");
        CPPUNIT_ASSERT_MESSAGE(health.body, has(health, R"("plugin:validator":{"status":"unhealthy")"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RoutesTest);
