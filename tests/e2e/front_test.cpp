#include <arpa/inet.h>
#include <cppunit/extensions/HelperMacros.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <fstream>

#include "base/file_descriptor.h"
#include "e2e_setup.h"

using namespace stepd;
using namespace stepd::test;

class FrontTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(FrontTest);
    CPPUNIT_TEST(testTwoHundredSlowConnectionsDelayNobody);
    CPPUNIT_TEST(testKeysAreNeeded);
    CPPUNIT_TEST(testSameEventTwiceIsOneEvent);
    CPPUNIT_TEST(testKeysAppearNowhere);
    CPPUNIT_TEST_SUITE_END();

    static FileDescriptor slowClient(std::uint16_t port) {
        FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        CPPUNIT_ASSERT(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        constexpr std::string_view kStart = "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Le";
        CPPUNIT_ASSERT(::send(fd.get(), kStart.data(), kStart.size(), MSG_NOSIGNAL) > 0);
        return fd;
    }

    void testTwoHundredSlowConnectionsDelayNobody() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        std::vector<FileDescriptor> slow;
        for (int i = 0; i < 200; ++i) slow.push_back(slowClient(daemon.port()));
        // They hold their connections for all of this; a server with a thread for each would not get here.
        for (int i = 0; i < 20; ++i) CPPUNIT_ASSERT_EQUAL(200L, daemon.request("GET", "/health").status);
        CPPUNIT_ASSERT_EQUAL(std::string("completed"),
                             daemon.waitForEnd(startJob(daemon)).at("state").get<std::string>());
        std::ifstream status("/proc/" + std::to_string(daemon.pid()) + "/status");
        int threads = 0;
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("Threads:")) threads = std::stoi(line.substr(8));
        CPPUNIT_ASSERT_MESSAGE(std::to_string(threads) + " threads", threads > 0 && threads < 40);
    }

    void testKeysAreNeeded() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/note}\n",
                 "event_keys: [{name: shop, key: \"${env:SHOP_KEY}\"}]\n");
        ::setenv("SHOP_KEY", "5f2d8c1b9a7e4f306b8d2c1a9e7f4b30", 1);
        DaemonProcess daemon(directory);
        daemon.start();
        const auto refused = daemon.request("POST", "/e/wrong", R"({"name":"job.asked"})");
        CPPUNIT_ASSERT_EQUAL(401L, refused.status);
        CPPUNIT_ASSERT_EQUAL(std::string("Event key not found"), refused.json().at("error").get<std::string>());
        const auto taken =
            daemon.request("POST", "/e/5f2d8c1b9a7e4f306b8d2c1a9e7f4b30", R"([{"name":"job.asked"},{"name":"other"}])");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(taken.body, 200L, taken.status);
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), taken.json().at("ids").size());
        for (const char* path : {"/api/v1/runs", "/api/v1/events", "/api/v1/pipelines", "/api/v1/plugins"}) {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 401L, daemon.request("GET", path).status);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(
                path, 401L,
                daemon.request("GET", path, "", {"Authorization: Bearer 5f2d8c1b9a7e4f306b8d2c1a9e7f4b30"}).status);
        }
        CPPUNIT_ASSERT_EQUAL(404L, daemon.request("GET", "/nowhere").status);
        CPPUNIT_ASSERT_EQUAL(405L, daemon.request("GET", "/e/key").status);
        CPPUNIT_ASSERT_EQUAL(
            413L, daemon.request("POST", "/e/5f2d8c1b9a7e4f306b8d2c1a9e7f4b30", std::string(4 << 20, 'x')).status);
    }

    void testSameEventTwiceIsOneEvent() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const std::vector<std::string> key{"Authorization: Bearer " + daemon.operatorKey()};
        const Json first = daemon.request("POST", "/api/v1/events", R"({"name":"job.asked","id":"same"})", key).json();
        daemon.waitForEnd(first.at("events").at(0).at("run_ids").at(0));
        daemon.kill();
        daemon.start();
        const Json second = daemon.request("POST", "/api/v1/events", R"({"name":"job.asked","id":"same"})", key).json();
        CPPUNIT_ASSERT_EQUAL(first.at("events").at(0).at("event_id").dump(),
                             second.at("events").at(0).at("event_id").dump());
        CPPUNIT_ASSERT_EQUAL(first.at("events").at(0).at("run_ids").dump(),
                             second.at("events").at(0).at("run_ids").dump());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countEffects(directory, "first"));
    }

    // hardening R31, R32: canary keys are searched in every output.
    void testKeysAppearNowhere() {
        TemporaryDirectory directory;
        ::setenv("SHOP_KEY", "canary8c1b9a7e4f306b8d2c1a9e7f4b", 1);
        writeJob(directory, "  - {id: first, uses: effects/note}\n",
                 "event_keys: [{name: shop, key: \"${env:SHOP_KEY}\"}]\n");
        DaemonProcess daemon(directory);
        daemon.start();
        daemon.request("POST", "/e/canary8c1b9a7e4f306b8d2c1a9e7f4b", R"({"name":"job.asked"})");
        daemon.request("POST", "/e/canary-unknown", R"({"name":"job.asked"})");
        std::string all = daemon.request("GET", "/metrics").body + daemon.request("GET", "/health/detailed").body +
                          daemon.getJson("/api/v1/events").dump() + daemon.getJson("/api/v1/runs").dump();
        for (const auto& line : daemon.logLines()) all += line;
        CPPUNIT_ASSERT(all.find("canary") == std::string::npos);
        CPPUNIT_ASSERT(all.find(daemon.operatorKey()) == std::string::npos);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(FrontTest);
