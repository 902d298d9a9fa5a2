#include "api/reload.h"

#include <cppunit/extensions/HelperMacros.h>

#include "backend_fixture.h"

using namespace stepd;
using api::PipelineChange;
using http::Method;
using http::Status;

class ReloadTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReloadTest);
    CPPUNIT_TEST(testAnswerNamesEachPipeline);
    CPPUNIT_TEST(testFindingsAreAProblem);
    CPPUNIT_TEST(testDryRunShowsTheSources);
    CPPUNIT_TEST(testBadBodies);
    CPPUNIT_TEST_SUITE_END();

    static bool has(const http::Response& response, const std::string& text) {
        return response.body.find(text) != std::string::npos;
    }
    static pipeline::PipelinePtr pipeline(const std::string& hash) {
        auto made = std::make_shared<pipeline::Pipeline>();
        made->id = "p";
        made->hash = hash;
        made->source = R"({"p.yaml":"text of )" + hash + "\"}";
        return made;
    }

    void testAnswerNamesEachPipeline() {
        test::BackendFixture api;
        api.reloadAnswer.changes = {{PipelineChange::Kind::Changed, pipeline("old"), pipeline("new")}};
        auto reply = api.call(Method::Post, "/api/v1/reload");
        CPPUNIT_ASSERT_EQUAL(Status::Ok, reply.status);
        for (const char* part : {R"("status":"reloaded")", R"("id":"p","change":"changed","revision":"new")",
                                 R"("before":"old")", "plugins and secrets are read again"})
            CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, part));
        CPPUNIT_ASSERT_MESSAGE(reply.body, !has(reply, "text of"));
        api.reloadAnswer.changes = {{PipelineChange::Kind::Unchanged, pipeline("old"), pipeline("old")}};
        reply = api.call(Method::Post, "/api/v1/reload");
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, R"("status":"unchanged")"));
    }

    void testFindingsAreAProblem() {
        test::BackendFixture api;
        api.reloadAnswer.findings = {
            {.file = "p.yaml", .line = 7, .column = 3, .message = "no such plugin", .hint = "did you mean a?"}};
        const auto reply = api.call(Method::Post, "/api/v1/reload");
        CPPUNIT_ASSERT_EQUAL(Status::UnprocessableContent, reply.status);
        for (const char* part : {R"("file":"p.yaml","line":7,"column":3)", R"("message":"no such plugin")",
                                 R"("hint":"did you mean a?")", "nothing has changed"})
            CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, part));
    }

    void testDryRunShowsTheSources() {
        test::BackendFixture api;
        api.reloadAnswer.changes = {{PipelineChange::Kind::Added, nullptr, pipeline("new")},
                                    {PipelineChange::Kind::Removed, pipeline("old"), nullptr}};
        const auto reply = api.call(Method::Post, "/api/v1/reload", R"({"dry_run":true})");
        CPPUNIT_ASSERT(api.reloads == std::vector{api::ReloadMode::DryRun});
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, R"("source":{"p.yaml":"text of new"})"));
        CPPUNIT_ASSERT_MESSAGE(reply.body, has(reply, R"("change":"removed","revision":null,"before":"old")"));
    }

    void testBadBodies() {
        test::BackendFixture api;
        for (const char* body : {"[]", "{", R"({"dry_run":1})", R"({"dryrun":true})"})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(body, Status::BadRequest,
                                         api.call(Method::Post, "/api/v1/reload", body).status);
        CPPUNIT_ASSERT(api.reloads.empty());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ReloadTest);
