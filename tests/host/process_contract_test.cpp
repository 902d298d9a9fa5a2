#include "host/isolation_contract.h"

using namespace stepd;

/// In workers.
class ProcessContractTest final : public test::IsolationContract {
    CPPUNIT_TEST_SUB_SUITE(ProcessContractTest, test::IsolationContract);
    CPPUNIT_TEST_SUITE_END();
    host::Isolation isolation() const override { return host::Isolation::Process; }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ProcessContractTest);
