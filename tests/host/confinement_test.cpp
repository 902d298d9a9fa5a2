#include <poll.h>
#include <signal.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "host/channel.h"
#include "host/host_fixture.h"
#include "host/library_file.h"
#include "host/memory_allowance.h"
#include "host/worker_process.h"

using namespace stepd;
using namespace stepd::test;
using Json = nlohmann::ordered_json;

/// What a worker is born with, seen from inside (hardening R22, R23 as far as it goes, R32).
class ConfinementTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ConfinementTest);
    CPPUNIT_TEST(testDescriptorsAndEnvironmentAreTheAllowedOnes);
    CPPUNIT_TEST(testProcessIsConfined);
    CPPUNIT_TEST(testLimitsOfThePlugin);
    CPPUNIT_TEST(testWorkerDiesWithTheThreadThatStartedIt);
    CPPUNIT_TEST(testWorkerEndsWhenItsChannelDoes);
    CPPUNIT_TEST_SUITE_END();

    static Json birth(HostFixture& host) { return Json::parse(host.run("birth").output); }

    void testDescriptorsAndEnvironmentAreTheAllowedOnes() {
        ::setenv("STEPD_CANARY", "must not get through", 1);
        HostFixture host;
        host.useLab(2, 1);
        // A second worker must not inherit what the first one's birth has opened.
        for (int i = 0; i < 4; ++i) {
            const auto born = birth(host);
            CPPUNIT_ASSERT_EQUAL(std::string("[0,1,2,3]"), born["descriptors"].dump());
            CPPUNIT_ASSERT_EQUAL(std::string(R"(["PATH=/usr/bin:/bin","LANG=C.UTF-8"])"),
                                 (Json{born["environment"][0], born["environment"][1]}).dump());
            CPPUNIT_ASSERT_EQUAL(std::size_t{3}, born["environment"].size());
            ASSERT_CONTAINS("TMPDIR=/", born["environment"][2].get<std::string>());
        }
    }

    void testProcessIsConfined() {
        sigset_t all, before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, &before);  // the host's thread inherits it; its workers must not
        HostFixture host;
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        host.useLab();
        const auto born = birth(host);
        CPPUNIT_ASSERT_EQUAL(0, born["blocked"].get<int>());
        CPPUNIT_ASSERT_EQUAL(0, born["core"].get<int>());
        CPPUNIT_ASSERT_EQUAL(1, born["no_new_privs"].get<int>());
        CPPUNIT_ASSERT_EQUAL(0, born["dumpable"].get<int>());
        CPPUNIT_ASSERT(born["group_leader"].get<bool>());
    }

    void testLimitsOfThePlugin() {
        HostFixture host;
        auto lab = HostFixture::spec("lab", "lab");
        lab.limits.fileBytes = 123456;
        lab.limits.memoryBytes = 300U << 20;
        lab.limits.threads = 7000;
        lab.threads = 3;
        host.use({lab});
        const auto born = birth(host);
        CPPUNIT_ASSERT_EQUAL(123456, born["file_bytes"].get<int>());
        CPPUNIT_ASSERT_EQUAL(1024, born["open_files"].get<int>());
        CPPUNIT_ASSERT(born["threads"].get<std::uint64_t>() > 7000);
        CPPUNIT_ASSERT(born["threads"].get<std::uint64_t>() < 7000 + 65536);
        if (!host::kLimitsMemory) {
            std::cout << "SKIPPED: no limit on memory under a sanitizer\n";
            return;
        }
        CPPUNIT_ASSERT_EQUAL((std::uint64_t{300} << 20) + host::memoryAllowance(3),
                             born["data_bytes"].get<std::uint64_t>());
    }

    /// A worker that has loaded the laboratory, without a supervisor.
    struct BareWorker {
        BareWorker() {
            const auto library =
                host::openLibrary(HostFixture::spec("lab", "lab").library, "", host::OwnerCheck::Required);
            process = std::make_unique<host::WorkerProcess>(HostFixture::options(), (*library)->file);
            socket = process->takeChannel();
            host::Channel channel{FileDescriptor(::dup(socket.get()))};
            channel.put(host::FrameType::Load, 0, host::LoadMessage{});
            CPPUNIT_ASSERT(host::Sent::All == channel.flush());
            CPPUNIT_ASSERT(isReadable(socket.get()));  // the greeting: it has confined itself
        }
        std::string end() {
            CPPUNIT_ASSERT(isReadable(process->pidfd()));
            return process->reap()->text();
        }
        std::unique_ptr<host::WorkerProcess> process;
        FileDescriptor socket;
    };

    void testWorkerDiesWithTheThreadThatStartedIt() {
        std::optional<BareWorker> worker;
        std::thread([&] { worker.emplace(); }).join();
        // Its channel is still open, so nothing but the end of that thread can have told it.
        CPPUNIT_ASSERT_EQUAL(std::string("was killed by signal 9 (Killed)"), worker->end());
    }

    void testWorkerEndsWhenItsChannelDoes() {
        BareWorker worker;
        worker.socket.reset();
        CPPUNIT_ASSERT_EQUAL(std::string("exited with code 0"), worker.end());
    }

    static bool isReadable(int fd) {
        pollfd descriptor{fd, POLLIN, 0};
        return ::poll(&descriptor, 1, static_cast<int>(kPatience / 1ms)) == 1;
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConfinementTest);
