#include <fcntl.h>

#include "host/fetch_desk.h"
#include "host/host_fixture.h"
#include "host/worker_link.h"

using namespace stepd;
using namespace stepd::test;

/// What one worker may make the daemon keep in memory.
class WorkerMemoryTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WorkerMemoryTest);
    CPPUNIT_TEST(testWorkerThatDoesNotReadIsKilledByBytes);
    CPPUNIT_TEST(testOpenBatchesAreBoundedByBytes);
    CPPUNIT_TEST_SUITE_END();

    struct Listener final : host::CallLink::Owner {
        explicit Listener(host::EventLoop& eventLoop) : loop(eventLoop) {}
        void linkLoaded(host::PluginDescription) override {}
        void linkRefused(std::string) override {}
        std::string linkEnded(std::uint64_t, host::ResultMessage) override { return {}; }
        std::string linkLogged(std::uint64_t, host::LogMessage) override { return {}; }
        std::string linkProgressed(std::uint64_t, host::ProgressMessage) override { return {}; }
        std::string linkFetches(std::uint64_t, host::HttpRequestMessage, std::size_t) override { return {}; }
        std::string linkMeasured(std::uint64_t, host::Usage) override { return {}; }
        std::string linkAsksSecret(std::uint64_t, host::SecretRequestMessage) override { return {}; }
        void linkOutput(host::LogSource, std::string) override {}
        void linkDied(const host::Death& how) override {
            death = how;
            loop.stop();
        }
        host::EventLoop& loop;
        host::Death death;
    };

    void testWorkerThatDoesNotReadIsKilledByBytes() {
        const SystemClock clock;
        host::EventLoop loop(clock);
        Listener owner(loop);
        auto options = HostFixture::options();
        options.workerProgram = "/usr/bin/yes";  // runs, and knows nothing of a channel
        const FileDescriptor library(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        host::WorkerLink link(loop, options, {}, library, owner);
        std::size_t frames = 0;  // fewer than may wait
        host::HttpReplyMessage reply;
        reply.body = std::string(100'000, 'x');
        for (; link.alive() && frames < 2000; ++frames) link.reply(1, reply);
        CPPUNIT_ASSERT(!link.alive());
        CPPUNIT_ASSERT(frames * 100'000 > host::kMaxFrameBytes);
        loop.run();
        CPPUNIT_ASSERT(owner.death.cause == host::DeathCause::Violation);
        ASSERT_CONTAINS("does not read its channel", owner.death.sentence);
    }

    void testOpenBatchesAreBoundedByBytes() {
        const SystemClock clock;
        host::EventLoop loop(clock);
        FakeServices services;
        services.hold();
        const auto desk = std::make_shared<host::FetchDesk>(
            loop, services, std::make_shared<const NetScope>(NetScope{*NetGrant::parse({"*"}), ""}),
            [](std::uint64_t, const host::HttpReplyMessage&) {}, [](std::uint64_t, const std::string&) {});
        host::HttpRequestMessage message;
        message.requests.resize(1);
        constexpr std::size_t kBytes = 60U << 20;
        for (int i = 0; i < 4; ++i) CPPUNIT_ASSERT_EQUAL(std::string(), desk->start(1, message, kBytes));
        CPPUNIT_ASSERT_EQUAL(std::string("has too large HTTP batches open"), desk->start(2, message, kBytes));
        desk->drop(1);
        CPPUNIT_ASSERT_EQUAL(std::string(), desk->start(2, message, kBytes));
        desk->close();
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(WorkerMemoryTest);
