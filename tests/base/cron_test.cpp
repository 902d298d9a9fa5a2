#include "base/cron.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace stepd;

class CronTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CronTest);
    CPPUNIT_TEST(testFields);
    CPPUNIT_TEST(testDaysOfWeek);
    CPPUNIT_TEST(testRuleOfTheTwoDays);
    CPPUNIT_TEST(testWhatIsNoCronExpression);
    CPPUNIT_TEST(testOtherFormsAreExplained);
    CPPUNIT_TEST_SUITE_END();

    static CronExpression parsed(const std::string& text) {
        const auto cron = parseCron(text);
        CPPUNIT_ASSERT_MESSAGE(text + ": " + (cron ? "" : cron.error().message), bool(cron));
        return *cron;
    }

    template <std::size_t N>
    static std::string list(const std::bitset<N>& numbers) {
        std::string out;
        for (std::size_t i = 0; i < N; ++i)
            if (numbers[i]) out += (out.empty() ? "" : " ") + std::to_string(i);
        return out;
    }

    void testFields() {
        const CronExpression cron = parsed("*/20 9-17/4,22\t1,15-17 jan,MAR-May *");
        CPPUNIT_ASSERT_EQUAL(std::string("0 20 40"), list(cron.minutes));
        CPPUNIT_ASSERT_EQUAL(std::string("9 13 17 22"), list(cron.hours));
        CPPUNIT_ASSERT_EQUAL(std::string("1 15 16 17"), list(cron.daysOfMonth));
        CPPUNIT_ASSERT_EQUAL(std::string("1 3 4 5"), list(cron.months));
        CPPUNIT_ASSERT_EQUAL(std::string("0 1 2 3 4 5 6"), list(cron.daysOfWeek));
        CPPUNIT_ASSERT_EQUAL(std::string("5 25 45"), list(parsed("5/20 0 * * *").minutes));
        CPPUNIT_ASSERT_EQUAL(std::size_t(60), parsed(" * * * * * ").minutes.count());
        CPPUNIT_ASSERT_EQUAL(std::size_t(31), parsed("0 0 * * *").daysOfMonth.count());
    }

    void testDaysOfWeek() {
        const struct {
            const char* text;
            const char* want;
        } rows[] = {{"0", "0"},
                    {"7", "0"},
                    {"SUN", "0"},
                    {"5-7", "0 5 6"},
                    {"fri-SUN", "0 5 6"},
                    {"SUN-TUE", "0 1 2"},
                    {"0-7", "0 1 2 3 4 5 6"},
                    {"*/3", "0 3 6"},
                    {"1/2", "1 3 5"},
                    {"MON,6", "1 6"}};
        for (const auto& row : rows)
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.text, std::string(row.want),
                                         list(parsed(std::string("0 0 * * ") + row.text).daysOfWeek));
    }

    void testRuleOfTheTwoDays() {
        const CronExpression either = parsed("0 0 13 * FRI");
        CPPUNIT_ASSERT(either.matchesDay(6, 13, 1));
        CPPUNIT_ASSERT(either.matchesDay(6, 14, 5));
        CPPUNIT_ASSERT(!either.matchesDay(6, 14, 1));
        const CronExpression both = parsed("0 0 */2 6 FRI");
        CPPUNIT_ASSERT(both.matchesDay(6, 13, 5));
        CPPUNIT_ASSERT(!both.matchesDay(6, 13, 1));
        CPPUNIT_ASSERT(!both.matchesDay(6, 14, 5));
        CPPUNIT_ASSERT(!both.matchesDay(7, 13, 5));
        CPPUNIT_ASSERT(parsed("0 0 * * 1").matchesDay(1, 31, 1));
        CPPUNIT_ASSERT(!parsed("0 0 * * 1").matchesDay(1, 31, 2));
    }

    static std::string problem(const std::string& text) {
        const auto cron = parseCron(text);
        CPPUNIT_ASSERT_MESSAGE(text, !cron);
        const CronProblem& found = cron.error();
        return std::to_string(found.column) + ": " + found.message +
               (found.hint.empty() ? "" : " (" + found.hint + ")");
    }

    void testWhatIsNoCronExpression() {
        const struct {
            const char* text;
            const char* want;
        } rows[] = {
            {"", "1: the cron expression is empty (write five fields: 0 3 * * *)"},
            {"0 3 * *", "8: a cron expression has 5 fields, not 4 (minute, hour, day of month, month, day of week)"},
            {"60 * * * *", "1: `60` is not possible as minute (it takes 0-59)"},
            {"0 24 * * *", "3: `24` is not possible as hour (it takes 0-23)"},
            {"0 0 0 * *", "5: `0` is not possible as day of month (it takes 1-31)"},
            {"0 0 1 FOO *", "7: `FOO` is not possible as month (it takes 1-12 or JAN-DEC)"},
            {"0 0 1 * 1,8", "11: `8` is not possible as day of week (it takes 0-7 or SUN-SAT)"},
            {"-5 * * * *", "1: a number is missing as minute (it takes 0-59)"},
            {"1,,2 * * * *", "3: a number is missing as minute (it takes 0-59)"},
            {"1- * * * *", "3: a number is missing as minute (it takes 0-59)"},
            {"0 22-5 * * *", "3: the range `22-5` runs backwards (write two, with a comma between)"},
            {"*/60 * * * *", "3: `60` is no step for minute (a step is 1 to 59 here)"},
            {"*/0 * * * *", "3: `0` is no step for minute (a step is 1 to 59 here)"},
            {"0 8-12/ * * *", "8: `` is no step for hour (a step is 1 to 4 here)"},
            {"0 0 ? * MON", "5: `?` is not possible as day of month (it takes 1-31)"},
            {"0 0 L * *", "5: `L` is not possible as day of month (it takes 1-31)"},
            {"0 0 31 2,4 *", "5: no month has such a day"},
            {"0 0 99999999999 * *", "5: `99999999999` is not possible as day of month (it takes 1-31)"},
        };
        for (const auto& row : rows) CPPUNIT_ASSERT_EQUAL(std::string(row.want), problem(row.text));
        parsed("0 0 29 2 *");
        parsed("0 0 31 2 MON");
    }

    void testOtherFormsAreExplained() {
        CPPUNIT_ASSERT_EQUAL(std::string("1: `@hourly` is not taken (write `0 * * * *`)"), problem("@hourly"));
        CPPUNIT_ASSERT_EQUAL(std::string("1: `@every` is not taken (write five fields: */5 * * * *)"),
                             problem("@every 5m"));
        for (const char* zone : {"TZ=Europe/Berlin 0 3 * * *", "CRON_TZ=Europe/Berlin 0 3 * * *"})
            CPPUNIT_ASSERT_EQUAL(std::string("1: a cron expression has no time zone (write `timezone: Europe/Berlin`)"),
                                 problem(zone));
        CPPUNIT_ASSERT_EQUAL(
            std::string("11: a cron expression has 5 fields, not 6 (there are no fields for seconds and years)"),
            problem("0 0 3 * * MON"));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CronTest);
