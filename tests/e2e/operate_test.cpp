#include <cppunit/extensions/HelperMacros.h>

#include <csignal>
#include <filesystem>

#include "e2e_setup.h"

using namespace stepd;
using namespace stepd::test;

/// What an operator does while the daemon runs.
class OperateTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(OperateTest);
    CPPUNIT_TEST(testReloadByRequestAndBySignal);
    CPPUNIT_TEST(testRunsKeepTheRevisionTheyBeganWith);
    CPPUNIT_TEST(testRerunKeepsWhatCameBefore);
    CPPUNIT_TEST(testManyFailedRunsAreDoneAgain);
    CPPUNIT_TEST(testHeldStepIsReleased);
    CPPUNIT_TEST(testPausedPipeline);
    CPPUNIT_TEST(testWhyAnEventStartedNothing);
    CPPUNIT_TEST(testCommitsAreCounted);
    CPPUNIT_TEST_SUITE_END();

    static void writeRoute(const TemporaryDirectory& directory, const std::string& more = {}) {
        directory.write("pipelines/other.yaml",
                        "version: 1\nid: other\non: [{event: other.asked}]\n"
                        "http: [{route: POST /other, auth: none, emit: {event: other.asked, data: {}}}]\n"
                        "steps: [{id: first, uses: effects/note" +
                            more + "}]\n");
    }

    void testReloadByRequestAndBySignal() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const auto status = [&] { return daemon.request("POST", "/other", "{}").status; };
        CPPUNIT_ASSERT_EQUAL(404L, status());

        writeRoute(directory, ", tiemout: 5s");
        expect(1, "other.yaml:5:", stepctl(at(daemon, directory) + "reload"));
        CPPUNIT_ASSERT_EQUAL(404L, status());

        writeRoute(directory);
        expect(0, "+ route POST /other", stepctl(at(daemon, directory) + "pipelines plan"));
        expect(0, "+id: other", stepctl(at(daemon, directory) + "pipelines diff"));
        CPPUNIT_ASSERT_EQUAL(404L, status());
        expect(0, "added  other", stepctl(at(daemon, directory) + "reload"));
        CPPUNIT_ASSERT_EQUAL(202L, status());
        expect(0, "nothing has changed", stepctl(at(daemon, directory) + "reload"));

        std::filesystem::remove(directory.path() + "/pipelines/other.yaml");
        ::kill(daemon.pid(), SIGHUP);
        daemon.waitUntil("the route is gone", [&] { return status() == 404; });
        CPPUNIT_ASSERT_EQUAL(std::string("completed"),
                             daemon.waitForEnd(startJob(daemon)).at("state").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(0, daemon.stop());
    }

    void testRunsKeepTheRevisionTheyBeganWith() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/gate}\n  - {id: second, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const std::string run = startJob(daemon);
        daemon.waitUntil("the first step runs", [&] { return countEffects(directory, "first") == 1; });
        writeJob(directory, "  - {id: first, uses: effects/gate}\n");
        expect(0, "unfinished runs stay on the revision they began with: 1",
               stepctl(at(daemon, directory) + "pipelines plan"));
        expect(0, "changed  job", stepctl(at(daemon, directory) + "reload"));
        directory.write("gate", "");
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), daemon.waitForEnd(run).at("steps").size());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), daemon.waitForEnd(startJob(daemon)).at("steps").size());
    }

    void testRerunKeepsWhatCameBefore() {
        TemporaryDirectory directory;
        writeJob(
            directory,
            "  - {id: first, uses: effects/note}\n  - {id: items, uses: effects/note, foreach: {items: '[1, 2]'}}\n"
            "  - {id: second, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const std::string run = startJob(daemon);
        daemon.waitForEnd(run);
        const auto answer = stepctl(at(daemon, directory) + "--json runs rerun " + run + " --from second");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.second, 0, answer.first);
        const auto fresh = Json::parse(answer.second).at("run_id").get<std::string>();
        const Json again = daemon.waitForEnd(fresh);
        CPPUNIT_ASSERT_EQUAL(std::string("completed"), again.at("state").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(run, again.at("rerun_of").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(2, again.at("attempt").get<int>());
        CPPUNIT_ASSERT_EQUAL(std::string("kept"), stepOf(again, "first").at("note").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), countEffects(directory, "first"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), countEffects(directory, "items"));
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), countEffects(directory, "second"));
        expect(1, "no main step third", stepctl(at(daemon, directory) + "runs rerun " + run + " --from third"));
    }

    void testManyFailedRunsAreDoneAgain() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: core/fail, with: {message: on purpose}}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        for (int i = 0; i < 3; ++i) daemon.waitForEnd(startJob(daemon));
        expect(1, "Do again 3 runs? Say --yes", stepctl(at(daemon, directory) + "runs rerun --failed"));
        expect(0, "3 runs queued again", stepctl(at(daemon, directory) + "runs rerun --failed --pipeline job --yes"));
        expect(0, "no runs", stepctl(at(daemon, directory) + "runs cancel --pipeline none --yes"));
        expect(2, "name one run", stepctl(at(daemon, directory) + "runs rerun"));
        daemon.waitUntil("all have ended",
                         [&] { return daemon.getJson("/api/v1/runs?state=failed").at("runs").size() == 6; });
    }

    void testHeldStepIsReleased() {
        TemporaryDirectory directory;
        writeJob(directory,
                 "  - {id: first, uses: effects/abort, with: {times: 1}, retry: {attempts: 1, on_exhausted: pause}}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const std::string run = startJob(daemon);
        daemon.waitUntil("the step is held",
                         [&] { return stepOf(daemon.getJson("/api/v1/runs/" + run), "first").at("note") == "held"; });
        expect(0, "waits for a person", stepctl(at(daemon, directory) + "runs show " + run));
        expect(0, "goes on", stepctl(at(daemon, directory) + "runs release " + run));
        CPPUNIT_ASSERT_EQUAL(std::string("completed"), daemon.waitForEnd(run).at("state").get<std::string>());
        expect(1, "Nothing of the run waits", stepctl(at(daemon, directory) + "runs release " + run));
    }

    void testPausedPipeline() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        expect(0, "is paused", stepctl(at(daemon, directory) + "pipelines pause job"));
        const std::string run = startJob(daemon);
        expect(0, "paused", stepctl(at(daemon, directory) + "why " + run));
        CPPUNIT_ASSERT(effects(directory).empty());
        expect(0, "goes on", stepctl(at(daemon, directory) + "pipelines resume job"));
        CPPUNIT_ASSERT_EQUAL(std::string("completed"), daemon.waitForEnd(run).at("state").get<std::string>());
        expect(1, "no pipeline", stepctl(at(daemon, directory) + "pipelines pause none"));
    }

    void testWhyAnEventStartedNothing() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const auto sent = stepctl(at(daemon, directory) + "--json send job.sent");
        const auto event = Json::parse(sent.second).at("event_id").get<std::string>();
        expect(0, "The trigger job.asked is for other events than job.sent.",
               stepctl(at(daemon, directory) + "why " + event));
    }

    static double commits(const DaemonProcess& daemon) {
        const std::string text = daemon.request("GET", "/metrics").body;
        const std::string name = "\nstepd_store_commits_total ";
        const auto found = text.find(name);
        CPPUNIT_ASSERT_MESSAGE(text, found != std::string::npos);
        return std::stod(text.substr(found + name.size()));
    }

    void testCommitsAreCounted() {
        TemporaryDirectory directory;
        writeJob(directory, "  - {id: first, uses: effects/note}\n  - {id: second, uses: effects/note}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const double before = commits(daemon);
        daemon.waitForEnd(startJob(daemon));
        const double after = commits(daemon);
        CPPUNIT_ASSERT_MESSAGE(std::to_string(after), after >= before + 3);  // accepted; first done; all done
        for (int i = 0; i < 3; ++i) daemon.getJson("/api/v1/runs");
        CPPUNIT_ASSERT_EQUAL(after, commits(daemon));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(OperateTest);
