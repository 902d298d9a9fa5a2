#include <cppunit/extensions/HelperMacros.h>

#include "pipeline/pipeline.h"

using namespace stepd::pipeline;

class EventTriggerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(EventTriggerTest);
    CPPUNIT_TEST(testPatterns);
    CPPUNIT_TEST_SUITE_END();

    void testPatterns() {
        const struct {
            const char* pattern;
            const char* name;
            bool want;
        } rows[] = {{"a.b", "a.b", true},
                    {"a.b", "a.bc", false},
                    {"a.b", "xa.b", false},
                    {"a.*", "a.b", true},
                    {"a.*", "a.", true},
                    {"a.*", "a", false},
                    {"*", "anything", true},
                    {"*", "", true},
                    {"*.done", "x.done", true},
                    {"*.done", "x.done.y", false},
                    {"a*c*e", "abcde", true},
                    {"a*c*e", "ace", true},
                    {"a*c*e", "aec", false},
                    {"a*b", "ab_ab", true},
                    {"a**b", "ab", true},
                    {"a.b", "aXb", false},
                    {"*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false}};
        for (const auto& row : rows) {
            const EventTrigger trigger{row.pattern, std::nullopt};
            CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(row.pattern) + " on " + row.name, row.want,
                                         trigger.matches(row.name));
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(EventTriggerTest);
