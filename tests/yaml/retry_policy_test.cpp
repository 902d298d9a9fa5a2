#include "yaml/retry_policy.h"

#include <cppunit/extensions/HelperMacros.h>

#include "yaml/document.h"

using namespace stepd;
using namespace stepd::yaml;

class RetryPolicyTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(RetryPolicyTest);
    CPPUNIT_TEST(testFieldsGoOverWhatIsInherited);
    CPPUNIT_TEST(testJitter);
    CPPUNIT_TEST(testMistakes);
    CPPUNIT_TEST(testTextIsReadBack);
    CPPUNIT_TEST_SUITE_END();

    static Diagnostics read(const std::string& yaml, RetryPolicy& policy) {
        const Document document = parse(yaml, "t");
        Report report("t");
        report.add(document.findings);
        Reader fields(*document.root, "retry", report);
        readRetryPolicy(fields, policy);
        fields.finish();
        return report.sorted();
    }

    void testFieldsGoOverWhatIsInherited() {
        RetryPolicy policy;
        CPPUNIT_ASSERT(read("{attempts: 9, initial: 2s, only: [timeout], budget: 1h}", policy).empty());
        CPPUNIT_ASSERT(read("{attempts: 3, max: 30s, backoff: linear, on_exhausted: continue}", policy).empty());
        CPPUNIT_ASSERT_EQUAL(3, policy.attempts);
        CPPUNIT_ASSERT(policy.initial == 2s);
        CPPUNIT_ASSERT(policy.max == 30s);
        CPPUNIT_ASSERT(policy.backoff == Backoff::Linear);
        CPPUNIT_ASSERT(policy.budget == Duration(1h));
        CPPUNIT_ASSERT(policy.only == std::vector<std::string>{"timeout"});
        CPPUNIT_ASSERT(policy.onExhausted == OnExhausted::Continue);
        CPPUNIT_ASSERT_EQUAL(2.0, policy.factor);
    }

    void testJitter() {
        const struct {
            const char* yaml;
            double want;
        } rows[] = {
            {"jitter: none", 0}, {"jitter: equal", 0.5}, {"jitter: full", 1}, {"jitter: 0.25", 0.25}, {"jitter: 1", 1}};
        for (const auto& row : rows) {
            RetryPolicy policy;
            CPPUNIT_ASSERT_MESSAGE(row.yaml, read(row.yaml, policy).empty());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.yaml, row.want, policy.jitter);
        }
    }

    void testMistakes() {
        const struct {
            const char* yaml;
            const char* finding;
        } rows[] = {
            {"attempts: 0", "t:1:11: error: `attempts` must be between 1 and 1000"},
            {"jitter: 1.5", "t:1:9: error: `jitter` must be none, equal, full or a share between 0 and 1"},
            {"jitter: some", "t:1:9: error: `jitter` must be none, equal, full or a share between 0 and 1"},
            {"on_exhausted: stop", "t:1:15: error: `on_exhausted` must be fail, pause or continue"},
            {"initial: 2m", "t:1:10: error: the longest delay (1m) is below the first (2m)"},
            {"backoff: exponental",
             "t:1:10: error: `backoff` must be none, constant, linear or exponential\n    hint: did you mean "
             "`exponential`?"},
            {"only: [timout]",
             "t:1:8: warning: `timout` is no error class, so it is taken for a plugin's code\n    hint: did you mean "
             "`timeout`?"},
            {"factor: 0.5", "t:1:9: error: `factor` must be between 1.0 and 100.0"},
        };
        for (const auto& row : rows) {
            RetryPolicy policy;
            const Diagnostics findings = read(row.yaml, policy);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.yaml, std::size_t(1), findings.size());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.yaml, std::string(row.finding), findings[0].text());
        }
    }

    void testTextIsReadBack() {
        RetryPolicy first;
        CPPUNIT_ASSERT(
            read("{attempts: 7, backoff: constant, initial: 250ms, factor: 1.5, max: 2m, jitter: 0.3, budget: 10m, "
                 "only: [timeout, quota], except: [crash], respect_retry_after: false, on_exhausted: pause}",
                 first)
                .empty());
        RetryPolicy second;
        CPPUNIT_ASSERT(read(toYaml(first), second).empty());
        CPPUNIT_ASSERT_EQUAL(toYaml(first), toYaml(second));
        CPPUNIT_ASSERT_EQUAL(0.3, second.jitter);
        CPPUNIT_ASSERT(second.except == std::vector<std::string>{"crash"});
        CPPUNIT_ASSERT(!second.respectRetryAfter);
        CPPUNIT_ASSERT(second.onExhausted == OnExhausted::Pause);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RetryPolicyTest);
