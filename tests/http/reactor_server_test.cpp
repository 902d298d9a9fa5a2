#include "http/reactor_server.h"

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"
#include "http/grammar_cases.h"
#include "http/server_fixture.h"

using namespace stepd;
using namespace stepd::http;
using test::ask;
using test::get;
using test::post;
using test::Reply;
using test::ServerFixture;
using test::TestClient;

class ReactorServerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ReactorServerTest);
    CPPUNIT_TEST(testAnswersARequest);
    CPPUNIT_TEST(testKeepsConnectionsAsAsked);
    CPPUNIT_TEST(testHttp10);
    CPPUNIT_TEST(testRefusedBytesNeverRun);
    CPPUNIT_TEST(testHeadIsGetWithoutBody);
    CPPUNIT_TEST(testUnknownPathsAndMethods);
    CPPUNIT_TEST(testBodyLimitIsTheRoutes);
    CPPUNIT_TEST(testLargeBodiesBothWays);
    CPPUNIT_TEST(testExpectContinue);
    CPPUNIT_TEST(testRequestIds);
    CPPUNIT_TEST(testAuthorizerDecidesBeforeTheBody);
    CPPUNIT_TEST(testWithoutAuthorizerOnlyOpenRoutes);
    CPPUNIT_TEST(testAdmissionSheds);
    CPPUNIT_TEST(testRefusedRequestWithItsBodyKeepsTheConnection);
    CPPUNIT_TEST(testRoutesAreSwapped);
    CPPUNIT_TEST(testPortInUse);
    CPPUNIT_TEST(testListensOnIpv6);
    CPPUNIT_TEST_SUITE_END();

    void testAnswersARequest() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        const Reply reply = ask(client, post("/echo", R"({"a":1})"));
        CPPUNIT_ASSERT_EQUAL(200, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"a":1})"), reply.body);
        CPPUNIT_ASSERT_EQUAL(std::string("Fri, 02 Jan 2026 03:00:00 GMT"), reply.field("Date"));
        CPPUNIT_ASSERT_EQUAL(std::string("stepd"), reply.field("Server"));
        CPPUNIT_ASSERT_EQUAL(std::string("a b"), ask(client, get("/items/a%20b?x=1")).body);
        const ServerMetrics& metrics = fixture.server.metrics();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, metrics.accepted.load());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, metrics.requests.load());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, metrics.responses.load());
        CPPUNIT_ASSERT(metrics.bytesIn > 100 && metrics.bytesOut > 100);
    }

    void testKeepsConnectionsAsAsked() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        for (int i = 0; i < 3; ++i)
            CPPUNIT_ASSERT_EQUAL(std::string("keep-alive"), ask(client, get("/hello")).field("Connection"));
        CPPUNIT_ASSERT_EQUAL(std::string("close"),
                             ask(client, get("/hello", "Connection: close\r\n")).field("Connection"));
        CPPUNIT_ASSERT(client.ended());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, fixture.server.metrics().accepted.load());
    }

    void testHttp10() {
        ServerFixture fixture;
        TestClient closing = fixture.client();
        CPPUNIT_ASSERT_EQUAL(200, ask(closing, "GET /hello HTTP/1.0\r\nHost: a\r\n\r\n").status);
        CPPUNIT_ASSERT(closing.ended());
        TestClient keeping = fixture.client();
        const std::string request = "GET /hello HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
        CPPUNIT_ASSERT_EQUAL(std::string("keep-alive"), ask(keeping, request).field("Connection"));
        CPPUNIT_ASSERT_EQUAL(200, ask(keeping, request).status);
    }

    // R25: each refusal has its status, the connection ends, and what follows is never a second request.
    void testRefusedBytesNeverRun() {
        ServerFixture fixture;
        for (const auto& row : test::grammarCases()) {
            const int before = fixture.handled;
            TestClient client = fixture.client();
            client.trySend(row.bytes + get("/hello", "X-Smuggled: yes\r\nConnection: close\r\n"));
            const auto reply = client.read();
            CPPUNIT_ASSERT_MESSAGE(row.name, reply.has_value());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, row.status, reply->status);
            // Behind a good request that keeps the connection the same bytes are a request of their own.
            const bool goesOn = row.status == 200 && reply->field("Connection") == "keep-alive";
            if (goesOn)
                CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, 200, client.read()->status);
            else
                CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, std::string("close"), reply->field("Connection"));
            CPPUNIT_ASSERT_MESSAGE(row.name, client.ended());
            const int ran = (row.status == 200 ? 1 : 0) + (goesOn ? 1 : 0);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, before + ran, fixture.handled.load());
        }
        CPPUNIT_ASSERT(fixture.server.metrics().refusedFor(Refusal::Grammar) > 80);
    }

    void testHeadIsGetWithoutBody() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        const Reply reply = ask(client, "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n", false);
        CPPUNIT_ASSERT_EQUAL(200, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("5"), reply.field("Content-Length"));
        CPPUNIT_ASSERT_EQUAL(404, ask(client, "HEAD /nope HTTP/1.1\r\nHost: a\r\n\r\n", false).status);
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), ask(client, get("/hello")).body);  // nothing stood in between
    }

    void testUnknownPathsAndMethods() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        const Reply missing = ask(client, get("/nope"));
        CPPUNIT_ASSERT_EQUAL(404, missing.status);
        CPPUNIT_ASSERT_EQUAL(std::string("application/problem+json"), missing.field("Content-Type"));
        const Reply wrong = ask(client, "DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n");
        CPPUNIT_ASSERT_EQUAL(405, wrong.status);
        CPPUNIT_ASSERT_EQUAL(std::string("GET, HEAD, OPTIONS"), wrong.field("Allow"));
        const Reply options = ask(client, "OPTIONS /echo HTTP/1.1\r\nHost: a\r\n\r\n");
        CPPUNIT_ASSERT_EQUAL(204, options.status);
        CPPUNIT_ASSERT_EQUAL(std::string("POST, OPTIONS"), options.field("Allow"));
        CPPUNIT_ASSERT_EQUAL(204, ask(client, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").status);
        CPPUNIT_ASSERT_EQUAL(404, ask(client, "OPTIONS /nope HTTP/1.1\r\nHost: a\r\n\r\n").status);
        CPPUNIT_ASSERT_EQUAL(0, fixture.handled.load());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, fixture.server.metrics().refusedFor(Refusal::NotFound));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, fixture.server.metrics().refusedFor(Refusal::NotAllowed));
    }

    void testBodyLimitIsTheRoutes() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        CPPUNIT_ASSERT_EQUAL(200, ask(client, post("/small", std::string(16, 'x'))).status);
        CPPUNIT_ASSERT_EQUAL(200, ask(client, post("/echo", std::string(17, 'x'))).status);
        // Refused by the header alone: the body never comes.
        CPPUNIT_ASSERT_EQUAL(413, ask(client, "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 17\r\n\r\n").status);
        CPPUNIT_ASSERT(client.ended());
        TestClient large = fixture.client();
        large.trySend(post("/small", std::string(4'000'000, 'x')));  // and when it comes all the same, the 413 is read
        CPPUNIT_ASSERT_EQUAL(413, large.read()->status);
    }

    void testLargeBodiesBothWays() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        std::string body(1024 * 1024, 'x');
        for (std::size_t i = 0; i < body.size(); i += 101) body[i] = static_cast<char>('a' + i % 26);
        CPPUNIT_ASSERT(ask(client, post("/echo", body)).body == body);
        std::string chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (std::size_t at = 0; at < body.size(); at += 4096) chunked += "1000\r\n" + body.substr(at, 4096) + "\r\n";
        CPPUNIT_ASSERT(ask(client, chunked + "0\r\n\r\n").body == body);
        CPPUNIT_ASSERT_EQUAL(test::kBigBody, ask(client, get("/big")).body.size());
    }

    void testExpectContinue() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
        CPPUNIT_ASSERT_EQUAL(100, ask(client, head).status);
        CPPUNIT_ASSERT_EQUAL(std::string("hi"), ask(client, "hi").body);
        // The body is here already, or there is none, or the answer is a refusal: no 100.
        CPPUNIT_ASSERT_EQUAL(200, ask(client, head + "hi").status);
        CPPUNIT_ASSERT_EQUAL(200, ask(client, post("/echo", "", "Expect: 100-continue\r\n")).status);
        CPPUNIT_ASSERT_EQUAL(
            413, ask(client, "POST /small HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99\r\n\r\n")
                     .status);
    }

    void testRequestIds() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        CPPUNIT_ASSERT_EQUAL(std::string("abc-1.2_Z"),
                             ask(client, get("/hello", "X-Request-Id: abc-1.2_Z\r\n")).field("X-Request-Id"));
        const std::string first = ask(client, get("/hello")).field("X-Request-Id");
        const std::string second = ask(client, get("/hello", "X-Request-Id: a b\r\n")).field("X-Request-Id");
        const std::string third =
            ask(client, get("/hello", "X-Request-Id: " + std::string(129, 'a') + "\r\n")).field("X-Request-Id");
        for (const std::string& id : {first, second, third}) CPPUNIT_ASSERT_EQUAL(std::size_t{26}, id.size());
        CPPUNIT_ASSERT(first != second && second != third);
    }

    static ServerOptions withKeys() {
        ServerOptions options = ServerFixture::impatient();
        options.authorize = [](Request& request, Access access) -> std::optional<Response> {
            if (request.header("X-Key") != "k") return problem(Status::Unauthorized, "no key");
            if (access == Access::Admin) return problem(Status::Forbidden, "not you");
            request.principal = "producer";
            return std::nullopt;
        };
        return options;
    }

    void testAuthorizerDecidesBeforeTheBody() {
        ServerFixture fixture(withKeys());
        TestClient client = fixture.client();
        CPPUNIT_ASSERT_EQUAL(200, ask(client, get("/hello")).status);
        CPPUNIT_ASSERT_EQUAL(401, ask(client, get("/who")).status);
        CPPUNIT_ASSERT_EQUAL(std::string("producer"), ask(client, get("/who", "X-Key: k\r\n")).body);
        CPPUNIT_ASSERT_EQUAL(
            403, ask(client, "POST /admin HTTP/1.1\r\nHost: a\r\nX-Key: k\r\nContent-Length: 5\r\n\r\n").status);
        CPPUNIT_ASSERT(client.ended());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, fixture.server.metrics().refusedFor(Refusal::Unauthorized));
    }

    void testWithoutAuthorizerOnlyOpenRoutes() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        CPPUNIT_ASSERT_EQUAL(401, ask(client, get("/who")).status);
        CPPUNIT_ASSERT_EQUAL(200, ask(client, get("/hello")).status);
    }

    void testAdmissionSheds() {
        std::atomic<bool> full = false;
        ServerOptions options = ServerFixture::impatient();
        options.admit = [&](const Request&) -> std::optional<Response> {
            if (!full) return std::nullopt;
            return problem(Status::ServiceUnavailable, "busy").retryAfter(3s);
        };
        ServerFixture fixture(options);
        TestClient client = fixture.client();
        CPPUNIT_ASSERT_EQUAL(200, ask(client, post("/echo", "x")).status);
        full = true;
        const Reply shed = ask(client, post("/echo", "x"));
        CPPUNIT_ASSERT_EQUAL(503, shed.status);
        CPPUNIT_ASSERT_EQUAL(std::string("3"), shed.field("Retry-After"));
        CPPUNIT_ASSERT_EQUAL(200, ask(client, get("/hello")).status);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, fixture.server.metrics().refusedFor(Refusal::Shed));
    }

    // Shedding must not make well-behaved clients connect anew for each refusal.
    void testRefusedRequestWithItsBodyKeepsTheConnection() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        CPPUNIT_ASSERT_EQUAL(404, ask(client, post("/nope", "body")).status);
        CPPUNIT_ASSERT_EQUAL(
            404, ask(client, "POST /nope HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
                     .status);
        CPPUNIT_ASSERT_EQUAL(200, ask(client, get("/hello")).status);
        client.send("POST /nope HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\n" + get("/hello"));
        CPPUNIT_ASSERT_EQUAL(404, client.read()->status);
        CPPUNIT_ASSERT(client.ended());
        CPPUNIT_ASSERT_EQUAL(1, fixture.handled.load());
    }

    void testRoutesAreSwapped() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
        CPPUNIT_ASSERT_EQUAL(100, client.read()->status);
        fixture.server.setRoutes(std::make_shared<const Router>(std::vector<Route>{
            Route(Method::Get, "/new", Access::Open, [](Request, Responder r) { r.send(text(Status::Ok, "new")); })}));
        // The request at hand ends with the table it began with.
        CPPUNIT_ASSERT_EQUAL(std::string("hi"), ask(client, "hi").body);
        CPPUNIT_ASSERT_EQUAL(std::string("new"), ask(client, get("/new")).body);
        CPPUNIT_ASSERT_EQUAL(404, ask(client, get("/hello")).status);
    }

    void testPortInUse() {
        ServerFixture fixture;
        ServerOptions options;
        options.port = fixture.server.port();
        ReactorServer second(options, fixture.clock, std::make_shared<const Router>(std::vector<Route>{}));
        try {
            second.start();
            CPPUNIT_FAIL("two servers listen on one port");
        } catch (const Error& error) {
            CPPUNIT_ASSERT(error.code() == ErrorCode::Unavailable);
        }
        second.stop();
    }

    void testListensOnIpv6() {
        test::ManualClock clock;
        ReactorServer server({.address = "::1"}, clock, std::make_shared<const Router>(std::vector<Route>{}));
        try {
            server.start();
        } catch (const Error&) {
            return;  // a machine without IPv6
        }
        CPPUNIT_ASSERT(server.port() != 0);
        server.stop();
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ReactorServerTest);
