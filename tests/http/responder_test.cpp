#include "http/responder.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <thread>

#include "http/server_fixture.h"

using namespace stepd;
using namespace stepd::http;
using test::ask;
using test::get;
using test::post;
using test::Reply;
using test::ServerFixture;
using test::TestClient;

/// Answers that come at once, later, from elsewhere or never.
class ResponderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ResponderTest);
    CPPUNIT_TEST(testPipelineIsAnsweredInOrder);
    CPPUNIT_TEST(testLongPipeline);
    CPPUNIT_TEST(testDroppedResponderAnswers500);
    CPPUNIT_TEST(testHandlerThatThrowsAnswers500);
    CPPUNIT_TEST(testAnswersFromOtherThreads);
    CPPUNIT_TEST(testSecondAnswerIsRefused);
    CPPUNIT_TEST(testTellsThatTheClientIsGone);
    CPPUNIT_TEST(testHalfClosedClientGetsItsAnswers);
    CPPUNIT_TEST(testResponderOutlivesTheServer);
    CPPUNIT_TEST_SUITE_END();

    void testPipelineIsAnsweredInOrder() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        client.send(get("/later") + get("/items/2") + get("/later") + post("/echo", "4") + get("/nope"));
        fixture.later(0).send(text(Status::Ok, "1"));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), client.read()->body);
        CPPUNIT_ASSERT_EQUAL(std::string("2"), client.read()->body);
        Responder third = fixture.later(1);
        CPPUNIT_ASSERT_EQUAL(3, fixture.handled.load());  // the fourth waits for the third
        third.send(text(Status::Ok, "3"));
        CPPUNIT_ASSERT_EQUAL(std::string("3"), client.read()->body);
        CPPUNIT_ASSERT_EQUAL(std::string("4"), client.read()->body);
        CPPUNIT_ASSERT_EQUAL(404, client.read()->status);
    }

    void testLongPipeline() {
        constexpr int kRequests = 5000;
        ServerFixture fixture;
        TestClient client = fixture.client();
        // The sender must not wait for answers, nor the server for the sender.
        std::thread sender([&] {
            for (int i = 0; i < kRequests; ++i) client.send(get("/items/" + std::to_string(i)));
        });
        int wrong = 0;
        for (int i = 0; i < kRequests; ++i) wrong += client.read()->body == std::to_string(i) ? 0 : 1;
        sender.join();
        CPPUNIT_ASSERT_EQUAL(0, wrong);
    }

    void testDroppedResponderAnswers500() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        CPPUNIT_ASSERT_EQUAL(500, ask(client, get("/drop")).status);
        client.send(get("/later"));
        fixture.later(0);  // a copy that goes at once; the kept one still speaks for the request
        fixture.forgetLater();
        CPPUNIT_ASSERT_EQUAL(500, client.read()->status);
        CPPUNIT_ASSERT_EQUAL(200, ask(client, get("/hello")).status);
    }

    void testHandlerThatThrowsAnswers500() {
        std::string told;
        ServerOptions options = ServerFixture::impatient();
        options.onFailure = [&](const std::string& id, std::string_view what) { told = id + ": " + std::string(what); };
        ServerFixture fixture(options);
        TestClient client = fixture.client();
        const Reply reply = ask(client, get("/throw", "X-Request-Id: r1\r\n"));
        CPPUNIT_ASSERT_EQUAL(500, reply.status);
        CPPUNIT_ASSERT(reply.body.find("fell") == std::string::npos);  // no inside knowledge goes out
        CPPUNIT_ASSERT_EQUAL(200, ask(client, get("/hello")).status);
        fixture.server.stop();
        CPPUNIT_ASSERT_EQUAL(std::string("r1: the handler fell"), told);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, fixture.server.metrics().failures.load());
    }

    void testAnswersFromOtherThreads() {
        constexpr std::size_t kClients = 64;
        constexpr std::size_t kRounds = 20;
        ServerFixture fixture;
        std::vector<TestClient> clients;
        for (std::size_t i = 0; i < kClients; ++i) clients.push_back(fixture.client());
        std::vector<std::thread> workers;
        for (std::size_t worker = 0; worker < 3; ++worker)
            workers.emplace_back([&fixture, worker] {
                for (std::size_t i = worker; i < kClients * kRounds; i += 3)
                    fixture.later(i).send(text(Status::Ok, std::to_string(i)));
            });
        std::vector<bool> seen(kClients * kRounds);
        for (std::size_t round = 0; round < kRounds; ++round) {
            for (TestClient& client : clients) client.send(get("/later"));
            for (TestClient& client : clients) seen.at(std::stoul(client.read()->body)) = true;
        }
        for (std::thread& worker : workers) worker.join();
        CPPUNIT_ASSERT(std::find(seen.begin(), seen.end(), false) == seen.end());
    }

    void testSecondAnswerIsRefused() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        client.send(get("/later"));
        const Responder responder = fixture.later(0);
        CPPUNIT_ASSERT(responder.send(text(Status::Ok, "first")));
        CPPUNIT_ASSERT(!responder.send(text(Status::Ok, "second")));
        CPPUNIT_ASSERT_EQUAL(std::string("first"), client.read()->body);
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), ask(client, get("/hello")).body);
    }

    void testTellsThatTheClientIsGone() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        client.send(get("/later"));
        const Responder responder = fixture.later(0);
        CPPUNIT_ASSERT(!responder.clientGone());
        client.reset();
        fixture.await([&] { return responder.clientGone(); });
        fixture.awaitOpen(0);
        CPPUNIT_ASSERT(responder.send(text(Status::Ok, "into the void")));
        fixture.await([&] { return fixture.server.metrics().unanswered == 1; });
        TestClient other = fixture.client();
        CPPUNIT_ASSERT_EQUAL(200, ask(other, get("/hello")).status);
    }

    void testHalfClosedClientGetsItsAnswers() {
        ServerFixture fixture;
        TestClient client = fixture.client();
        client.send(get("/later") + get("/hello"));
        client.halfClose();
        const Responder responder = fixture.later(0);
        fixture.await([&] { return responder.clientGone(); });
        responder.send(text(Status::Ok, "late"));
        CPPUNIT_ASSERT_EQUAL(std::string("late"), client.read()->body);
        CPPUNIT_ASSERT_EQUAL(std::string("hello"), client.read()->body);
        CPPUNIT_ASSERT(client.ended());
        fixture.awaitOpen(0);
    }

    void testResponderOutlivesTheServer() {
        std::optional<Responder> responder;
        {
            ServerFixture fixture;
            TestClient client = fixture.client();
            client.send(get("/later"));
            responder = fixture.later(0);
            fixture.server.stop();
            fixture.server.stop();
            CPPUNIT_ASSERT(responder->clientGone());
        }
        CPPUNIT_ASSERT(responder->send(text(Status::Ok, "too late")));
        ServerFixture never;  // and one that is stopped by its end alone
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ResponderTest);
