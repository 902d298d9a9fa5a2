#include "telemetry/metrics.h"

#include <cppunit/extensions/HelperMacros.h>

using stepd::Metrics;

class MetricsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(MetricsTest);
    CPPUNIT_TEST(testTextFormat);
    CPPUNIT_TEST(testSameLabelsAreTheSameNumber);
    CPPUNIT_TEST_SUITE_END();

    void testTextFormat() {
        Metrics metrics;
        metrics.counter("stepd_runs_total", "Runs that ended.", {{"state", "completed"}}).add(2);
        metrics.gauge("stepd_runs_active", "Runs in memory.").set(7);
        metrics.histogram("stepd_step_seconds", "Time of attempts.").observe(0.003);
        const std::string text = metrics.text();
        for (const char* line : {"# TYPE stepd_runs_total counter", "stepd_runs_total{state=\"completed\"} 2",
                                 "stepd_runs_active 7", "stepd_step_seconds_bucket{le=\"0.005\"} 1"})
            CPPUNIT_ASSERT_MESSAGE(text, text.find(line) != std::string::npos);
    }

    void testSameLabelsAreTheSameNumber() {
        Metrics metrics;
        Metrics::Counter& first = metrics.counter("x_total", "x", {{"a", "1"}});
        CPPUNIT_ASSERT(&first == &metrics.counter("x_total", "x", {{"a", "1"}}));
        CPPUNIT_ASSERT(&first != &metrics.counter("x_total", "x", {{"a", "2"}}));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MetricsTest);
