#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

#include "e2e_setup.h"

using namespace stepd;
using namespace stepd::test;

/// Shed, do not collapse (hardening R27), with a real daemon: no disk is as free as it asks for.
class ShedTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ShedTest);
    CPPUNIT_TEST(testWhatWasAcceptedGoesOnWhileEventsAreRefused);
    CPPUNIT_TEST_SUITE_END();

    static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

    void testWhatWasAcceptedGoesOnWhileEventsAreRefused() {
        const std::string steps = "  - {id: first, uses: effects/gate}\n  - {id: second, uses: effects/note}\n";
        TemporaryDirectory directory;
        writeJob(directory, steps);
        DaemonProcess daemon(directory);
        daemon.start();
        const std::string run = startJob(daemon);
        const std::string other = startJob(daemon);
        daemon.stop();
        writeJob(directory, steps, "admission: {min_free_disk: 16000GiB}\n");
        daemon.start();

        const std::string key = "Authorization: Bearer " + daemon.operatorKey();
        for (int i = 0; i < 3; ++i) {
            const auto refused = daemon.request("POST", "/api/v1/events", R"({"name":"job.asked"})", {key});
            CPPUNIT_ASSERT_EQUAL_MESSAGE(refused.body, 507L, refused.status);
            CPPUNIT_ASSERT_MESSAGE(refused.headers, has(refused.headers, "Retry-After: 30"));
            CPPUNIT_ASSERT_EQUAL(std::string("admission.min_free_disk"),
                                 refused.json().at("setting").get<std::string>());
        }
        // Its right is asked for first.
        CPPUNIT_ASSERT_EQUAL(401L, daemon.request("POST", "/api/v1/events", "{}").status);
        CPPUNIT_ASSERT_EQUAL(200L, daemon.request("GET", "/health").status);
        CPPUNIT_ASSERT_EQUAL(200L, daemon.request("GET", "/ready").status);
        const Json admission = daemon.getJson("/health/detailed").at("parts").at("admission");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(admission.dump(2), std::string("limited"),
                                     admission.at("status").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("disk"), admission.at("details").at("refuses").get<std::string>());
        const std::string metrics = daemon.request("GET", "/metrics").body;
        CPPUNIT_ASSERT_MESSAGE(metrics, has(metrics, "stepd_shed_total{reason=\"disk\"} 3\n"));
        for (const char* gauge : {"stepd_disk_free_bytes ", "stepd_memory_bytes ", "stepd_events_open 0\n"})
            CPPUNIT_ASSERT_MESSAGE(metrics, has(metrics, gauge));

        CPPUNIT_ASSERT_EQUAL(200L, daemon.request("POST", "/api/v1/runs/" + other + "/cancel", {}, {key}).status);
        directory.write("gate", "");
        CPPUNIT_ASSERT_EQUAL(std::string("completed"), daemon.waitForEnd(run).at("state").get<std::string>());
        const auto lines = daemon.logLines();
        CPPUNIT_ASSERT_EQUAL_MESSAGE("once, not for each", std::ptrdiff_t(1),
                                     std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
                                         return has(line, "events are refused");
                                     }));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ShedTest);
