#include "host/result_check.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;
using namespace stepd::host;

/// What a worker that is no longer ours may send.
class ResultCheckTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(ResultCheckTest);
    CPPUNIT_TEST(testWhatNoWorkerSendsIsAViolation);
    CPPUNIT_TEST_SUITE_END();

    static std::string violation(const ResultMessage& message) {
        return checkResult(message, 100, SecretSet({}, nullptr)).violation;
    }

    void testWhatNoWorkerSendsIsAViolation() {
        ResultMessage done;
        done.outcome = static_cast<std::int32_t>(OutcomeClass::Ok);
        done.output = '"' + std::string(98, 'x') + '"';
        CPPUNIT_ASSERT_EQUAL(std::string(), violation(done));
        done.output += ' ';
        CPPUNIT_ASSERT_EQUAL(std::string("sent an output that is too large"), violation(done));

        ResultMessage failed;
        failed.outcome = static_cast<std::int32_t>(OutcomeClass::Permanent);
        for (auto text :
             {&ResultMessage::code, &ResultMessage::message, &ResultMessage::details, &ResultMessage::resumeToken}) {
            auto message = failed;
            CPPUNIT_ASSERT_EQUAL(std::string(), violation(message));
            message.*text = std::string(kMaxDetailsBytes + 1, 'x');
            CPPUNIT_ASSERT_EQUAL(std::string("sent a result with too long texts"), violation(message));
            message.*text = "\xff";
            CPPUNIT_ASSERT_EQUAL(std::string("sent a result that is not UTF-8"), violation(message));
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ResultCheckTest);
