#include "api/trigger_report.h"

#include <cppunit/extensions/HelperMacros.h>

#include "backend_fixture.h"

using namespace stepd;
using Verdict = api::TriggerReport::Verdict;

class TriggerReportTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TriggerReportTest);
    CPPUNIT_TEST(testRunsAndSkips);
    CPPUNIT_TEST(testWhyNoTriggerMatched);
    CPPUNIT_TEST(testApiAnswers);
    CPPUNIT_TEST_SUITE_END();

    static pipeline::PipelinePtr pipeline(const std::string& id, const std::string& triggers) {
        return test::BackendFixture::load("version: 1\nid: " + id + "\nvars: {least: 10}\non: " + triggers +
                                          "\nsteps: [{id: s, uses: x}]\n");
    }
    static Event paid() { return {.id = EventId{5}, .name = "order.paid", .data = R"({"total": 7})"}; }

    void testRunsAndSkips() {
        Event event = paid();
        event.skipped = R"([{"pipeline":"limited","why":"rate_limit 1 per 1h is used up"}])";
        const auto reports = api::reportTriggers({pipeline("limited", "[{event: order.paid}]")}, event,
                                                 {{.id = RunId{1}, .pipeline = "gone", .state = RunState::Failed},
                                                  {.id = RunId{2}, .pipeline = "gone", .state = RunState::Queued}});
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), reports.size());
        CPPUNIT_ASSERT(reports[0].verdict == Verdict::Started && reports[0].pipeline == "gone");
        CPPUNIT_ASSERT_EQUAL(std::size_t(2), reports[0].runs.size());
        CPPUNIT_ASSERT(reports[1].verdict == Verdict::Skipped && reports[1].pipeline == "limited");
        CPPUNIT_ASSERT_EQUAL(std::string("It matched and started no run: rate_limit 1 per 1h is used up."),
                             reports[1].sentences.at(0));
    }

    void testWhyNoTriggerMatched() {
        const struct {
            std::string triggers;
            Verdict verdict;
            std::string sentence;
        } rows[] = {
            {"[{event: order.sent}]", Verdict::NoMatch, "The trigger order.sent is for other events than order.paid."},
            {"[{event: order.*, if: event.data.total > vars.least}]", Verdict::NoMatch,
             "The trigger order.* is for this event, but `if: event.data.total > vars.least` is false."},
            {"[{event: order.paid, if: event.data.weight > 3}]", Verdict::Failed,
             "`if: event.data.weight > 3` of order.paid: "},
            {"[{event: order.sent}, {event: order.paid, if: event.data.total == 7}]", Verdict::WouldNow,
             "The trigger order.paid matches and `if: event.data.total == 7` is true, but no run was started"},
            {"[{event: order.paid}]", Verdict::WouldNow, "The trigger order.paid matches, and no run was started"},
        };
        for (const auto& row : rows) {
            const auto reports = api::reportTriggers({pipeline("p", row.triggers)}, paid(), {});
            const std::string& sentence = reports.at(0).sentences.at(0);
            CPPUNIT_ASSERT_MESSAGE(sentence, sentence.starts_with(row.sentence));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(sentence, std::string(toString(row.verdict)),
                                         std::string(toString(reports[0].verdict)));
        }
    }

    void testApiAnswers() {
        test::BackendFixture api;
        api.usePipeline("version: 1\nid: p\non: [{event: other}]\nsteps: [{id: s, uses: x}]\n");
        api.readers.events = {paid()};
        const auto reply = api.call(http::Method::Get, "/api/v1/events/" + publicId(EventId{5}, {}) + "/why");
        CPPUNIT_ASSERT_EQUAL(http::Status::Ok, reply.status);
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"event":"order.paid","pipelines":[{"pipeline":"p","verdict":"no_match",)"
                                         R"("sentences":["The trigger other is for other events than order.paid."],)"
                                         R"("run_ids":[]}]})"),
                             reply.body);
        CPPUNIT_ASSERT_EQUAL(http::Status::NotFound, api.call(http::Method::Get, "/api/v1/events/x/why").status);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TriggerReportTest);
