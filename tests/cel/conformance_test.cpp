#include "cel/conformance.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "base/error.h"

using namespace stepd;

/// Runs the cases of the CEL project's own conformance suite, if STEPD_CONFORMANCE_DIR names the folder of cel.json.
class ConformanceTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ConformanceTest);
    CPPUNIT_TEST(testCasesOfTheSpecificationPass);
    CPPUNIT_TEST(testAnotherFormIsRefused);
    CPPUNIT_TEST(testFailuresSayWhatHappened);
    CPPUNIT_TEST_SUITE_END();

    static constexpr int kFloor = 1606;  // as many as pass today; it only rises

    void testCasesOfTheSpecificationPass() {
        const char* folder = std::getenv("STEPD_CONFORMANCE_DIR");
        std::ifstream file(folder ? std::string(folder) + "/cel.json" : std::string());
        if (!file) {
            std::cout << "\nSKIPPED SUITE ConformanceTest: set STEPD_CONFORMANCE_DIR to the folder of cel.json\n";
            return;
        }
        std::ostringstream text;
        text << file.rdbuf();
        int passed = 0;
        std::set<std::string> untyped;
        const auto outcomes = cel::runCases(text.str());
        for (const auto& outcome : outcomes) {
            passed += outcome.problem.empty() ? 1 : 0;
            if (outcome.untyped) untyped.insert(outcome.expression);
            if (!outcome.problem.empty())
                std::cout << outcome.suite << ' ' << outcome.name << ": " << outcome.expression << ": "
                          << outcome.problem << '\n';
        }
        std::cout << "conformance " << passed << '/' << outcomes.size() << '\n';
        CPPUNIT_ASSERT(passed >= kFloor);
        // The suite has the checker turned off in these, so that they show what evaluation does.
        const std::set<std::string> want = {
            "1.0 == 1",    "2u != 2",    "[1] == [1.0]",      "['one'] == [2, 3]", "true ? 'cows' : 17",
            "false && 32", "true || 32", "'horses' && false", "'horses' || true",
        };
        CPPUNIT_ASSERT(want == untyped);
    }

    void testAnotherFormIsRefused() {
        for (const char* text :
             {"", "{}", "[1]", R"([{"suite": "a", "name": "b"}])", R"([{"suite": "a", "name": "b", "expr": "1"}])",
              R"([{"suite": "a", "name": "b", "expr": "1", "value": 1}])",
              R"([{"suite": "a", "name": "b", "expr": "1", "value": {"int64Value": "x"}}])",
              R"([{"suite": "a", "name": "b", "expr": "1", "value": {"enumValue": "1"}}])"})
            CPPUNIT_ASSERT_THROW_MESSAGE(text, cel::runCases(text), Error);
    }

    static std::string problemOf(const std::string& rest) {
        const auto outcomes = cel::runCases(R"([{"suite": "a", "name": "b", "expr": )" + rest + "}]");
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, outcomes.size());
        return outcomes[0].problem;
    }

    void testFailuresSayWhatHappened() {
        CPPUNIT_ASSERT_EQUAL(std::string(), problemOf(R"("1 + 1", "value": {"int64Value": "2"})"));
        CPPUNIT_ASSERT_EQUAL(std::string("gave 2"), problemOf(R"("1 + 1", "value": {"int64Value": "3"})"));
        CPPUNIT_ASSERT_EQUAL(std::string("gave 2"), problemOf(R"("1 + 1", "value": {"uint64Value": "2"})"));
        CPPUNIT_ASSERT_EQUAL(std::string("gave 2"), problemOf(R"("1 + 1", "error": true)"));
        CPPUNIT_ASSERT_EQUAL(std::string("failed: division by zero"),
                             problemOf(R"("1 / 0", "value": {"int64Value": "3"})"));
        CPPUNIT_ASSERT_EQUAL(std::string("does not compile: unexpected the end: expected a value"),
                             problemOf(R"("1 +", "value": {"int64Value": "3"})"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConformanceTest);
