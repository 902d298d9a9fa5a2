#include "api/admission.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;
using namespace stepd::api;

class AdmissionTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(AdmissionTest);
    CPPUNIT_TEST(testEachLimitRefusesByItself);
    CPPUNIT_TEST(testRetryAfterIsTheWorkAhead);
    CPPUNIT_TEST(testSlowDiskStillGetsItsBatches);
    CPPUNIT_TEST(testWorstReasonIsNamed);
    CPPUNIT_TEST_SUITE_END();

    static constexpr std::uint64_t kMiB = 1U << 20;

    /// A daemon that is busy, but well.
    static LoadStats busy() {
        LoadStats load;
        load.openEvents = 5'000;
        load.openBytes = 10 * kMiB;
        load.queuedRuns = 900'000;
        load.commitAge = 50ms;
        load.eventsPerSecond = 40'000;
        load.memory = 200 * kMiB;
        load.freeDisk = 10'000 * kMiB;
        return load;
    }
    static AdmissionLimits limits() {
        AdmissionLimits limits;
        limits.maxMemory = 400 * kMiB;
        return limits;
    }

    void testEachLimitRefusesByItself() {
        CPPUNIT_ASSERT(!judge(limits(), busy()));
        CPPUNIT_ASSERT(!judge(limits(), LoadStats{}));
        const struct {
            const char* reason;
            const char* setting;
            void (*worsen)(LoadStats&);
        } rows[] = {
            {"events", "admission.max_events",
             [](LoadStats& load) { load.openEvents = 100'000, load.eventsPerSecond = 90'000; }},
            {"bytes", "admission.max_bytes", [](LoadStats& load) { load.openBytes = 64 * kMiB; }},
            {"queued_runs", "admission.max_queued_runs", [](LoadStats& load) { load.queuedRuns = 2'000'000; }},
            {"delay", "admission.max_delay", [](LoadStats& load) { load.commitAge = 2001ms; }},
            {"delay", "admission.max_delay", [](LoadStats& load) { load.eventsPerSecond = 2'000; }},
            {"memory", "admission.max_memory", [](LoadStats& load) { load.memory = 401 * kMiB; }},
            {"disk", "admission.min_free_disk", [](LoadStats& load) { load.freeDisk = 255 * kMiB; }},
        };
        for (const auto& row : rows) {
            LoadStats load = busy();
            row.worsen(load);
            const auto shed = judge(limits(), load);
            CPPUNIT_ASSERT_MESSAGE(row.reason, shed.has_value());
            CPPUNIT_ASSERT_EQUAL(std::string(row.reason), std::string(toString(shed->reason)));
            CPPUNIT_ASSERT_EQUAL(std::string(row.setting), shed->setting);
            CPPUNIT_ASSERT_MESSAGE(shed->sentence, shed->sentence.ends_with("."));
            CPPUNIT_ASSERT(shed->retryAfter >= 1s && shed->retryAfter <= 1min);
        }
        LoadStats unknown = busy();
        unknown.freeDisk.reset();
        unknown.memory = 1'000'000 * kMiB;
        AdmissionLimits none = limits();
        none.maxMemory = 0;
        CPPUNIT_ASSERT(!judge(none, unknown));
    }

    void testRetryAfterIsTheWorkAhead() {
        LoadStats load = busy();
        load.openEvents = 90'000;
        load.eventsPerSecond = 10'000;
        CPPUNIT_ASSERT(judge(limits(), load)->retryAfter == 9s);
        load.eventsPerSecond = 100;
        CPPUNIT_ASSERT(judge(limits(), load)->retryAfter == 1min);
        load = busy();
        load.commitAge = 7s;
        CPPUNIT_ASSERT(judge(limits(), load)->retryAfter == 7s);
    }

    void testSlowDiskStillGetsItsBatches() {
        LoadStats load = busy();
        load.eventsPerSecond = 10;  // three seconds a commit
        load.openEvents = kAlwaysWelcome;
        CPPUNIT_ASSERT(!judge(limits(), load));
        ++load.openEvents;
        CPPUNIT_ASSERT(judge(limits(), load)->reason == ShedReason::Delay);
    }

    void testWorstReasonIsNamed() {
        LoadStats load = busy();
        load.queuedRuns = 3'000'000;
        load.freeDisk = 0;
        const auto shed = judge(limits(), load);
        CPPUNIT_ASSERT_EQUAL(std::string("The disk of the database has 0 MiB left, and 256 MiB are kept free."),
                             shed->sentence);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(AdmissionTest);
