#include "api/declared_routes.h"

#include <cppunit/extensions/HelperMacros.h>

#include "backend_fixture.h"

using namespace stepd;
using http::Method;
using http::Status;

namespace {

constexpr const char* kPipeline = R"(version: 1
id: orders
on: [{event: order.received}]
http:
  - route: POST /orders
    auth: none
    schema: schema.json
    emit:
      event: order.received
      id: ${{ request.id }}
      data: {order: "${{ request.body }}", from: "${{ request.remote }}"}
    respond: RESPOND
steps:
  - {id: a, uses: anything}
)";
constexpr const char* kSchema =
    R"({"type":"object","required":["name"],"properties":{"name":{"type":"string"},"count":{"type":"integer"}}})";

std::string pipelineWith(const std::string& respond) {
    std::string yaml = kPipeline;
    return yaml.replace(yaml.find("RESPOND"), 7, respond);
}

}  // namespace

class DeclaredRoutesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DeclaredRoutesTest);
    CPPUNIT_TEST(testAcceptedAfterTheCommit);
    CPPUNIT_TEST(testIdempotencyKeyIsTheEventsId);
    CPPUNIT_TEST(testEachFieldErrorIsListed);
    CPPUNIT_TEST(testRubbishIsRefused);
    CPPUNIT_TEST(testOverloadIsSaidWithRetryAfter);
    CPPUNIT_TEST(testWaitAnswersWithTheResult);
    CPPUNIT_TEST(testWaitGivesUpWithTheIds);
    CPPUNIT_TEST_SUITE_END();

    static bool has(const http::Response& response, const std::string& text) {
        return response.body.find(text) != std::string::npos;
    }

    void testAcceptedAfterTheCommit() {
        test::BackendFixture api;
        api.usePipeline(pipelineWith("{mode: accepted}"), kSchema);
        const auto reply = api.call(Method::Post, "/orders", R"({"name": "x", "price": 1.0})");
        CPPUNIT_ASSERT_EQUAL(Status::Accepted, reply.status);
        for (const char* part :
             {R"("request_id":"req-1")", R"("event_id":")", R"("run_ids":[")", R"("status":"queued")"})
            CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, part));
        const auto& event = api.engine.events.at(0);
        CPPUNIT_ASSERT_EQUAL(std::string("order.received"), event.name);
        CPPUNIT_ASSERT_EQUAL(std::string("req-1"), event.externalId);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"order":{"name": "x", "price": 1.0},"from":"192.0.2.1"})"), event.data);
    }

    void testIdempotencyKeyIsTheEventsId() {
        test::BackendFixture api;
        api.usePipeline(pipelineWith("{mode: accepted}"), kSchema);
        const auto reply = api.call(Method::Post, "/orders", R"({"name":"x"})", {{"Idempotency-Key", "order-7"}});
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, R"("request_id":"order-7")"));
        CPPUNIT_ASSERT_EQUAL(std::string("order-7"), api.engine.events.at(0).externalId);
        const auto refused = api.call(Method::Post, "/orders", R"({"name":"x"})", {{"Idempotency-Key", "a b"}});
        CPPUNIT_ASSERT_EQUAL(Status::BadRequest, refused.status);
    }

    void testEachFieldErrorIsListed() {
        test::BackendFixture api;
        api.usePipeline(pipelineWith("{mode: accepted}"), kSchema);
        const auto reply = api.call(Method::Post, "/orders", R"({"name":7,"count":"many"})");
        CPPUNIT_ASSERT_EQUAL(Status::UnprocessableContent, reply.status);
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, "\"/name\"") && has(reply, "\"/count\""));
        CPPUNIT_ASSERT(api.engine.events.empty());
    }

    void testRubbishIsRefused() {
        test::BackendFixture api;
        api.usePipeline(pipelineWith("{mode: accepted}"), kSchema);
        for (const char* body : {"", "{", "{\"name\":\"\xFF\"}", "[[[[[[[[[["})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, Status::BadRequest, api.call(Method::Post, "/orders", body).status);
    }

    void testOverloadIsSaidWithRetryAfter() {
        test::BackendFixture api;
        api.usePipeline(pipelineWith("{mode: accepted}"), kSchema);
        const std::pair<engine::SubmitStatus, Status> rows[] = {
            {engine::SubmitStatus::Overloaded, Status::ServiceUnavailable},
            {engine::SubmitStatus::Stopping, Status::ServiceUnavailable},
            {engine::SubmitStatus::StoreFull, Status::InsufficientStorage}};
        for (const auto& [answer, status] : rows) {
            api.engine.submitAnswer = answer;
            const auto reply = api.call(Method::Post, "/orders", R"({"name":"x"})");
            CPPUNIT_ASSERT_EQUAL(status, reply.status);
            CPPUNIT_ASSERT(reply.headers.find("Retry-After").has_value());
        }
    }

    void testWaitAnswersWithTheResult() {
        test::BackendFixture api;
        api.usePipeline(pipelineWith("{mode: wait, timeout: 20s}"), kSchema);
        auto reply = api.begin(Method::Post, "/orders", R"({"name":"x"})");
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), api.engine.waiting.size());
        Run run{.id = RunId{1}, .pipeline = "orders", .state = RunState::Completed, .output = R"({"n": 1.0})"};
        api.engine.waiting[0].second(&run);
        const auto answer = reply.get();
        CPPUNIT_ASSERT_EQUAL(Status::Ok, answer.status);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"n": 1.0})"), answer.body);

        reply = api.begin(Method::Post, "/orders", R"({"name":"x"})");
        run = {.id = RunId{2}, .pipeline = "orders", .state = RunState::Failed, .error = R"({"code":"c"})"};
        api.engine.waiting[1].second(&run);
        const auto failed = reply.get();
        CPPUNIT_ASSERT_EQUAL(Status::InternalServerError, failed.status);
        CPPUNIT_ASSERT_MESSAGE(failed.body, has(failed, R"({"code":"c"})"));
    }

    void testWaitGivesUpWithTheIds() {
        test::BackendFixture api;
        api.usePipeline(pipelineWith("{mode: wait, timeout: 20s}"), kSchema);
        auto reply = api.begin(Method::Post, "/orders", R"({"name":"x"})");
        api.pendingRuns.stop();
        const auto answer = reply.get();
        CPPUNIT_ASSERT_EQUAL(Status::Accepted, answer.status);
        CPPUNIT_ASSERT_MESSAGE(answer.body, has(answer, R"("run_ids":[")"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DeclaredRoutesTest);
