#include "rehearsal/test_file_reader.h"

#include "rehearsal/rehearsal_fixture.h"

using namespace stepd;
using namespace stepd::rehearsal;
using namespace stepd::test;

class TestFileReaderTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(TestFileReaderTest);
    CPPUNIT_TEST(testEveryFieldIsRead);
    CPPUNIT_TEST(testPipelineIsTheFileOfTheSameName);
    CPPUNIT_TEST(testMistakesHaveTheirPlaceAndAHint);
    CPPUNIT_TEST(testNamesAreThoseOfThePipelines);
    CPPUNIT_TEST(testBrokenPipelineIsReportedAndNamesAreNotChecked);
    CPPUNIT_TEST(testFileThatIsNotThere);
    CPPUNIT_TEST_SUITE_END();

    RehearsalFixture fixture_;

    void shop() { fixture_.pipeline("shop", "steps: [{id: pay, uses: bank}, {id: ship, uses: post}]\n"); }
    std::string findings(const std::string& text, const std::string& name = "shop.test.yaml") {
        return fixture_.textOf(fixture_.read(text, name).findings);
    }

public:
    void testEveryFieldIsRead() {
        shop();
        const TestFile file = fixture_.read(R"(cases:
  - name: one
    now: 2030-01-02T03:04:05Z
    events:
      - {name: go, data: {n: 1}, user: {id: u}, at: 2d}
      - {name: go, id: mine, ts: 2030-01-01T00:00:00Z}
    cancel: {at: 3h, run: 2}
    plugins:
      bank:
        - {return: {ok: 1.0}, takes: 4s}
        - {error: {class: rate_limited, code: slow, message: later, retry_after: 9s, details: [1]}}
        - {skip: nothing to do}
        - {crash: true}
        - {hang: true}
    steps: {ship: {return: null}}
    for: 4h
    limit: 3d
    crash_matrix: true
    expect:
      state: completed
      exact: true
      waited: 90d
      events: [paid]
      runs: [{pipeline: shop, state: failed, starts_at: 1s, ends_at: 2s, error: {class: bug}}, {}]
      steps: {pay: {attempts: 2, state: failed, output: {a: 1}, input: 2, with: {}, error: {code: x}}}
)");
        CPPUNIT_ASSERT_EQUAL(std::string(), fixture_.textOf(file.findings));
        const TestCase& one = file.cases.at(0);
        CPPUNIT_ASSERT(one.now == parseRfc3339("2030-01-02T03:04:05Z"));
        CPPUNIT_ASSERT_EQUAL(std::string("mine"), one.events.at(0).id);
        CPPUNIT_ASSERT(one.events[0].ts == parseRfc3339("2030-01-01T00:00:00Z"));
        CPPUNIT_ASSERT_EQUAL(std::string("event-1 {\"n\":1} {\"id\":\"u\"}"),
                             one.events.at(1).id + " " + one.events[1].data + " " + one.events[1].user);
        CPPUNIT_ASSERT(one.events[1].at == 48h && one.cancel->at == 3h && one.cancel->run == 2);
        CPPUNIT_ASSERT(one.duration == Duration(4h) && one.limit == 72h && one.crashMatrix);
        checkScripts(one);
        checkExpectation(one.expect);
    }

    void testPipelineIsTheFileOfTheSameName() {
        shop();
        const std::string rest = "cases: [{name: a, event: {name: go}, expect: {}}]\n";
        CPPUNIT_ASSERT_EQUAL(std::string("shop"), fixture_.read(rest).pipelines.at(0)->id);
        CPPUNIT_ASSERT_EQUAL(std::string("shop"),
                             fixture_.read("pipeline: shop.yaml\n" + rest, "x.test.yaml").pipelines.at(0)->id);
        fixture_.pipeline("mail", "steps: [{id: write, uses: smtp}]\n");
        CPPUNIT_ASSERT_EQUAL(std::size_t(2),
                             fixture_.read("pipelines: [shop.yaml, mail.yaml]\n" + rest).pipelines.size());
        CPPUNIT_ASSERT_EQUAL(std::string("odd.yaml:1:1: error: `pipeline` is missing\n"
                                         "    hint: a file NAME.test.yaml is about NAME.yaml, any other says which\n"),
                             findings(rest, "odd.yaml"));
    }

    void testMistakesHaveTheirPlaceAndAHint() {
        shop();
        const struct {
            const char* line;
            const char* want;
        } rows[] = {
            {"plugin: {}", "shop.test.yaml:5:5: error: unknown key `plugin`\n    hint: did you mean `plugins`?\n"},
            {"plugins: {bank: [{takes: 1s}]}",
             "shop.test.yaml:5:22: error: the answer does not say what the call does\n"
             "    hint: one of return, error, skip, crash or hang\n"},
            {"plugins: {bank: [{return: 1, crash: true}]}",
             "shop.test.yaml:5:22: error: one answer does one thing\n"
             "    hint: one of return, error, skip, crash or hang\n"},
            {"plugins: {bank: 1}",
             "shop.test.yaml:5:21: error: expected a list of answers, or one answer for all calls\n"},
            {"plugins: {bank: {crash: false}}", "shop.test.yaml:5:29: error: `crash` can only be true\n"},
            {"plugins: {bank: {error: {class: lost}}}",
             "shop.test.yaml:5:37: error: an attempt is lost when stepd dies, not when a plugin says so\n"
             "    hint: `crash_matrix: true` stops stepd after every commit\n"},
            {"plugins: {bank: {error: {code: x}}}", "shop.test.yaml:5:29: error: `class` is missing\n"},
            {"plugins: {bank: {return: 1, takes: 4}}",
             "shop.test.yaml:5:40: error: `takes` must be a duration with its unit\n"
             "    hint: write 250ms, 4s or 10m\n"},
            {"now: tomorrow",
             "shop.test.yaml:5:10: error: `now` must be a time\n    hint: write 2026-01-02T03:04:05Z\n"},
            {"events: []", "shop.test.yaml:5:13: error: `event` stands here too\n    hint: put all into `events`\n"},
        };
        for (const auto& row : rows) {
            const std::string text = findings("cases:\n  - name: a\n    event: {name: go}\n    expect: {}\n    " +
                                              std::string(row.line) + "\n");
            CPPUNIT_ASSERT_EQUAL(std::string(row.want), text);
        }
        CPPUNIT_ASSERT_EQUAL(
            std::string("shop.test.yaml:3:5: error: nothing happens: the case has no event\n"
                        "    hint: write `event: {name: ...}`, or `for: 3d` where a schedule starts the runs\n"),
            findings("cases:\n  -\n    name: a\n    expect: {}\n"));
        CPPUNIT_ASSERT_EQUAL(
            std::string("shop.test.yaml:3:5: error: two cases are named `a`\n"),
            findings("cases:\n  - {name: a, for: 1s, expect: {}}\n  - {name: a, for: 1s, expect: {}}\n"));
    }

    void testNamesAreThoseOfThePipelines() {
        shop();
        CPPUNIT_ASSERT_EQUAL(std::string("shop.test.yaml:4:15: error: no plugin of the pipeline is named `banc`\n"
                                         "    hint: did you mean `bank`?\n"
                                         "shop.test.yaml:5:13: error: no step of the pipeline is named `shipp`\n"
                                         "    hint: did you mean `ship`?\n"
                                         "shop.test.yaml:6:22: error: no step of the pipeline is named `pays`\n"
                                         "    hint: did you mean `pay`?\n"
                                         "shop.test.yaml:6:41: error: no id of the pipeline is named `stop`\n"
                                         "    hint: did you mean `shop`?\n"),
                             findings("cases:\n  - name: a\n    for: 1s\n    plugins: {banc: {return: 1}}\n"
                                      "    steps: {\"shipp[3]\": {return: 1}, \"pay[1].ship\": {return: 2}}\n"
                                      "    expect: {steps: {pays: {}}, runs: [{pipeline: stop}]}\n"));
    }

    void testBrokenPipelineIsReportedAndNamesAreNotChecked() {
        fixture_.pipeline("shop", "steps: [{id: pay, usse: bank}]\n");
        const std::string text =
            findings("cases: [{name: a, event: {name: go}, plugins: {x: {return: 1}}, expect: {}}]\n");
        CPPUNIT_ASSERT_MESSAGE(text, text.starts_with("shop.yaml:5:"));
        CPPUNIT_ASSERT_MESSAGE(text, text.find("did you mean `uses`") != std::string::npos);
        CPPUNIT_ASSERT_MESSAGE(text, text.find("test.yaml") == std::string::npos);
    }

    void testFileThatIsNotThere() {
        const auto none = [](const std::string&) { return pipeline::LoadContext{}; };
        CPPUNIT_ASSERT(hasErrors(readTestFile("no/such.test.yaml", none).findings));
        CPPUNIT_ASSERT(findings("cases: [{name: a, event: {name: go}, expect: {}}]\n").find("shop.yaml") !=
                       std::string::npos);
    }

private:
    static void checkScripts(const TestCase& one) {
        const Script& bank = one.plugins.at("bank");
        CPPUNIT_ASSERT(!bank.always && bank.answers.size() == 5);
        CPPUNIT_ASSERT_EQUAL(std::string("{\"ok\":1.0}"), bank.answers[0].result->output);
        CPPUNIT_ASSERT(bank.answers[0].takes == 4s);
        const StepResult& slow = *bank.answers[1].result;
        CPPUNIT_ASSERT(slow.outcome == OutcomeClass::RateLimited && slow.error.outcome == OutcomeClass::RateLimited);
        CPPUNIT_ASSERT_EQUAL(std::string("slow later [1]"),
                             slow.error.code + " " + slow.error.message + " " + slow.error.details);
        CPPUNIT_ASSERT(slow.error.retryAfter == Duration(9s));
        CPPUNIT_ASSERT(bank.answers[2].result->outcome == OutcomeClass::Skipped);
        CPPUNIT_ASSERT(bank.answers[3].result->outcome == OutcomeClass::Crash);
        CPPUNIT_ASSERT(!bank.answers[4].result);
        CPPUNIT_ASSERT(one.steps.at("ship").always);
        CPPUNIT_ASSERT_EQUAL(std::string("null"), one.steps.at("ship").answers.at(0).result->output);
    }

    static void checkExpectation(const Expectation& expect) {
        CPPUNIT_ASSERT(expect.exact && expect.runs == 2U && expect.waited == Duration(24h * 90));
        CPPUNIT_ASSERT(expect.events == std::vector<std::string>{"paid"});
        CPPUNIT_ASSERT_EQUAL(std::string("completed"), *expect.first.state);
        CPPUNIT_ASSERT_EQUAL(std::string("shop failed {\"class\":\"bug\"}"),
                             *expect.each.at(0).pipeline + " " + *expect.each[0].state + " " + *expect.each[0].error);
        CPPUNIT_ASSERT(expect.each[0].startsAt == Duration(1s) && expect.each[0].endsAt == Duration(2s));
        const ExpectedStep& pay = expect.first.steps.at("pay");
        CPPUNIT_ASSERT_EQUAL(std::string("failed {\"a\":1} 2 {} {\"code\":\"x\"}"),
                             *pay.state + " " + *pay.output + " " + *pay.input + " " + *pay.with + " " + *pay.error);
        CPPUNIT_ASSERT_EQUAL(2, *pay.attempts);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TestFileReaderTest);
