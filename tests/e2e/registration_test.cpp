#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "e2e_setup.h"
#include "support/loopback_server.h"

using namespace stepd;
using namespace stepd::test;
namespace fs = std::filesystem;

namespace {

/// The shipped pipeline with the shipped plugins; the company's site is a server on loopback.
class Application {
public:
    Application()
        : site([](const std::string& head) {
              if (head.starts_with("GET /robots.txt")) return LoopbackServer::answer(404, "", "");
              if (head.starts_with("GET / ") || head.starts_with("GET /about "))
                  return LoopbackServer::answer(
                      200, "Content-Type: text/html\r\n",
                      "<html><head><title>Acme Valves</title></head><body><nav><a href='/about'>About</a></nav>"
                      "<main><h1>Valves</h1><p>We make valves, since 1921, for water and for steam, in "
                      "Hamburg and in Leeds, with three hundred people and two foundries.</p></main></body></html>");
              return LoopbackServer::answer(404, "", "");
          }),
          daemon(directory) {
        fs::copy(STEPD_SHIPPED_CONFIG "/pipelines", directory.path() + "/pipelines", fs::copy_options::recursive);
        directory.write(
            "stepd.yaml",
            "http: {listen: \"127.0.0.1:0\"}\nlog: {format: json}\nplugin_directory: " STEPD_PLUGINS
            "\n"
            "plugins:\n  validator: {library: validator.so}\n  linkedin_collector: {library: linkedin_collector.so}\n"
            "  website_analyzer:\n    library: website_analyzer.so\n    grant: {net: [www.acme-valves.com]}\n    "
            "options: {contact_url: "
            "\"https://example.org/bot\", per_host_delay_ms: 1}\n"
            "  result_saver: {library: result_saver.so, options: {output_dir: outputs}, grant: {write: [outputs]}}\n"
            "retry_policies: {quick: {attempts: 2, initial: 50ms}, external-api: {attempts: 2, initial: 50ms}}\n"
            "outbound:\n  per_host_min_interval: 1ms\n  resolve_overrides: {www.acme-valves.com: \"" +
                site.address() + "\"}\n");
        daemon.start();
    }

    HttpReply post(const std::string& body, const std::vector<std::string>& headers = {}) const {
        return daemon.request("POST", "/register", body, headers);
    }

    Json resultOf(const Json& run) const {
        const fs::path file =
            fs::path(directory.path()) / "var" / run.at("output").at("output_file").get<std::string>();
        std::ifstream in(file);
        CPPUNIT_ASSERT_MESSAGE("no file " + file.string() + " for " + run.dump(2), in.good());
        CPPUNIT_ASSERT_MESSAGE(file.string(),
                               std::regex_match(file.filename().string(),
                                                std::regex("analysis_[A-Za-z0-9._-]+_[0-9]{8}_[0-9]{6}\\.json")));
        return Json::parse(in);
    }

    TemporaryDirectory directory;
    LoopbackServer site;
    DaemonProcess daemon;
};

}  // namespace

class RegistrationTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RegistrationTest);
    CPPUNIT_TEST(testThreeKindsOfRegistration);
    CPPUNIT_TEST(testBadInputGetsSentences);
    CPPUNIT_TEST(testSameRequestIdYieldsTheFirstRun);
    CPPUNIT_TEST_SUITE_END();

    static std::string runOf(const HttpReply& reply) {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 202L, reply.status);
        const Json json = reply.json();
        for (const char* key : {"request_id", "event_id", "run_ids", "status", "message"})
            CPPUNIT_ASSERT_MESSAGE(key, json.contains(key));
        CPPUNIT_ASSERT_EQUAL(std::string("queued"), json.at("status").get<std::string>());
        return json.at("run_ids").at(0);
    }

    void testThreeKindsOfRegistration() {
        Application app;
        const auto website =
            runOf(app.post(R"({"first_name":"Ada","last_name":"V","company_website":"http://www.acme-valves.com"})"));
        const auto linkedin =
            runOf(app.post(R"({"first_name":"Ada","last_name":"V","linkedin":"https://www.linkedin.com/in/ada-v"})"));
        const auto both = runOf(app.post(
            R"({"first_name":"José","last_name":"O'C","company_website":"http://www.acme-valves.com","linkedin":"linkedin.com/in/ada-v"})"));
        const Json first = app.resultOf(app.daemon.waitForEnd(website));
        for (const char* key :
             {"request_id", "timestamp", "input_data", "linkedin_analysis", "website_analysis", "_meta"})
            CPPUNIT_ASSERT_MESSAGE(key, first.contains(key));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(first.dump(2), std::string("success"),
                                     first.at("website_analysis").at("status").get<std::string>());
        CPPUNIT_ASSERT(first.at("website_analysis").at("scraped_content").size() >= 1);
        CPPUNIT_ASSERT_EQUAL(std::string("skipped"), first.at("linkedin_analysis").at("status").get<std::string>());
        const Json second = app.resultOf(app.daemon.waitForEnd(linkedin));
        CPPUNIT_ASSERT(second.at("website_analysis").is_null());
        CPPUNIT_ASSERT_EQUAL(std::string("no_provider_configured"),
                             second.at("linkedin_analysis").at("reason").get<std::string>());
        const Json third = app.resultOf(app.daemon.waitForEnd(both));
        CPPUNIT_ASSERT_EQUAL(std::string("José"), third.at("input_data").at("first_name").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("success"), third.at("website_analysis").at("status").get<std::string>());
    }

    void testBadInputGetsSentences() {
        Application app;
        const struct {
            const char* body;
            long status;
            const char* says;
        } rows[] = {{"{\"first_name\":", 400, "not valid JSON"},
                    {"{}", 422, "first_name"},
                    {R"({"first_name":"A"})", 422, "last_name"},
                    {R"({"first_name":"A","last_name":7})", 422, "/last_name"}};
        for (const auto& row : rows) {
            const auto reply = app.post(row.body);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, row.status, reply.status);
            CPPUNIT_ASSERT_MESSAGE(reply.body, reply.body.find(row.says) != std::string::npos);
            CPPUNIT_ASSERT_MESSAGE(reply.headers, reply.headers.find("application/problem+json") != std::string::npos);
        }
        const auto twoUrls =
            app.post(R"({"first_name":"A","last_name":"B","company_website":"not a url","linkedin":"ht!tp://x y"})");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(twoUrls.body, 422L, twoUrls.status);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(twoUrls.body, std::size_t(2), twoUrls.json().at("errors").size());
        CPPUNIT_ASSERT_EQUAL(413L, app.post("{\"first_name\":\"" + std::string(20'000, 'x') + "\"}").status);
        CPPUNIT_ASSERT_EQUAL(405L, app.daemon.request("GET", "/register").status);
        CPPUNIT_ASSERT_EQUAL(200L, app.daemon.request("GET", "/health").status);
    }

    void testSameRequestIdYieldsTheFirstRun() {
        Application app;
        const std::string body =
            R"({"first_name":"Ada","last_name":"V","linkedin":"https://www.linkedin.com/in/ada-v"})";
        const auto first = app.post(body, {"Idempotency-Key: form-7"});
        app.daemon.waitForEnd(runOf(first));
        const auto second = app.post(body, {"Idempotency-Key: form-7"});
        CPPUNIT_ASSERT_EQUAL(runOf(first), runOf(second));
        CPPUNIT_ASSERT_EQUAL(std::string("form-7"), second.json().at("request_id").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), app.daemon.getJson("/api/v1/runs").at("runs").size());
        // The same request_id in an event of its own: the pipeline's idempotency key holds as well.
        const auto sent = app.daemon.request(
            "POST", "/api/v1/events",
            R"({"name":"registration.received","data":{"request_id":"form-7","registration_data":)" + body + "}}",
            {"Authorization: Bearer " + app.daemon.operatorKey()});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(sent.body, runOf(first),
                                     sent.json().at("events").at(0).at("run_ids").at(0).get<std::string>());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RegistrationTest);
