#include "http/request_reader.h"

#include <cppunit/extensions/HelperMacros.h>

#include "http/grammar_cases.h"

using namespace stepd;
using namespace stepd::http;

namespace {

struct Outcome {
    int status = 0;  ///< 200 done, 0 more is needed, else that of the refusal
    Request request;
    std::size_t left = 0;
};

/// Feeds `bytes` in pieces as a connection would.
Outcome readInPieces(const std::string& bytes, std::size_t piece, std::size_t limit = 1024 * 1024) {
    const Limits limits;
    RequestReader reader(limits);
    std::string buffer;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t next = std::min(piece, bytes.size() - at);
        buffer += bytes.substr(at, next);
        at += next;
        buffer.erase(0, reader.read(buffer));
        if (reader.state() == RequestReader::State::HeadDone) {
            reader.acceptBody(limit);
            buffer.erase(0, reader.read(buffer));
        }
        if (reader.state() == RequestReader::State::Done)
            return {200, reader.take(), buffer.size() + bytes.size() - at};
        if (reader.state() == RequestReader::State::Refused)
            return {static_cast<int>(statusOf(reader.refused().reason)), {}, 0};
    }
    return {};
}

}  // namespace

class RequestReaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RequestReaderTest);
    CPPUNIT_TEST(testGrammar);
    CPPUNIT_TEST(testGrammarInPieces);
    CPPUNIT_TEST(testUnderstandsTheTarget);
    CPPUNIT_TEST(testKeepsFieldsInOrder);
    CPPUNIT_TEST(testLeavesTheNextRequestAlone);
    CPPUNIT_TEST(testJoinsChunks);
    CPPUNIT_TEST(testAppliesTheBodyLimitExactly);
    CPPUNIT_TEST_SUITE_END();

    void testGrammar() {
        for (const auto& row : test::grammarCases())
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, row.status, readInPieces(row.bytes, row.bytes.size()).status);
    }

    // However the bytes arrive, they mean the same; one at a time is the worst case, the others move the borders about.
    void testGrammarInPieces() {
        for (const std::size_t piece : {1U, 2U, 3U, 7U})
            for (const auto& row : test::grammarCases())
                if (row.bytes.size() < 100'000)
                    CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, row.status, readInPieces(row.bytes, piece).status);
    }

    void testUnderstandsTheTarget() {
        const auto outcome = readInPieces("GET /a%20b/%C3%A9/?x=1&y=a%26b+c&&z HTTP/1.1\r\nHost: h\r\n\r\n", 1000);
        const Request& request = outcome.request;
        CPPUNIT_ASSERT((request.segments == std::vector<std::string>{"a b", "\xC3\xA9", ""}));
        CPPUNIT_ASSERT((request.query == Request::Pairs{{"x", "1"}, {"y", "a&b c"}, {"z", ""}}));
        CPPUNIT_ASSERT(request.path() == "/a%20b/%C3%A9/");
        CPPUNIT_ASSERT(request.queryValue("y") == "a&b c");
        CPPUNIT_ASSERT(!request.queryValue("X"));
    }

    void testKeepsFieldsInOrder() {
        const auto outcome = readInPieces("GET / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-b:\t2 \r\nx-a: 3\r\n\r\n", 1000);
        const Headers& headers = outcome.request.headers;
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, headers.size());
        CPPUNIT_ASSERT(headers.find("x-a") == "1");
        CPPUNIT_ASSERT(headers.find("X-B") == "2");
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, headers.count("X-A"));
        CPPUNIT_ASSERT(headers.at(3).name == "x-a" && headers.at(3).value == "3");
    }

    void testLeavesTheNextRequestAlone() {
        for (const std::string& first : {std::string("GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
                                         std::string("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"),
                                         std::string("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                                                     "2\r\nab\r\n0\r\n\r\n")})
            for (const std::size_t piece : {1U, 5U, 1000U}) {
                const auto outcome = readInPieces(first + "GET /next", piece);
                CPPUNIT_ASSERT_EQUAL(200, outcome.status);
                CPPUNIT_ASSERT_EQUAL(std::size_t{9}, outcome.left);
            }
    }

    void testJoinsChunks() {
        const std::string bytes =
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
            "chunked\r\n\r\n3\r\nabc\r\nB\r\n0\r\n\r\n123456\r\n0\r\n\r\n";
        for (std::size_t piece = 1; piece <= bytes.size(); ++piece)
            CPPUNIT_ASSERT_EQUAL(std::string("abc0\r\n\r\n123456"), readInPieces(bytes, piece).request.body);
    }

    void testAppliesTheBodyLimitExactly() {
        const auto length = [](std::size_t n) {
            return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(n) + "\r\n\r\n" +
                   std::string(n, 'x');
        };
        const std::string chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        CPPUNIT_ASSERT_EQUAL(200, readInPieces(length(8), 3, 8).status);
        CPPUNIT_ASSERT_EQUAL(413, readInPieces(length(9), 3, 8).status);
        CPPUNIT_ASSERT_EQUAL(200, readInPieces(chunked + "4\r\nabcd\r\n4\r\nabcd\r\n0\r\n\r\n", 3, 8).status);
        CPPUNIT_ASSERT_EQUAL(413, readInPieces(chunked + "4\r\nabcd\r\n5\r\n", 3, 8).status);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RequestReaderTest);
