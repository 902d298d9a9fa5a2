#include "engine/open_events.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;
using namespace stepd::engine;

class OpenEventsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(OpenEventsTest);
    CPPUNIT_TEST(testEventsCountUntilTheyAreAnswered);
    CPPUNIT_TEST(testBytesCountAsWell);
    CPPUNIT_TEST(testOneSubmissionMayBeLargerThanAllOfThem);
    CPPUNIT_TEST_SUITE_END();

    static std::vector<NewEvent> events(std::size_t count, std::size_t bytes = 2) {
        std::vector<NewEvent> list(count);
        for (NewEvent& event : list) event.data.assign(bytes, 'x');
        return list;
    }

    void testEventsCountUntilTheyAreAnswered() {
        OpenEvents open(5, 1U << 20);
        std::size_t told = 0;
        Engine::SubmitCallback first = [&](const std::vector<Submitted>& answers) { told += answers.size(); };
        Engine::SubmitCallback second = first;
        CPPUNIT_ASSERT(open.enter(events(3), first));
        CPPUNIT_ASSERT(!open.enter(events(3), second));
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), open.load().events);
        first(std::vector<Submitted>(3));
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), told);
        CPPUNIT_ASSERT_EQUAL(std::uint64_t(3), open.load().answered);
        CPPUNIT_ASSERT(open.load().events == 0 && open.load().bytes == 0);
        CPPUNIT_ASSERT(open.enter(events(3), second));
        second(std::vector<Submitted>(3));
        CPPUNIT_ASSERT_EQUAL(std::size_t(6), told);
    }

    void testBytesCountAsWell() {
        OpenEvents open(1000, 10'000);
        Engine::SubmitCallback first = [](const std::vector<Submitted>&) {};
        Engine::SubmitCallback second = first;
        CPPUNIT_ASSERT(open.enter(events(1, 6000), first));
        CPPUNIT_ASSERT(open.load().bytes >= 6000);
        CPPUNIT_ASSERT(!open.enter(events(1, 6000), second));
        first({});
        CPPUNIT_ASSERT(open.enter(events(1, 6000), second));
    }

    // Else a body within the limit of its route could never be taken.
    void testOneSubmissionMayBeLargerThanAllOfThem() {
        OpenEvents open(2, 100);
        Engine::SubmitCallback done = [](const std::vector<Submitted>&) {};
        CPPUNIT_ASSERT(open.enter(events(3, 200), done));
        CPPUNIT_ASSERT_EQUAL(std::size_t(3), open.load().events);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(OpenEventsTest);
