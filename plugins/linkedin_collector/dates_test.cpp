#include "linkedin_collector/dates.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;
using namespace stepd::linkedin;

class DatesTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DatesTest);
    CPPUNIT_TEST(testAcceptedDates);
    CPPUNIT_TEST(testRefusedDates);
    CPPUNIT_TEST(testPeriods);
    CPPUNIT_TEST(testOverlapsCountOnce);
    CPPUNIT_TEST_SUITE_END();

    static constexpr MonthNumber kNow = 2026 * 12 + 2;

    static std::string told(const Json& date, DateRole role) {
        const auto month = parseDate(date, role, kNow);
        return month ? monthText(*month) : "-";
    }

    void testAcceptedDates() {
        const struct {
            Json date;
            const char* start;
            const char* end;
        } rows[] = {{"Jan 2020", "2020-01", "2020-01"},
                    {"January 2020", "2020-01", "2020-01"},
                    {"sept. 2020", "2020-09", "2020-09"},
                    {"2020-01", "2020-01", "2020-01"},
                    {"2020", "2020-01", "2020-12"},
                    {"01/2020", "2020-01", "2020-01"},
                    {"2020-03-15", "2020-03", "2020-03"},
                    {"2020-03-15T10:00:00Z", "2020-03", "2020-03"},
                    {" May  2021 ", "2021-05", "2021-05"},
                    {2019, "2019-01", "2019-12"},
                    {{{"year", 2019}, {"month", 7}}, "2019-07", "2019-07"},
                    {{{"year", 2019}}, "2019-01", "2019-12"},
                    {{{"year", 2019}, {"month", "March"}}, "2019-03", "2019-03"},
                    {{{"year", 2019}, {"month", nullptr}}, "2019-01", "2019-12"},
                    {"1950", "1950-01", "1950-12"},
                    {"2027", "2027-01", "2027-12"}};
        for (const auto& row : rows) {
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.date.dump(), std::string(row.start), told(row.date, DateRole::Start));
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.date.dump(), std::string(row.end), told(row.date, DateRole::End));
        }
    }

    void testRefusedDates() {
        for (const Json& date : {Json(), Json(""), Json("soon"), Json("1949"), Json("2028"), Json("2020-13"),
                                 Json("00/2020"), Json("Foo 2020"), Json("Ja 2020"), Json("20200"), Json(20),
                                 Json(true), Json::array({2020}), Json{{"month", 3}}, Json{{"year", "2020"}},
                                 Json{{"year", 2020}, {"month", 13}}, Json(std::string(5000, '2')), Json(2020.5)})
            CPPUNIT_ASSERT_EQUAL_MESSAGE(date.dump(), std::string("-"), told(date, DateRole::Start));
    }

    void testPeriods() {
        const struct {
            const char* text;
            const char* start;
            const char* end;
        } rows[] = {{"2010 - 2014", "2010", "2014"},
                    {"2010 – 2014", "2010", "2014"},
                    {"Jan 2010 — Present", "Jan 2010", "Present"},
                    {"2010 to 2014", "2010", "2014"},
                    {"2010-2014", "2010", "2014"},
                    {"2010", "2010", ""},
                    {"2010-05", "2010-05", ""},
                    {"", "", ""}};
        for (const auto& row : rows) {
            const auto [start, end] = splitPeriod(row.text);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, std::string(row.start), start);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, std::string(row.end), end);
        }
    }

    void testOverlapsCountOnce() {
        MonthSet months;
        months.add(100, 111);
        months.add(106, 117);
        CPPUNIT_ASSERT_EQUAL(18, months.size());
        months.add(5, 4);
        CPPUNIT_ASSERT_EQUAL(18, months.size());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DatesTest);
