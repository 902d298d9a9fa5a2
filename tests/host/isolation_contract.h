#pragma once

#include "host/host_fixture.h"

namespace stepd::test {

/// What a step and its caller may rely on wherever the plugin runs.
class IsolationContract : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(IsolationContract);
    CPPUNIT_TEST(testStepSeesItsCall);
    CPPUNIT_TEST(testOutcomesKeepTheirClasses);
    CPPUNIT_TEST(testBadAnswersAreBugs);
    CPPUNIT_TEST(testWordsGoWhereTheyBelong);
    CPPUNIT_TEST(testFetchesGoThroughTheHost);
    CPPUNIT_TEST(testSecretsAreStruckOut);
    CPPUNIT_TEST(testCancelAndDeadlineReachTheStep);
    CPPUNIT_TEST(testManyCallsKeepTheirResults);
    CPPUNIT_TEST(testSlowCallsRunAtOnce);
    CPPUNIT_TEST(testLargePayloadsGoBothWays);
    CPPUNIT_TEST(testHealthIsTold);
    CPPUNIT_TEST(testStopEndsRunningCalls);
    CPPUNIT_TEST(testCallsHaveReceipts);
    CPPUNIT_TEST(testProcessorTimeIsThatOfTheCall);
    CPPUNIT_TEST(testHostCallsAreLimited);
    CPPUNIT_TEST(testProcessorTimeIsLimited);
    CPPUNIT_TEST(testOutputIsLimited);
    CPPUNIT_TEST_SUITE_END_ABSTRACT();

protected:
    virtual host::Isolation isolation() const = 0;

private:
    host::PluginSpec lab(std::uint32_t threads = 4, const std::string& library = "lab") const;
    void testStepSeesItsCall();
    void testOutcomesKeepTheirClasses();
    void testBadAnswersAreBugs();
    void testWordsGoWhereTheyBelong();
    void testFetchesGoThroughTheHost();
    void testSecretsAreStruckOut();
    void testCancelAndDeadlineReachTheStep();
    void testManyCallsKeepTheirResults();
    void testSlowCallsRunAtOnce();
    void testLargePayloadsGoBothWays();
    void testHealthIsTold();
    void testStopEndsRunningCalls();
    // isolation_contract_usage.cpp
    void testCallsHaveReceipts();
    void testProcessorTimeIsThatOfTheCall();
    void testHostCallsAreLimited();
    void testProcessorTimeIsLimited();
    void testOutputIsLimited();
};

}  // namespace stepd::test
