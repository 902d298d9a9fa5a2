#include <cppunit/extensions/HelperMacros.h>
#include <signal.h>

#include <fstream>

#include "e2e_setup.h"

using namespace stepd;
using namespace stepd::test;

class CrashTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CrashTest);
    CPPUNIT_TEST(testDaemonKilledInTheMiddleOfARun);
    CPPUNIT_TEST(testWorkerKilledInTheMiddleOfAStep);
    CPPUNIT_TEST(testStepThatNeverReturnsIsKilledAtItsDeadline);
    CPPUNIT_TEST(testCancelStopsTheStep);
    CPPUNIT_TEST(testPoisonIsQuarantinedAcrossRestarts);
    CPPUNIT_TEST(testPlainStopLeavesNothingBehind);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* kFastRetry = "retry: {attempts: 3, backoff: constant, initial: 50ms, jitter: none}";

    void testDaemonKilledInTheMiddleOfARun() {
        TemporaryDirectory directory;
        writeJob(directory,
                 "  - {id: first, uses: effects/note}\n  - {id: second, uses: effects/gate}\n"
                 "  - {id: third, uses: effects/note}\noutput: ${{ steps.third.output }}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const std::string run = startJob(daemon);
        daemon.waitUntil("the second step to run", [&] { return countEffects(directory, "second") == 1; });
        const auto workers = daemon.workers();
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), workers.size());
        daemon.kill();
        for (const pid_t worker : workers)
            daemon.waitUntil("the workers to die with the daemon", [&] { return ::kill(worker, 0) != 0; });

        daemon.start();
        daemon.waitUntil("the second step to run again", [&] { return countEffects(directory, "second") == 2; });
        directory.write("gate", "");
        const Json ended = daemon.waitForEnd(run);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(ended.dump(2), std::string("completed"), ended.at("state").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countEffects(directory, "first"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countEffects(directory, "third"));
        // One idempotency key over both attempts (hardening R9).
        std::string keys[2];
        std::size_t found = 0;
        for (const auto& line : effects(directory))
            if (line.starts_with("second")) keys[found++] = line.substr(line.rfind(' '));
        CPPUNIT_ASSERT_EQUAL(keys[0], keys[1]);
    }

    void testWorkerKilledInTheMiddleOfAStep() {
        TemporaryDirectory directory;
        writeJob(directory, std::string("  - {id: held, uses: effects/gate, ") + kFastRetry + "}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const std::string one = startJob(daemon);
        const std::string other = startJob(daemon);
        daemon.waitUntil("both steps to run", [&] { return countEffects(directory, "held 1") == 2; });
        const auto workers = daemon.workers();
        ::kill(workers.at(0), SIGKILL);
        daemon.waitUntil("the attempt to be tried again", [&] { return countEffects(directory, "held 2") == 1; });
        directory.write("gate", "");
        int attempts = 0;
        for (const auto& id : {one, other}) {
            const Json run = daemon.waitForEnd(id);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(run.dump(2), std::string("completed"), run.at("state").get<std::string>());
            const Json held = stepOf(run, "held");
            attempts += held.at("attempts").get<int>();
            for (const auto& attempt : held.at("history"))
                if (attempt.at("outcome") != "ok")
                    CPPUNIT_ASSERT_EQUAL(std::string("crash"), attempt.at("outcome").get<std::string>());
        }
        CPPUNIT_ASSERT_EQUAL(3, attempts);
    }

    void testStepThatNeverReturnsIsKilledAtItsDeadline() {
        TemporaryDirectory directory;
        writeJob(directory,
                 "  - {id: stuck, uses: effects/stuck, timeout: 200ms, retry: {attempts: 2, backoff: none}, "
                 "continue_on_error: true}\n"
                 "  - {id: after, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const Json run = daemon.waitForEnd(startJob(daemon));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(run.dump(2), std::string("completed"), run.at("state").get<std::string>());
        const Json stuck = stepOf(run, "stuck");
        CPPUNIT_ASSERT_EQUAL(std::string("failed"), stuck.at("state").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(2, stuck.at("attempts").get<int>());
        CPPUNIT_ASSERT_EQUAL(std::string("timeout"), stuck.at("error").at("class").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countEffects(directory, "after"));
    }

    void testCancelStopsTheStep() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: held, uses: effects/gate, timeout: 5m}\n  - {id: after, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const std::string run = startJob(daemon);
        daemon.waitUntil("the step to run", [&] { return countEffects(directory, "held") == 1; });
        const auto reply = daemon.request("POST", "/api/v1/runs/" + run + "/cancel", "",
                                          {"Authorization: Bearer " + daemon.operatorKey()});
        CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 200L, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string("cancelled"), daemon.waitForEnd(run).at("state").get<std::string>());
        // Both workers are free again: a second run of the same kind gets through.
        directory.write("gate", "");
        CPPUNIT_ASSERT_EQUAL(std::string("completed"),
                             daemon.waitForEnd(startJob(daemon)).at("state").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countEffects(directory, "after"));
    }

    // hardening R15
    void testPoisonIsQuarantinedAcrossRestarts() {
        TemporaryDirectory directory;
        writeJob(directory,
                 "  - {id: poison, uses: effects/abort, with: {times: 99}, retry: {attempts: 9, backoff: constant, "
                 "initial: 10ms, only: [crash]}}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const std::string id = startJob(daemon);
        const Json run = daemon.waitForEnd(id);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(run.dump(2), std::string("quarantined"), run.at("state").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), countEffects(directory, "poison"));
        for (int i = 0; i < 3; ++i) {
            daemon.kill();
            daemon.start();
            CPPUNIT_ASSERT_EQUAL(std::string("quarantined"),
                                 daemon.getJson("/api/v1/runs/" + id).at("state").get<std::string>());
        }
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), countEffects(directory, "poison"));
    }

    void testPlainStopLeavesNothingBehind() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        daemon.waitForEnd(startJob(daemon));
        const auto workers = daemon.workers();
        CPPUNIT_ASSERT_EQUAL(0, daemon.stop());
        for (const pid_t worker : workers) CPPUNIT_ASSERT(::kill(worker, 0) != 0);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CrashTest);
