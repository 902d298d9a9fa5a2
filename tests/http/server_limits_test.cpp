#include <cppunit/extensions/HelperMacros.h>
#include <sys/resource.h>

#include <unistd.h>
#include <thread>

#include "http/deadline_wheel.h"
#include "http/reactor_server.h"
#include "http/server_fixture.h"

using namespace stepd;
using namespace stepd::http;
using test::get;
using test::post;
using test::ServerFixture;
using test::TestClient;

namespace {

constexpr Duration kSlack = DeadlineWheel::kSlot + 1ms;

/// Lowers the number of descriptors this process may have to those it has.
class NoMoreDescriptors {
public:
    NoMoreDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        ::rlimit now = before_;
        now.rlim_cur = highest() + 1;
        ::setrlimit(RLIMIT_NOFILE, &now);
    }
    ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    static ::rlim_t highest() {
        const int next = ::dup(0);
        ::close(next);
        return static_cast<::rlim_t>(next) - 1;
    }
    ::rlimit before_{};
};

}  // namespace

class ServerLimitsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ServerLimitsTest);
    CPPUNIT_TEST(testSlowHeader);
    CPPUNIT_TEST(testSlowHeaderCannotBuyTimeByteByByte);
    CPPUNIT_TEST(testSilentConnection);
    CPPUNIT_TEST(testSlowBody);
    CPPUNIT_TEST(testSteadyBodyIsGivenItsTime);
    CPPUNIT_TEST(testIdleConnection);
    CPPUNIT_TEST(testBodiesOfAllConnectionsHaveOneLimit);
    CPPUNIT_TEST(testSlowReader);
    CPPUNIT_TEST(testHandlerHasNoDeadline);
    CPPUNIT_TEST(testRefusedClientThatKeepsSending);
    CPPUNIT_TEST(testSlowConnectionsDoNotDelayOthers);
    CPPUNIT_TEST(testConnectionCap);
    CPPUNIT_TEST(testConnectionCapOfOneAddress);
    CPPUNIT_TEST(testNoDescriptorsLeft);
    CPPUNIT_TEST(testDrainAnswersWhatIsInFlight);
    CPPUNIT_TEST(testDrainEndsAfterItsTime);
    CPPUNIT_TEST(testStopWithoutStart);
    CPPUNIT_TEST_SUITE_END();

    static std::uint64_t refused(const ServerFixture& fixture, Refusal reason) {
        return fixture.server.metrics().refusedFor(reason);
    }
    static void awaitBytes(ServerFixture& fixture, std::uint64_t bytes) {
        fixture.await([&] { return fixture.server.metrics().bytesIn >= bytes; });
    }

    void testSlowHeader() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        client.send("GET /hello HTTP/1.1\r\nHost:");
        awaitBytes(fixture, 26);
        fixture.advance(9s);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, refused(fixture, Refusal::SlowHeader));
        fixture.advance(1s + kSlack);
        CPPUNIT_ASSERT_EQUAL(408, client.read()->status);
        CPPUNIT_ASSERT(client.ended());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, refused(fixture, Refusal::SlowHeader));
    }

    void testSlowHeaderCannotBuyTimeByteByByte() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        client.send(get("/hello"));
        CPPUNIT_ASSERT_EQUAL(200, client.read()->status);
        const std::uint64_t before = fixture.server.metrics().bytesIn;
        std::uint64_t sent = 0;
        for (const char c : std::string("GET /hello")) {
            client.send(std::string(1, c));
            awaitBytes(fixture, before + ++sent);
            fixture.advance(1s);
        }
        fixture.advance(kSlack);
        CPPUNIT_ASSERT_EQUAL(408, client.read()->status);
    }

    void testSilentConnection() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        fixture.awaitOpen(1);
        fixture.advance(10s + kSlack);
        CPPUNIT_ASSERT(client.ended());
    }

    void testSlowBody() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
        client.send(std::string(2048, 'x'));  // worth two seconds more
        awaitBytes(fixture, 2048 + 55);
        fixture.advance(6s);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, refused(fixture, Refusal::SlowBody));
        fixture.advance(1s + kSlack);
        CPPUNIT_ASSERT_EQUAL(408, client.read()->status);
        CPPUNIT_ASSERT(client.ended());
        CPPUNIT_ASSERT_EQUAL(0, fixture.handled.load());
    }

    void testBodiesOfAllConnectionsHaveOneLimit() {
        ServerOptions options = ServerFixture::impatient();
        options.limits.receiving = 100'000;
        ServerFixture fixture(options);
        TestClient first = fixture.client();
        TestClient second = fixture.client();
        for (TestClient* client : {&first, &second})
            client->send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 80000\r\n\r\n");
        first.send(std::string(60'000, 'x'));
        awaitBytes(fixture, 60'000 + 2 * 55);
        second.send(std::string(60'000, 'x'));
        const test::Reply reply = *second.read();
        CPPUNIT_ASSERT_EQUAL(503, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("1"), reply.field("Retry-After"));
        CPPUNIT_ASSERT(second.ended());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, refused(fixture, Refusal::NoRoom));
        // What the refused one had is free again, and the first goes on.
        TestClient third = fixture.client();
        CPPUNIT_ASSERT_EQUAL(200, test::ask(third, post("/echo", std::string(30'000, 'y'))).status);
        first.send(std::string(20'000, 'x'));
        CPPUNIT_ASSERT_EQUAL(std::size_t(80'000), first.read()->body.size());
    }

    void testSteadyBodyIsGivenItsTime() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 61440\r\n\r\n");
        for (int second = 0; second < 60; ++second) {
            const std::uint64_t before = fixture.server.metrics().bytesIn;
            client.send(std::string(1024, 'x'));
            awaitBytes(fixture, before + 1024);
            fixture.advance(1s);
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t{61440}, client.read()->body.size());
    }

    void testIdleConnection() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        client.send(get("/hello"));
        CPPUNIT_ASSERT_EQUAL(200, client.read()->status);
        fixture.advance(59s);
        client.send(get("/hello"));
        CPPUNIT_ASSERT_EQUAL(200, client.read()->status);
        fixture.advance(60s + kSlack);
        CPPUNIT_ASSERT(client.ended());
        fixture.awaitOpen(0);
    }

    void testSlowReader() {
        ServerFixture fixture;
        TestClient client = TestClient::withSmallBuffer(fixture.server.port());
        client.send(get("/big"));
        fixture.await([&] { return fixture.server.metrics().responses == 1; });
        fixture.await([&, last = std::uint64_t{0}]() mutable {
            // Until the kernel takes no more.
            const std::uint64_t now = fixture.server.metrics().bytesOut;
            return now > 0 && std::exchange(last, now) == now;
        });
        fixture.advance(10s + kSlack);
        fixture.awaitOpen(0);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, refused(fixture, Refusal::SlowReader));
        CPPUNIT_ASSERT(client.readAll().size() < test::kBigBody);
    }

    void testHandlerHasNoDeadline() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        client.send(get("/later"));
        const Responder responder = fixture.later(0);
        fixture.advance(1h);
        responder.send(text(Status::Ok, "after an hour"));
        CPPUNIT_ASSERT_EQUAL(std::string("after an hour"), client.read()->body);
    }

    void testRefusedClientThatKeepsSending() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        client.send("BAD\r\n");
        CPPUNIT_ASSERT_EQUAL(400, client.read()->status);
        client.trySend(get("/hello"));
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, fixture.server.metrics().open.load());
        fixture.advance(2s + kSlack);
        fixture.awaitOpen(0);
        CPPUNIT_ASSERT_EQUAL(0, fixture.handled.load());
    }

    // Each holds its connection in another way; one normal client is served all the same, without time passing.
    void testSlowConnectionsDoNotDelayOthers() {
        ServerFixture fixture;
        std::vector<TestClient> slow;
        for (int i = 0; i < 200; ++i) {
            slow.push_back(fixture.client());
            switch (i % 4) {
                case 0: break;
                case 1: slow.back().send("GET /hel"); break;
                case 2: slow.back().send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"); break;
                case 3: slow.back().send(get("/later")); break;
            }
        }
        fixture.awaitOpen(200);
        TestClient client = fixture.client();
        for (int i = 0; i < 100; ++i) {
            client.send(get("/hello"));
            CPPUNIT_ASSERT_EQUAL(200, client.read()->status);
        }
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{201}, fixture.server.metrics().open.load());
    }

    void testConnectionCap() {
        ServerOptions options = ServerFixture::impatient();
        options.limits.connections = 3;
        ServerFixture fixture(options);
        std::vector<TestClient> clients;
        for (int i = 0; i < 3; ++i) clients.push_back(fixture.client());
        fixture.awaitOpen(3);
        TestClient extra = fixture.client();
        const auto reply = extra.read();
        CPPUNIT_ASSERT_EQUAL(503, reply->status);
        CPPUNIT_ASSERT_EQUAL(std::string("1"), reply->field("Retry-After"));
        CPPUNIT_ASSERT(extra.ended());
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, refused(fixture, Refusal::TooMany));
        clients.pop_back();
        fixture.awaitOpen(2);
        TestClient next = fixture.client();
        next.send(get("/hello"));
        CPPUNIT_ASSERT_EQUAL(200, next.read()->status);
    }

    void testConnectionCapOfOneAddress() {
        ServerOptions options = ServerFixture::impatient();
        options.limits.connectionsPerAddress = 2;
        ServerFixture fixture(options);
        TestClient first = fixture.client();
        TestClient second = fixture.client();
        fixture.awaitOpen(2);
        CPPUNIT_ASSERT_EQUAL(503, fixture.client().read()->status);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, refused(fixture, Refusal::TooManyOfOne));
        second.reset();
        fixture.awaitOpen(1);
        TestClient third = fixture.client();
        third.send(get("/hello"));
        CPPUNIT_ASSERT_EQUAL(200, third.read()->status);
    }

    void testNoDescriptorsLeft() {
        ServerFixture fixture;
        std::optional<TestClient> waiting;
        {
            waiting.emplace(fixture.client());
            waiting->send(get("/hello"));
            CPPUNIT_ASSERT_EQUAL(200, waiting->read()->status);
            TestClient late = fixture.client();  // its descriptor is taken before the limit falls
            fixture.awaitOpen(2);
        }
        fixture.await([&] { return fixture.server.metrics().open <= 1; });
        std::optional<TestClient> starved;
        {
            // The client's end takes the last descriptor, so that the server has none for its own.
            std::optional<NoMoreDescriptors> limit;
            const int spare = ::dup(0);
            limit.emplace();
            ::close(spare);
            starved.emplace(fixture.client());
            starved->send(get("/hello"));
            fixture.await([&] { return fixture.server.metrics().acceptPauses >= 1; });
            // Not accepting costs nothing: those who are here are served, and the pause is one, not a loop.
            for (int i = 0; i < 50; ++i) {
                waiting->send(get("/hello"));
                CPPUNIT_ASSERT_EQUAL(200, waiting->read()->status);
            }
            CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, fixture.server.metrics().acceptPauses.load());
        }
        fixture.advance(1s + kSlack);
        CPPUNIT_ASSERT_EQUAL(200, starved->read()->status);
    }

    void testDrainAnswersWhatIsInFlight() {
        ServerFixture fixture(ServerOptions{});
        TestClient idle = fixture.client();
        idle.send(get("/hello"));
        CPPUNIT_ASSERT_EQUAL(200, idle.read()->status);
        TestClient busy = fixture.client();
        busy.send(get("/later") + get("/hello"));
        const Responder responder = fixture.later(0);
        TestClient half = fixture.client();
        half.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nh");
        awaitBytes(fixture, 3 * get("/hello").size() + 52);
        std::thread stopper([&] { fixture.server.stop(); });
        CPPUNIT_ASSERT(idle.ended());  // so the stop has begun
        CPPUNIT_ASSERT_THROW(fixture.client(), std::runtime_error);
        half.send("i");
        const auto completed = half.read();
        CPPUNIT_ASSERT_EQUAL(std::string("hi"), completed->body);
        CPPUNIT_ASSERT_EQUAL(std::string("close"), completed->field("Connection"));
        responder.send(text(Status::Ok, "done"));
        const auto last = busy.read();
        CPPUNIT_ASSERT_EQUAL(std::string("done"), last->body);
        CPPUNIT_ASSERT_EQUAL(std::string("close"), last->field("Connection"));
        CPPUNIT_ASSERT(busy.ended());
        busy.halfClose();
        half.halfClose();
        stopper.join();
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, fixture.server.metrics().open.load());
    }

    void testDrainEndsAfterItsTime() {
        ServerOptions options;
        options.limits.drainTime = 7s;
        ServerFixture fixture(options);
        TestClient idle = fixture.client();
        TestClient busy = fixture.client();
        busy.send(get("/later"));
        const Responder responder = fixture.later(0);
        idle.send(get("/hello"));
        CPPUNIT_ASSERT_EQUAL(200, idle.read()->status);
        std::thread stopper([&] { fixture.server.stop(); });
        CPPUNIT_ASSERT(idle.ended());
        CPPUNIT_ASSERT(!responder.clientGone());
        fixture.advance(7s + kSlack);
        stopper.join();
        CPPUNIT_ASSERT(busy.ended());
        CPPUNIT_ASSERT(responder.clientGone());
    }

    void testStopWithoutStart() {
        test::ManualClock clock;
        ReactorServer server({}, clock, std::make_shared<const Router>(std::vector<Route>{}));
        server.stop();
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{0}, server.port());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ServerLimitsTest);
