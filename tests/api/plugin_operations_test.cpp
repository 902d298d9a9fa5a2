#include "api/plugin_operations.h"

#include <cppunit/extensions/HelperMacros.h>

#include "backend_fixture.h"

using namespace stepd;
using http::Method;
using http::Status;

class PluginOperationsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PluginOperationsTest);
    CPPUNIT_TEST(testReloadAnswersWithBothBuilds);
    CPPUNIT_TEST(testKeptIsAProblem);
    CPPUNIT_TEST(testRollBackNamesItsTarget);
    CPPUNIT_TEST(testUnknownPluginAndBadBodies);
    CPPUNIT_TEST(testStatusShowsBuilds);
    CPPUNIT_TEST_SUITE_END();

    /// One plugin, of which `change` is told whatever is asked.
    struct Fixture : test::BackendFixture {
        Fixture() {
            plugins = {{.name = "v", .state = "ready"}};
            backend.reloadPlugin = [this](const std::string& name, const api::PluginChanged& done) {
                asked.push_back("reload " + name);
                done(change);
            };
            backend.rollBackPlugin = [this](const std::string& name, const std::string& to,
                                            const api::PluginChanged& done) {
                asked.push_back("rollback " + name + " to '" + to + "'");
                done(change);
            };
        }
        api::PluginChange change{.plugin = "v",
                                 .status = "replaced",
                                 .before = {"0a", "1.0.0", "aa"},
                                 .after = {"0b", "2.0.0", "bb"},
                                 .problem = {}};
        std::vector<std::string> asked;
    };
    static void expect(const http::Response& reply, Status status, const std::string& part) {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, status, reply.status);
        CPPUNIT_ASSERT_MESSAGE(reply.body, reply.body.find(part) != std::string::npos);
    }

    void testReloadAnswersWithBothBuilds() {
        Fixture api;
        expect(api.call(Method::Post, "/api/v1/plugins/v/reload"), Status::Ok,
               R"({"plugin":"v","status":"replaced","before":{"build":"0a","version":"1.0.0","sha256":"aa"},)"
               R"("after":{"build":"0b","version":"2.0.0","sha256":"bb"},"problem":null})");
        CPPUNIT_ASSERT_EQUAL(std::string("reload v"), api.asked.at(0));
    }

    void testKeptIsAProblem() {
        Fixture api;
        api.change.status = "kept";
        api.change.problem = "it has no head";
        const auto reply = api.call(Method::Post, "/api/v1/plugins/v/reload");
        expect(reply, Status::UnprocessableContent, R"("detail":"it has no head")");
        expect(reply, Status::UnprocessableContent, R"("change":{"plugin":"v","status":"kept")");
    }

    void testRollBackNamesItsTarget() {
        Fixture api;
        api.call(Method::Post, "/api/v1/plugins/v/rollback");
        api.call(Method::Post, "/api/v1/plugins/v/rollback", R"({"to":"1.0.0"})");
        CPPUNIT_ASSERT_EQUAL(std::string("rollback v to ''"), api.asked.at(0));
        CPPUNIT_ASSERT_EQUAL(std::string("rollback v to '1.0.0'"), api.asked.at(1));
    }

    void testUnknownPluginAndBadBodies() {
        Fixture api;
        for (const char* verb : {"reload", "rollback"}) {
            const std::string path = "/api/v1/plugins/";
            expect(api.call(Method::Post, path + "nobody/" + verb), Status::NotFound, "no plugin with this name");
            expect(api.call(Method::Post, path + "v/" + verb, R"({"what":1})"), Status::BadRequest, "what");
        }
        expect(api.call(Method::Post, "/api/v1/plugins/v/rollback", R"({"to":1})"), Status::BadRequest, "to");
        CPPUNIT_ASSERT(api.asked.empty());
    }

    void testStatusShowsBuilds() {
        Fixture api;
        api.plugins[0].build = {"0b", "2.0.0", "bb"};
        api.plugins[0].notUsed = "its file has build 0c, which was rolled back";
        api.plugins[0].generations = {{.number = 3, .role = "current", .build = {"0b", "2.0.0", "bb"}, .running = 7}};
        const auto reply = api.call(Method::Get, "/api/v1/plugins/v");
        for (const char* part : {R"("build":{"build":"0b","version":"2.0.0","sha256":"bb"})", R"("previous":null)",
                                 R"("not_used":"its file has build 0c)",
                                 R"("generations":[{"number":3,"role":"current")", R"("running":7,"queued":0)"})
            expect(reply, Status::Ok, part);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PluginOperationsTest);
