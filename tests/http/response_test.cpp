#include "http/response.h"

#include <cppunit/extensions/HelperMacros.h>

#include "base/error.h"
#include "http/response_writer.h"

using namespace stepd;
using namespace stepd::http;

class ResponseTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ResponseTest);
    CPPUNIT_TEST(testProblemIsRfc9457);
    CPPUNIT_TEST(testProblemEscapesAndTakesMembers);
    CPPUNIT_TEST(testHeadersCannotSplitAResponse);
    CPPUNIT_TEST(testRetryAfterRoundsUp);
    CPPUNIT_TEST(testWritesARfc9112Message);
    CPPUNIT_TEST(testFramingIsTheTransports);
    CPPUNIT_TEST(testDate);
    CPPUNIT_TEST_SUITE_END();

    static std::string written(const Response& response, const Delivery& delivery) {
        std::string out;
        appendResponse(out, response, delivery);
        return out;
    }

    void testProblemIsRfc9457() {
        const Response response = problem(Status::NotFound, "no such run");
        CPPUNIT_ASSERT(response.headers.find("content-type") == "application/problem+json");
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"type":"about:blank","title":"Not Found","status":404,"detail":"no such run"})"),
            response.body);
    }

    void testProblemEscapesAndTakesMembers() {
        const Response response = problem(Problem{.status = Status::UnprocessableContent,
                                                  .detail = "a \"b\"\n",
                                                  .type = "/problems/schema",
                                                  .title = "Invalid",
                                                  .members = {{"errors", R"([{"path":"/a"}])"}}});
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"type":"/problems/schema","title":"Invalid","status":422,)"
                                         R"("detail":"a \"b\"\n","errors":[{"path":"/a"}]})"),
                             response.body);
    }

    void testHeadersCannotSplitAResponse() {
        Headers headers;
        for (const char* value : {"a\r\nSet-Cookie: b", "a\nb", "a\rb", "\x1b", "\x7f"})
            CPPUNIT_ASSERT_THROW(headers.add("X-A", value), Error);
        for (const char* name : {"", "X A", "X:", "X\r\n"}) CPPUNIT_ASSERT_THROW(headers.add(name, "a"), Error);
        CPPUNIT_ASSERT(headers.empty());
    }

    void testRetryAfterRoundsUp() {
        CPPUNIT_ASSERT(empty(Status::ServiceUnavailable).retryAfter(1ms).headers.find("Retry-After") == "1");
        CPPUNIT_ASSERT(empty(Status::ServiceUnavailable).retryAfter(2001ms).headers.find("Retry-After") == "3");
        CPPUNIT_ASSERT(empty(Status::ServiceUnavailable).retryAfter(Duration(0)).headers.find("Retry-After") == "1");
    }

    void testWritesARfc9112Message() {
        const Response response = json(Status::Accepted, R"({"a":1})").with("X-A", "b");
        CPPUNIT_ASSERT_EQUAL(std::string("HTTP/1.1 202 Accepted\r\nServer: stepd\r\nDate: D\r\nX-Request-Id: R\r\n"
                                         "Content-Type: application/json\r\nX-A: b\r\nContent-Length: 7\r\n"
                                         "Connection: keep-alive\r\n\r\n{\"a\":1}"),
                             written(response, {.date = "D", .requestId = "R", .keepAlive = true}));
        CPPUNIT_ASSERT_EQUAL(std::string("HTTP/1.1 200 OK\r\nServer: stepd\r\nDate: D\r\n"
                                         "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n"
                                         "Connection: close\r\n\r\n"),
                             written(text(Status::Ok, "hi"), {.date = "D", .requestId = {}, .withBody = false}));
    }

    void testFramingIsTheTransports() {
        Response response = text(Status::NoContent, "must not be sent").with("Content-Length", "99");
        CPPUNIT_ASSERT(written(response, {.date = "D", .requestId = {}}).ends_with("Connection: close\r\n\r\n"));
        response =
            text(Status::Ok, "x").with("transfer-encoding", "chunked").with("connection", "upgrade").with("date", "E");
        const std::string bytes = written(response, {.date = "D", .requestId = {}});
        for (const char* piece : {"chunked", "upgrade", ": E"}) CPPUNIT_ASSERT(bytes.find(piece) == std::string::npos);
    }

    void testDate() {
        // RFC 9110 section 5.6.7.
        CPPUNIT_ASSERT_EQUAL(std::string("Sun, 06 Nov 1994 08:49:37 GMT"),
                             toHttpDate(*parseRfc3339("1994-11-06T08:49:37.9Z")));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ResponseTest);
