#include "api/run_operations.h"

#include <cppunit/extensions/HelperMacros.h>

#include "backend_fixture.h"

using namespace stepd;
using http::Method;
using http::Status;

class RunOperationsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RunOperationsTest);
    CPPUNIT_TEST(testRerunFromAStep);
    CPPUNIT_TEST(testRerunIsRefused);
    CPPUNIT_TEST(testReleaseOfARunInQuarantineDoesItAgain);
    CPPUNIT_TEST(testRelease);
    CPPUNIT_TEST(testPauseAndResume);
    CPPUNIT_TEST(testBulkDryRunOnlyCounts);
    CPPUNIT_TEST(testBulkGoesOnAtTheCursor);
    CPPUNIT_TEST(testBulkTellsWhatWasRefused);
    CPPUNIT_TEST(testBulkNeedsAFilterThatFits);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* kPipeline =
        "version: 1\nid: p\non: [{event: e}]\nsteps: [{id: a, uses: x}, {id: b, uses: x}]\n";

    static bool has(const http::Response& response, const std::string& text) {
        return response.body.find(text) != std::string::npos;
    }
    static std::string path(std::int64_t run, const std::string& verb) {
        return "/api/v1/runs/" + publicId(RunId{run}, {}) + "/" + verb;
    }
    /// Runs 5 to 1, all failed, of one event.
    static void fill(test::BackendFixture& api) {
        api.usePipeline(kPipeline);
        api.readers.events = {{.id = EventId{1}, .name = "e"}};
        for (std::int64_t i = 5; i > 0; --i)
            api.readers.runs.push_back(
                {.id = RunId{i}, .event = EventId{1}, .pipeline = "p", .state = RunState::Failed});
    }

    void testRerunFromAStep() {
        test::BackendFixture api;
        fill(api);
        api.readers.steps = {{.name = "a", .state = StepState::Completed, .output = "1"},
                             {.number = 1, .name = "b", .state = StepState::Failed}};
        const auto reply = api.call(Method::Post, path(5, "rerun"), R"({"from":"b","input":{"n": 1.0}})");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, Status::Accepted, reply.status);
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, "\"run_id\":\"" + publicId(RunId{105}, {}) + "\""));
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, R"("kept":["a"])"));
        const auto& rerun = api.engine.reruns.at(0);
        CPPUNIT_ASSERT_EQUAL(std::string("a"), rerun.kept.at(0).name);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"n": 1.0})"), rerun.input->json);
        CPPUNIT_ASSERT_EQUAL(std::string("e"), rerun.event.name);
    }

    void testReleaseOfARunInQuarantineDoesItAgain() {
        test::BackendFixture api;
        fill(api);
        for (auto& run : api.readers.runs) run.state = RunState::Quarantined;
        api.readers.steps = {{.name = "a", .state = StepState::Completed, .output = "1"},
                             {.number = 1, .name = "b", .state = StepState::Failed, .crashes = 3}};
        const auto reply = api.call(Method::Post, path(5, "release"));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, Status::Accepted, reply.status);
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, "\"run_id\":\"" + publicId(RunId{105}, {}) + "\""));
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, R"("kept":["a"])"));
        CPPUNIT_ASSERT(RunId{5} == api.engine.reruns.at(0).of.id);
    }

    void testRerunIsRefused() {
        test::BackendFixture api;
        fill(api);
        CPPUNIT_ASSERT_EQUAL(Status::UnprocessableContent,
                             api.call(Method::Post, path(5, "rerun"), R"({"from":"x"})").status);
        CPPUNIT_ASSERT_EQUAL(Status::BadRequest, api.call(Method::Post, path(5, "rerun"), R"({"form":"a"})").status);
        api.engine.rerunAnswer = {.status = engine::RerunStatus::Refused, .message = "said the engine"};
        const auto reply = api.call(Method::Post, path(5, "rerun"));
        CPPUNIT_ASSERT_EQUAL(Status::Conflict, reply.status);
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, "said the engine"));
        api.readers.runs[0].state = RunState::Running;
        CPPUNIT_ASSERT_EQUAL(Status::Conflict, api.call(Method::Post, path(5, "rerun")).status);
        api.readers.events.clear();
        CPPUNIT_ASSERT_EQUAL(Status::Gone, api.call(Method::Post, path(4, "rerun")).status);
        api.pipelines.clear();
        CPPUNIT_ASSERT_EQUAL(Status::Conflict, api.call(Method::Post, path(4, "rerun")).status);
        CPPUNIT_ASSERT_EQUAL(Status::NotFound, api.call(Method::Post, path(9, "rerun")).status);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), api.engine.reruns.size());
    }

    void testRelease() {
        test::BackendFixture api;
        fill(api);
        CPPUNIT_ASSERT_EQUAL(Status::Ok, api.call(Method::Post, path(5, "release")).status);
        api.engine.releaseAnswer = engine::ReleaseStatus::NotHeld;
        CPPUNIT_ASSERT_EQUAL(Status::Conflict, api.call(Method::Post, path(5, "release")).status);
        CPPUNIT_ASSERT_EQUAL(Status::NotFound, api.call(Method::Post, path(9, "release")).status);
    }

    void testPauseAndResume() {
        test::BackendFixture api;
        api.usePipeline(kPipeline);
        CPPUNIT_ASSERT_EQUAL(Status::Ok, api.call(Method::Post, "/api/v1/pipelines/p/pause").status);
        CPPUNIT_ASSERT_EQUAL(Status::Ok, api.call(Method::Post, "/api/v1/pipelines/p/resume").status);
        CPPUNIT_ASSERT_EQUAL(Status::NotFound, api.call(Method::Post, "/api/v1/pipelines/q/pause").status);
        CPPUNIT_ASSERT(api.engine.pauses.at(0) == std::pair(std::string("p"), true));
        CPPUNIT_ASSERT(api.engine.pauses.at(1) == std::pair(std::string("p"), false));
    }

    void testBulkDryRunOnlyCounts() {
        test::BackendFixture api;
        fill(api);
        const auto reply = api.call(Method::Post, "/api/v1/runs/rerun", R"({"pipeline":"p","dry_run":true})");
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"dry_run":true,"matched":5})"), reply.body);
        CPPUNIT_ASSERT(api.engine.reruns.empty());
    }

    void testBulkGoesOnAtTheCursor() {
        test::BackendFixture api;
        fill(api);
        api.readers.runs[1].state = RunState::Completed;  // run 4
        auto reply = api.call(Method::Post, "/api/v1/runs/rerun", R"({"pipeline":"p","limit":2})");
        const std::string next = publicId(RunId{3}, {});
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, R"("done":2)") && has(reply, "\"next\":\"" + next + "\""));
        reply = api.call(Method::Post, "/api/v1/runs/rerun", R"({"pipeline":"p","limit":2,"cursor":")" + next + "\"}");
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, R"("done":2)") && has(reply, R"("more":false,"next":null)"));
        std::string done;
        for (const auto& rerun : api.engine.reruns) done += std::to_string(rerun.of.id.value) + " ";
        CPPUNIT_ASSERT_EQUAL(std::string("5 3 2 1 "), done);
    }

    void testBulkTellsWhatWasRefused() {
        test::BackendFixture api;
        fill(api);
        for (auto& run : api.readers.runs) run.state = RunState::Waiting;
        api.engine.cancelAnswer = engine::CancelStatus::Finished;
        const auto reply = api.call(Method::Post, "/api/v1/runs/cancel", R"({"state":"queued,waiting"})");
        CPPUNIT_ASSERT_EQUAL(Status::Ok, reply.status);
        CPPUNIT_ASSERT_MESSAGE(reply.body,
                               has(reply, R"("done":0,"refused":5)") && has(reply, "ended in the meantime"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(5), api.engine.cancelledRuns.size());
    }

    void testBulkNeedsAFilterThatFits() {
        test::BackendFixture api;
        fill(api);
        const std::pair<const char*, const char*> rows[] = {{"cancel", "{}"},
                                                            {"cancel", R"({"state":"failed"})"},
                                                            {"rerun", R"({"state":"running"})"},
                                                            {"rerun", R"({"pipeline":"p","limit":501})"},
                                                            {"rerun", R"({"pipeline":"p","cursor":"x"})"},
                                                            {"rerun", R"({"pipeline":7})"},
                                                            {"rerun", R"({"pipe":"p"})"}};
        for (const auto& [verb, body] : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, Status::BadRequest,
                                         api.call(Method::Post, std::string("/api/v1/runs/") + verb, body).status);
        CPPUNIT_ASSERT(api.engine.reruns.empty() && api.engine.cancelledRuns.empty());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RunOperationsTest);
