#include "pipeline/trigger_reader.h"

#include <cppunit/extensions/HelperMacros.h>

#include "pipeline/loaded.h"

using namespace stepd;
using namespace stepd::pipeline;

class TriggerReaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TriggerReaderTest);
    CPPUNIT_TEST(testSchedules);
    CPPUNIT_TEST(testScheduleDefaults);
    CPPUNIT_TEST(testEventsAndSchedulesInOneList);
    CPPUNIT_TEST(testNoTriggerIsAllowedIfItIsSaid);
    CPPUNIT_TEST_SUITE_END();

    static PipelinePtr startedBy(const std::string& triggers) {
        return good("version: 1\nid: p\nsteps: [{id: a, uses: plug}]\n" + triggers);
    }

    void testSchedules() {
        const auto pipeline = startedBy(R"(
on:
  - cron: 0 3 * * MON
    timezone: Europe/Berlin
    jitter: 5m
    catch_up: all
    overlap: cancel
    data: {kind: weekly, size: 1.50}
    if: event.data.kind == 'weekly'
  - {cron: 0 4 * * *, catch_up: last, overlap: skip}
)");
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), pipeline->crons.size());
        const CronTrigger& weekly = pipeline->crons[0];
        CPPUNIT_ASSERT_EQUAL(std::string("0 3 * * MON"), weekly.expression);
        CPPUNIT_ASSERT_EQUAL(std::string("Europe/Berlin"), weekly.timezone);
        CPPUNIT_ASSERT(weekly.jitter == 5min);
        CPPUNIT_ASSERT(weekly.catchUp == CatchUp::All);
        CPPUNIT_ASSERT(weekly.overlap == Overlap::Cancel);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"kind":"weekly","size":1.50})"), weekly.data);
        CPPUNIT_ASSERT_EQUAL(std::string("event.data.kind == 'weekly'"), weekly.condition->source());
        CPPUNIT_ASSERT(pipeline->crons[1].catchUp == CatchUp::Last);
        CPPUNIT_ASSERT(pipeline->crons[1].overlap == Overlap::Skip);
    }

    void testScheduleDefaults() {
        const auto pipeline = startedBy("on: [{cron: 0 3 * * *}]\n");
        const CronTrigger& cron = pipeline->crons.at(0);
        CPPUNIT_ASSERT_EQUAL(std::string("UTC"), cron.timezone);
        CPPUNIT_ASSERT(cron.jitter == Duration::zero());
        CPPUNIT_ASSERT(cron.catchUp == CatchUp::None);
        CPPUNIT_ASSERT(cron.overlap == Overlap::Allow);
        CPPUNIT_ASSERT(cron.data.empty());
        CPPUNIT_ASSERT(!cron.condition);
    }

    void testEventsAndSchedulesInOneList() {
        const auto pipeline = startedBy("triggers: [{event: a}, {cron: 0 3 * * *}, {event: b.*, if: event.data.x}]\n");
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), pipeline->triggers.size());
        CPPUNIT_ASSERT_EQUAL(std::string("a"), pipeline->triggers[0].pattern);
        CPPUNIT_ASSERT_EQUAL(std::string("b.*"), pipeline->triggers[1].pattern);
        CPPUNIT_ASSERT_EQUAL(std::size_t(1), pipeline->crons.size());
    }

    void testNoTriggerIsAllowedIfItIsSaid() {
        const auto pipeline = startedBy("on: []\n");
        CPPUNIT_ASSERT(pipeline->triggers.empty() && pipeline->crons.empty());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TriggerReaderTest);
