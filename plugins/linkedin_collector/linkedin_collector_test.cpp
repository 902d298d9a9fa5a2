#include <cppunit/extensions/HelperMacros.h>
#include <stepd/testing/harness.h>

#include "linkedin_collector/virtual_world.h"

using namespace stepd;

/// The step as the host runs it.
class LinkedinCollectorTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(LinkedinCollectorTest);
    CPPUNIT_TEST(testSuccess);
    CPPUNIT_TEST(testLastAttemptGivesAValue);
    CPPUNIT_TEST(testCancelEndsTheWait);
    CPPUNIT_TEST(testWrongOptionsAreRefused);
    CPPUNIT_TEST(testHealth);
    CPPUNIT_TEST_SUITE_END();

    static constexpr const char* kUrl =
        "https://api.scrapingdog.com/profile/?api_key=dog-key-1&type=profile&id=jane-doe&premium=true";

    void testSuccess() {
        testing::StepHarness step("linkedin_collector", Json::object());
        step.secrets = {{"SCRAPINGDOG_API_KEY", "dog-key-1"}};
        step.http.reply(kUrl, {.body = R"({"fullName":"Jane Doe"})"});
        const auto outcome = step.run(linkedin::janeDoe());
        CPPUNIT_ASSERT_EQUAL(std::string("success"), outcome.output().at("status").get<std::string>());
        CPPUNIT_ASSERT_EQUAL(std::string("2026-01-02T03:04:05.000000Z"),
                             outcome.output().at("timestamp").get<std::string>());
        CPPUNIT_ASSERT(step.http.requests().at(0).options.maxRedirects == 0);
        CPPUNIT_ASSERT_EQUAL(std::string("scrapingdog: ok (200)"), step.logs.at(0).text);
    }

    void testLastAttemptGivesAValue() {
        testing::StepHarness step("linkedin_collector", Json::object());
        step.secrets = {{"SCRAPINGDOG_API_KEY", "dog-key-1"}};
        step.http.reply(kUrl, {.status = 429, .headers = {{"retry-after", "600"}}});
        const auto first = step.run(linkedin::janeDoe());
        CPPUNIT_ASSERT(first.outcomeClass() == Class::RateLimited);
        step.attempt = 3;
        step.attemptsLeft = 0;
        const auto last = step.run(linkedin::janeDoe());
        CPPUNIT_ASSERT(last.ok() && last.output().at("retryable").get<bool>());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, step.http.requests().size());  // the provider asked to wait
    }

    void testCancelEndsTheWait() {
        testing::StepHarness step("linkedin_collector", Json::object());
        step.secrets = {{"SCRAPINGDOG_API_KEY", "dog-key-1"}};
        step.http.reply([&](const HttpRequest&) { return step.cancel(), HttpReply{.status = 202}; });
        CPPUNIT_ASSERT(step.run(linkedin::janeDoe()).outcomeClass() == Class::Cancelled);
    }

    void testWrongOptionsAreRefused() {
        testing::StepHarness step("linkedin_collector", {{"providers", {{{"name", "x"}}}}});
        const auto outcome = step.run(linkedin::janeDoe());
        CPPUNIT_ASSERT(outcome.outcomeClass() == Class::InvalidConfig);
        CPPUNIT_ASSERT_MESSAGE(outcome.message(),
                               outcome.message().find("providers/0/operations") != std::string::npos);
    }

    void testHealth() {
        testing::StepHarness step("linkedin_collector", Json::object());
        CPPUNIT_ASSERT(step.health().status == HealthStatus::Healthy);
        CPPUNIT_ASSERT(step.run(linkedin::janeDoe()).output().at("reason") == "no_provider_configured");
        CPPUNIT_ASSERT(step.health().status == HealthStatus::Limited);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LinkedinCollectorTest);
