#include "host/isolation_contract.h"

using namespace stepd;

/// In this process.
class InprocContractTest final : public test::IsolationContract {
    CPPUNIT_TEST_SUB_SUITE(InprocContractTest, test::IsolationContract);
    CPPUNIT_TEST_SUITE_END();
    host::Isolation isolation() const override { return host::Isolation::Inproc; }
};
CPPUNIT_TEST_SUITE_REGISTRATION(InprocContractTest);
