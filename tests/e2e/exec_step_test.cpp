#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <iostream>

#include "e2e_setup.h"
#include "support/loopback_server.h"

using namespace stepd;
using namespace stepd::test;

/// The example in Python as a step of a pipeline, in a real daemon.
class ExecStepTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ExecStepTest);
    CPPUNIT_TEST(testPythonStepRunsInAPipeline);
    CPPUNIT_TEST(testProgramDiesWithAKilledDaemon);
    CPPUNIT_TEST_SUITE_END();

    void testPythonStepRunsInAPipeline() {
        if (::access("/usr/bin/python3", X_OK) != 0) {
            std::cout << "SKIPPED: there is no /usr/bin/python3\n";
            return;
        }
        LoopbackServer site([](const std::string&) {
            return LoopbackServer::answer(200, "Content-Type: text/html\r\n",
                                          "<p>Valves, <b>valves</b> and more valves.</p>");
        });
        TemporaryDirectory directory;
        directory.write("stepd.yaml",
                        "http: {listen: \"127.0.0.1:0\"}\nlog: {format: json}\n"
                        "plugin_directory: " STEPD_EXAMPLES
                        "/python_step\n"
                        "plugins:\n  words:\n    exec: [python3, words.py]\n    grant: {net: [www.acme-valves.com]}\n"
                        "outbound:\n  resolve_overrides: {www.acme-valves.com: \"" +
                            site.address() + "\"}\n");
        directory.write("pipelines/job.yaml",
                        "version: 1\nid: job\non: [{event: job.asked}]\nsteps:\n"
                        "  - {id: text, uses: words, input: {text: to be or not to be}}\n"
                        "  - {id: page, uses: words, needs: [text], with: {top: 1}, input: {url: "
                        "\"http://www.acme-valves.com/\"}}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const Json run = daemon.waitForEnd(startJob(daemon));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(run.dump(2), std::string("completed"), run.at("state").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"distinct":4,"top":[["to",2],["be",2],["or",1]],"words":6})"),
                             stepOf(run, "text").at("output").dump());
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"distinct":3,"top":[["valves",3]],"words":5})"),
                             stepOf(run, "page").at("output").dump());
        const Json plugins = daemon.getJson("/api/v1/plugins");
        CPPUNIT_ASSERT_MESSAGE(plugins.dump(2), plugins.dump().find("python_step/words.py") != std::string::npos);
    }

    /// Also one that does not see that its input has ended.
    void testProgramDiesWithAKilledDaemon() {
        TemporaryDirectory directory;
        directory.write("stepd.yaml",
                        "http: {listen: \"127.0.0.1:0\"}\nlog: {format: json}\nplugin_directory: " STEPD_TEST_PLUGINS
                        "\nplugins: {lab: {exec: [exec_lab]}}\n");
        directory.write("pipelines/job.yaml",
                        "version: 1\nid: job\non: [{event: job.asked}]\nsteps:\n"
                        "  - {id: who, uses: lab, input: {do: pid}}\n"
                        "  - {id: deaf, uses: lab, needs: [who], input: {do: deaf}}\n");
        DaemonProcess daemon(directory);
        daemon.start();
        const std::string id = startJob(daemon);
        Json run;
        do run = daemon.getJson("/api/v1/runs/" + id);
        while (!run.contains("steps") || run.at("steps").size() < 2 || stepOf(run, "deaf").at("state") != "running");
        const int program = static_cast<int>(::syscall(SYS_pidfd_open, stepOf(run, "who").at("output").get<int>(), 0));
        CPPUNIT_ASSERT(program >= 0);
        const FileDescriptor lives(program);
        daemon.kill();
        pollfd ended{program, POLLIN, 0};
        CPPUNIT_ASSERT_EQUAL(1, ::poll(&ended, 1, 30'000));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ExecStepTest);
