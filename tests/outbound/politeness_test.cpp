#include "outbound/politeness.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;
using namespace stepd::outbound;

class PolitenessTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(PolitenessTest);
    CPPUNIT_TEST(testConcurrencyIsPerHost);
    CPPUNIT_TEST(testIntervalSpacesStarts);
    CPPUNIT_TEST(testForgottenTicketsDoNotStart);
    CPPUNIT_TEST_SUITE_END();

    using Tickets = std::vector<Politeness::Ticket>;
    const Instant t0_ = Instant(1000s);

    void testConcurrencyIsPerHost() {
        Politeness queue({.perHostConcurrency = 2});
        for (const Politeness::Ticket t : {1, 2, 3}) queue.enqueue("a", t);
        queue.enqueue("b", 4);
        CPPUNIT_ASSERT(queue.release(t0_) == (Tickets{1, 2, 4}));
        CPPUNIT_ASSERT(queue.release(t0_).empty());
        queue.finished("a");
        CPPUNIT_ASSERT(queue.release(t0_) == (Tickets{3}));
    }

    void testIntervalSpacesStarts() {
        Politeness queue({.perHostConcurrency = 9, .perHostMinInterval = 500ms});
        for (const Politeness::Ticket t : {1, 2}) queue.enqueue("a", t);
        CPPUNIT_ASSERT(queue.release(t0_) == (Tickets{1}));
        CPPUNIT_ASSERT(queue.nextRelease() == t0_ + 500ms);
        CPPUNIT_ASSERT(queue.release(t0_ + 499ms).empty());
        CPPUNIT_ASSERT(queue.release(t0_ + 500ms) == (Tickets{2}));
        CPPUNIT_ASSERT(!queue.nextRelease());
    }

    void testForgottenTicketsDoNotStart() {
        Politeness queue({.perHostConcurrency = 1});
        queue.enqueue("a", 1);
        queue.enqueue("a", 2);
        CPPUNIT_ASSERT(queue.forget("a", 1));
        CPPUNIT_ASSERT(!queue.forget("a", 1));
        CPPUNIT_ASSERT(queue.release(t0_) == (Tickets{2}));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PolitenessTest);
