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
    CPPUNIT_TEST(testQuarantineTellsWhatItIsAboutAndCanBeLeft);
    CPPUNIT_TEST(testOneBadCallAmongManyCostsTheOthersNothing);
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

    static std::string crashing(const TemporaryDirectory& directory) {
        return "  crashing: {library: crashing.so, threads: 32, grant: {write: [\"" + directory.path() +
               "/effects\"]}}\n";
    }

    void testQuarantineTellsWhatItIsAboutAndCanBeLeft() {
        TemporaryDirectory directory;
        writeJob(directory,
                 "  - {id: before, uses: effects/note}\n"
                 "  - {id: poison, needs: [before], uses: crashing, input: {how: read, lines: 3}, "
                 "retry: {attempts: 9, backoff: constant, initial: 10ms, jitter: none}}\n",
                 crashing(directory));
        DaemonProcess daemon(directory);
        daemon.start();
        const std::string id = startJob(daemon);
        daemon.waitForEnd(id);
        daemon.kill();
        daemon.start();
        const Json run = daemon.getJson("/api/v1/runs/" + id);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(run.dump(2), std::string("quarantined"), run.at("state").get<std::string>());
        const Json details = stepOf(run, "poison").at("error").at("details");
        const auto print = details.at("fingerprint").at("id").get<std::string>();
        for (const char* command : {"runs show ", "why "}) {
            const auto shown = stepctl(at(daemon, directory) + command + id);
            for (const auto& part : std::vector<std::string>{"SIGSEGV at address 0x40", "readThere()+0x",
                                                             "crashing_plugin.cpp:", "fingerprint " + print, "line 3"})
                expect(0, part, shown);
        }
        expect(0, "`stepctl runs release " + id + "`", stepctl(at(daemon, directory) + "why " + id));

        const auto freed = stepctl(at(daemon, directory) + "--json runs release " + id);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(freed.second, 0, freed.first);
        const auto again = Json::parse(freed.second).at("run_id").get<std::string>();
        const Json second = daemon.waitForEnd(again);  // it was not healed: it is caught again, with the same name
        CPPUNIT_ASSERT_EQUAL(std::string("quarantined"), second.at("state").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(id, second.at("rerun_of").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(print,
                             stepOf(second, "poison")["error"]["details"]["fingerprint"]["id"].get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countEffects(directory, "before"));
    }

    void testOneBadCallAmongManyCostsTheOthersNothing() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: call, uses: crashing, input: \"${{ event.data }}\", retry: never}\n",
                 crashing(directory));
        DaemonProcess daemon(directory);
        daemon.start();
        const auto start = [&](const std::string& data) {
            const auto reply = daemon.request("POST", "/api/v1/events", R"({"name":"job.asked","data":)" + data + "}",
                                              {"Authorization: Bearer " + daemon.operatorKey()});
            CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 202L, reply.status);
            return reply.json().at("events").at(0).at("run_ids").at(0).get<std::string>();
        };
        std::vector<std::string> good;
        for (int i = 0; i < 31; ++i)
            good.push_back(start(R"({"how":"hold","file":")" + directory.path() + R"(/effects/lines.txt","gate":")" +
                                 directory.path() + R"(/gate"})"));
        daemon.waitUntil("all to be held", [&] { return countEffects(directory, "held") == 31; });
        const Json bad = daemon.waitForEnd(start(R"({"how":"read"})"));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(bad.dump(2), std::string("failed"), bad.at("state").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("crash"), stepOf(bad, "call")["error"]["class"].get<std::string>());
        daemon.waitUntil("the others to be held again", [&] { return countEffects(directory, "held") == 62; });
        directory.write("gate", "");
        for (const auto& id : good) {
            const Json run = daemon.waitForEnd(id);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(run.dump(2), std::string("completed"), run.at("state").get<std::string>());
            for (const auto& attempt : stepOf(run, "call").at("history")) {
                const auto outcome = attempt.at("outcome").get<std::string>();
                CPPUNIT_ASSERT_MESSAGE(run.dump(2), outcome == "lost" || outcome == "ok");
            }
        }
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
