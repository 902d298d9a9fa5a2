#include "linkedin_collector/derived.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd::linkedin;

class DerivedTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DerivedTest);
    CPPUNIT_TEST(testCounts);
    CPPUNIT_TEST(testNoDigitsNoCount);
    CPPUNIT_TEST(testSeniority);
    CPPUNIT_TEST(testNamesShareAWord);
    CPPUNIT_TEST_SUITE_END();

    void testCounts() {
        const struct {
            const char* text;
            std::int64_t want;
        } rows[] = {{"1,234 followers", 1234},
                    {"500+ connections", 500},
                    {"1.2K", 1200},
                    {"1,2K", 1200},
                    {"10.842.560", 10842560},
                    {"12 345 abonnés", 12345},
                    {"12\u00A0345", 12345},
                    {"12'345", 12345},
                    {"12’345", 12345},
                    {"3M followers", 3000000},
                    {"2.5m+", 2500000},
                    {"1.05B", 1050000000},
                    {"0", 0},
                    {"about 7", 7},
                    {"1.5", 1},
                    {"5 bananas", 5},
                    {"5 34", 5},
                    {"1,234K", 1234000},
                    {"7Kx", 7},
                    {"1,234.5K", 1234500}};
        for (const auto& row : rows) {
            const auto count = parseCount(row.text);
            CPPUNIT_ASSERT_MESSAGE(row.text, count.has_value());
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, row.want, *count);
        }
    }

    void testNoDigitsNoCount() {
        for (const char* text : {"", "many", "K", "٣", "99999999999999999999999999"})
            CPPUNIT_ASSERT_MESSAGE(text, !parseCount(text));
    }

    void testSeniority() {
        const struct {
            const char* title;
            const char* want;
        } rows[] = {{"CEO", "c_level"},
                    {"Co-Founder & CTO", "c_level"},
                    {"Owner", "c_level"},
                    {"Chief Happiness Officer", "c_level"},
                    {"President", "c_level"},
                    {"Vice President, Sales", "vp"},
                    {"VP of Engineering", "vp"},
                    {"Vice-President", "vp"},
                    {"Director of Marketing", "director"},
                    {"Head of Design", "head"},
                    {"Headhunter", "individual"},
                    {"Engineering Manager", "manager"},
                    {"Lead Engineer", "lead"},
                    {"Principal Consultant", "lead"},
                    {"Staff Engineer", "lead"},
                    {"Senior Developer", "senior"},
                    {"Sr. Developer", "senior"},
                    {"Software Engineering Intern", "entry"},
                    {"Junior Developer", "entry"},
                    {"Trainee", "entry"},
                    {"International Developer", "individual"},
                    {"Assistant to the CEO", "individual"},
                    {"Product Owner", "individual"},
                    {"Product Owner and Founder", "c_level"},
                    {"Software Engineer", "individual"},
                    {"", "individual"},
                    {"Directeur", "individual"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.title, std::string(row.want), seniorityOf(row.title));
    }

    void testNamesShareAWord() {
        CPPUNIT_ASSERT(shareAWord("Prof. JOSE Garcia", "José María"));
        CPPUNIT_ASSERT(shareAWord("Smith, A.", "Jane O'Connor-Smith"));
        CPPUNIT_ASSERT(!shareAWord("Janet Roe", "Jane Doe"));
        CPPUNIT_ASSERT(!shareAWord("", "Jane Doe"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DerivedTest);
