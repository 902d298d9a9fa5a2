#include "http_talk.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/socket.h>

#include "load_client.h"
#include "support/loopback_server.h"

using namespace stepd;
using namespace stepd::bench;
using State = ResponseReader::State;

class HttpTalkTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(HttpTalkTest);
    CPPUNIT_TEST(testAnswerInPieces);
    CPPUNIT_TEST(testNextAnswerOfTheConnection);
    CPPUNIT_TEST(testWhatIsNoAnswer);
    CPPUNIT_TEST(testRequestHasItsLength);
    CPPUNIT_TEST(testWrongAnswersAndBrokenConnectionsAreCounted);
    CPPUNIT_TEST(testRequestsAtARateAreEachSentOnce);
    CPPUNIT_TEST_SUITE_END();

    FileDescriptor server_;
    FileDescriptor client_;

    State give(ResponseReader& reader, const std::string& bytes) const {
        CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(bytes.size()), ::send(server_.get(), bytes.data(), bytes.size(), 0));
        return reader.readFrom(client_.get());
    }

public:
    void setUp() override {
        int ends[2];
        CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
        server_ = FileDescriptor(ends[0]);
        client_ = FileDescriptor(ends[1]);
    }

    void testAnswerInPieces() {
        ResponseReader reader;
        const std::string bytes = "HTTP/1.1 202 Accepted\r\nX: y\r\nContent-Length: 5\r\n\r\nhello";
        for (std::size_t i = 0; i + 1 < bytes.size(); ++i)
            CPPUNIT_ASSERT(give(reader, bytes.substr(i, 1)) == State::More);
        CPPUNIT_ASSERT(give(reader, "o") == State::Complete);
        CPPUNIT_ASSERT_EQUAL(202, reader.response().status);
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), std::string(reader.response().body));
    }

    void testNextAnswerOfTheConnection() {
        ResponseReader reader;
        CPPUNIT_ASSERT(give(reader, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none") == State::Complete);
        CPPUNIT_ASSERT(give(reader, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n") == State::Complete);
        CPPUNIT_ASSERT_EQUAL(503, reader.response().status);
        CPPUNIT_ASSERT(reader.response().body.empty());
    }

    void testWhatIsNoAnswer() {
        for (const char* bytes : {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"}) {
            ResponseReader reader;
            CPPUNIT_ASSERT(give(reader, bytes) == State::Closed);
        }
        ResponseReader reader;
        server_.reset();
        CPPUNIT_ASSERT(reader.readFrom(client_.get()) == State::Closed);
    }

    void testRequestHasItsLength() {
        CPPUNIT_ASSERT_EQUAL(
            std::string("POST /x HTTP/1.1\r\nHost: localhost\r\nA: b\r\nContent-Type: application/json\r\n"
                        "Content-Length: 2\r\n\r\n{}"),
            requestText("POST", "/x", "A: b\r\n", "{}"));
        CPPUNIT_ASSERT_EQUAL(std::string("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                             requestText("GET", "/x", "", ""));
    }

    // The server closes each connection behind its answer; that costs the client the connection, not the answer.
    void testWrongAnswersAndBrokenConnectionsAreCounted() {
        const test::LoopbackServer server(
            [](const std::string&) { return test::LoopbackServer::answer(200, "", "{\"wrong\":1}"); });
        Load load;
        load.port = server.port();
        load.path = "/";
        load.requests = 2;
        load.write = [](std::string& body, std::uint64_t) { body = "{}"; };
        load.accept = [](std::uint64_t, int, std::string_view body) { return body == "{\"right\":1}"; };
        const LoadResult result = drive(load);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(0), result.accepted);
        CPPUNIT_ASSERT(result.wrong >= 2);
        CPPUNIT_ASSERT_EQUAL(std::string("200 {\"wrong\":1}"), result.firstWrong);
    }

    void testRequestsAtARateAreEachSentOnce() {
        const test::LoopbackServer server(
            [](const std::string&) { return test::LoopbackServer::answer(200, "", "{\"right\":1}"); });
        std::vector<std::uint64_t> serials;
        Load load;
        load.port = server.port();
        load.path = "/";
        load.connections = 3;
        load.requests = 2;
        load.rate = 1e6;
        load.write = [&](std::string& body, std::uint64_t serial) {
            serials.push_back(serial);
            body = "{}";
        };
        load.accept = [](std::uint64_t, int, std::string_view body) { return body == "{\"right\":1}"; };
        LoadResult result = drive(load, 7);
        CPPUNIT_ASSERT(serials == std::vector<std::uint64_t>({7, 8}));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(2), result.accepted);
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), result.latencies.count());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(HttpTalkTest);
