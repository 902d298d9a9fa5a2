#include "contract/store_contract.h"
#include "rehearsal/sim_store.h"

using namespace stepd;
using namespace stepd::test;
using namespace stepd::rehearsal;

class SimStoreContractTest : public StoreContract {
    CPPUNIT_TEST_SUB_SUITE(SimStoreContractTest, StoreContract);
    CPPUNIT_TEST_SUITE_END();

    struct Bench final : StoreBench {
        SimStore sim;
        store::Store& store() override { return sim; }
        store::Readers& readers() override { return sim; }
        void settle() override { sim.pump(); }
        void reopen() override { sim.restart(); }
        void fillDisk() override { sim.faultAt(1, SimFault::Full); }
    };
    std::unique_ptr<StoreBench> makeBench() override { return std::make_unique<Bench>(); }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SimStoreContractTest);
