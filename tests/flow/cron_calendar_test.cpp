#include "engine/cron_calendar.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace stepd;
using namespace stepd::engine;

namespace {

/// `2026-03-29T01:00` in UTC.
Timestamp at(const std::string& minute) {
    const auto time = parseRfc3339(minute + ":00Z");
    CPPUNIT_ASSERT_MESSAGE(minute, time);
    return *time;
}

CronCalendar calendar(const std::string& expression, const std::string& zone = "UTC") {
    const auto cron = parseCron(expression);
    CPPUNIT_ASSERT_MESSAGE(expression, bool(cron));
    const auto made = CronCalendar::make(*cron, zone);
    CPPUNIT_ASSERT_MESSAGE(zone, made);
    return *made;
}

std::string text(const std::vector<Timestamp>& ticks) {
    std::string out;
    for (const Timestamp tick : ticks) out += (out.empty() ? "" : " ") + toRfc3339(tick).substr(5, 11);
    return out;
}

/// Ticks of a night, in UTC.
struct Night {
    const char* expression;
    const char* after;
    const char* until;
    const char* want;
};

template <std::size_t N>
void check(const std::string& zone, const Night (&nights)[N]) {
    for (const Night& night : nights)
        CPPUNIT_ASSERT_EQUAL_MESSAGE(
            zone + ", " + night.expression, std::string(night.want),
            text(calendar(night.expression, zone).ticksBetween(at(night.after), at(night.until), 100)));
}

}  // namespace

class CronCalendarTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(CronCalendarTest);
    CPPUNIT_TEST(testTicksInUtc);
    CPPUNIT_TEST(testATickIsStrictlyAfter);
    CPPUNIT_TEST(testTimesAreThoseOfTheZone);
    CPPUNIT_TEST(testBerlinSkipsAnHour);
    CPPUNIT_TEST(testBerlinRepeatsAnHour);
    CPPUNIT_TEST(testNewYorkSkipsAnHour);
    CPPUNIT_TEST(testNewYorkRepeatsAnHour);
    CPPUNIT_TEST(testLordHoweSkipsHalfAnHour);
    CPPUNIT_TEST(testLordHoweRepeatsHalfAnHour);
    CPPUNIT_TEST(testSamoaSkipsADay);
    CPPUNIT_TEST(testDatesThatNeverCome);
    CPPUNIT_TEST(testRareDates);
    CPPUNIT_TEST(testUnknownZone);
    CPPUNIT_TEST(testTicksBetweenAreBounded);
    CPPUNIT_TEST(testLastTick);
    CPPUNIT_TEST(testNextIsTheFirstOfAllMinutesThatTick);
    CPPUNIT_TEST(testJitter);
    CPPUNIT_TEST_SUITE_END();

    void testTicksInUtc() {
        check("UTC",
              {
                  {"0 3 * * *", "2026-01-30T03:00", "2026-02-02T03:00", "01-31T03:00 02-01T03:00 02-02T03:00"},
                  {"*/20 * * * *", "2026-01-31T23:30", "2026-02-01T00:20", "01-31T23:40 02-01T00:00 02-01T00:20"},
                  {"30 9-11/2 * * MON-FRI", "2026-01-30T09:31", "2026-02-02T12:00",
                   "01-30T11:30 02-02T09:30 02-02T11:30"},
                  {"0 0 13 * FRI", "2026-02-05T00:00", "2026-02-21T00:00", "02-06T00:00 02-13T00:00 02-20T00:00"},
                  {"59 23 31 * *", "2026-01-01T00:00", "2026-06-01T00:00", "01-31T23:59 03-31T23:59 05-31T23:59"},
              });
    }

    // "minute precision; ... ticks are idempotent by scheduled timestamp"
    void testATickIsStrictlyAfter() {
        const CronCalendar daily = calendar("0 3 * * *");
        CPPUNIT_ASSERT(daily.next(at("2026-01-01T02:59")) == at("2026-01-01T03:00"));
        CPPUNIT_ASSERT(daily.next(at("2026-01-01T03:00") - std::chrono::microseconds(1)) == at("2026-01-01T03:00"));
        CPPUNIT_ASSERT(daily.next(at("2026-01-01T03:00")) == at("2026-01-02T03:00"));
        CPPUNIT_ASSERT(daily.next(at("2026-01-01T03:00") + 30s) == at("2026-01-02T03:00"));
        CPPUNIT_ASSERT(calendar("* * * * *").next(at("2026-01-01T03:00") + 30s) == at("2026-01-01T03:01"));
    }

    void testTimesAreThoseOfTheZone() {
        check("Europe/Berlin", {{"0 3 * * *", "2026-01-10T12:00", "2026-01-11T12:00", "01-11T02:00"},
                                {"0 3 * * *", "2026-07-10T12:00", "2026-07-11T12:00", "07-11T01:00"}});
        check("Asia/Kathmandu", {{"0 3 * * *", "2026-01-10T12:00", "2026-01-11T12:00", "01-10T21:15"},
                                 {"0 * * * *", "2026-01-10T12:00", "2026-01-10T14:00", "01-10T12:15 01-10T13:15"}});
    }

    // On 2026-03-29 at 01:00 UTC the clock goes from 02:00 to 03:00.
    void testBerlinSkipsAnHour() {
        check("Europe/Berlin",
              {
                  {"30 2 * * *", "2026-03-28T00:00", "2026-03-30T12:00", "03-28T01:30 03-29T01:00 03-30T00:30"},
                  {"0,15,45 2 * * *", "2026-03-28T12:00", "2026-03-29T12:00", "03-29T01:00"},
                  {"0 2,3 * * *", "2026-03-28T12:00", "2026-03-29T12:00", "03-29T01:00"},
                  {"30 1,3 * * *", "2026-03-28T12:00", "2026-03-29T12:00", "03-29T00:30 03-29T01:30"},
                  {"30 2 29 3 *", "2026-01-01T00:00", "2026-12-31T00:00", "03-29T01:00"},
                  {"*/30 * * * *", "2026-03-29T00:00", "2026-03-29T02:00",
                   "03-29T00:30 03-29T01:00 03-29T01:30 03-29T02:00"},
                  {"0 */2 * * *", "2026-03-28T22:00", "2026-03-29T04:30", "03-28T23:00 03-29T02:00 03-29T04:00"},
                  {"*/20 2 * * *", "2026-03-28T12:00", "2026-03-30T00:05", "03-30T00:00"},
              });
    }

    // On 2026-10-25 at 01:00 UTC the clock goes from 03:00 to 02:00.
    void testBerlinRepeatsAnHour() {
        check("Europe/Berlin",
              {
                  {"30 2 * * *", "2026-10-24T12:00", "2026-10-26T12:00", "10-25T00:30 10-26T01:30"},
                  {"30 2 * * *", "2026-10-25T00:30", "2026-10-25T23:00", ""},
                  {"30 2 * * *", "2026-10-25T01:10", "2026-10-25T23:00", ""},
                  {"0,20 2,3 * * *", "2026-10-25T00:10", "2026-10-25T12:00", "10-25T00:20 10-25T02:00 10-25T02:20"},
                  {"0 3 * * *", "2026-10-24T12:00", "2026-10-25T12:00", "10-25T02:00"},
                  {"30 * * * *", "2026-10-25T00:00", "2026-10-25T03:00", "10-25T00:30 10-25T01:30 10-25T02:30"},
                  {"*/30 2 * * *", "2026-10-24T12:00", "2026-10-25T12:00",
                   "10-25T00:00 10-25T00:30 10-25T01:00 10-25T01:30"},
              });
    }

    // On 2026-03-08 at 07:00 UTC the clock goes from 02:00 to 03:00.
    void testNewYorkSkipsAnHour() {
        check("America/New_York",
              {
                  {"15 2 * * *", "2026-03-07T00:00", "2026-03-09T12:00", "03-07T07:15 03-08T07:00 03-09T06:15"},
                  {"15 2 * * SUN", "2026-03-02T00:00", "2026-03-15T12:00", "03-08T07:00 03-15T06:15"},
                  {"15 * * * *", "2026-03-08T06:00", "2026-03-08T08:30", "03-08T06:15 03-08T07:15 03-08T08:15"},
              });
    }

    // On 2026-11-01 at 06:00 UTC the clock goes from 02:00 to 01:00.
    void testNewYorkRepeatsAnHour() {
        check("America/New_York",
              {
                  {"15 1 * * *", "2026-10-31T00:00", "2026-11-02T12:00", "10-31T05:15 11-01T05:15 11-02T06:15"},
                  {"0 2 * * *", "2026-10-31T12:00", "2026-11-01T12:00", "11-01T07:00"},
                  {"15 * * * *", "2026-11-01T05:00", "2026-11-01T07:30", "11-01T05:15 11-01T06:15 11-01T07:15"},
              });
    }

    // On 2026-10-03 at 15:30 UTC the clock goes from 02:00 to 02:30.
    void testLordHoweSkipsHalfAnHour() {
        check("Australia/Lord_Howe",
              {
                  {"15 2 * * *", "2026-10-02T00:00", "2026-10-04T23:00", "10-02T15:45 10-03T15:30 10-04T15:15"},
                  {"30 2 * * *", "2026-10-03T00:00", "2026-10-03T23:00", "10-03T15:30"},
                  {"*/15 * * * *", "2026-10-03T15:00", "2026-10-03T16:00",
                   "10-03T15:15 10-03T15:30 10-03T15:45 10-03T16:00"},
                  {"0 * * * *", "2026-10-03T14:00", "2026-10-03T17:00", "10-03T14:30 10-03T16:00 10-03T17:00"},
              });
    }

    // On 2026-04-04 at 15:00 UTC the clock goes from 02:00 to 01:30.
    void testLordHoweRepeatsHalfAnHour() {
        check("Australia/Lord_Howe",
              {
                  {"45 1 * * *", "2026-04-03T00:00", "2026-04-05T23:00", "04-03T14:45 04-04T14:45 04-05T15:15"},
                  {"0 2 * * *", "2026-04-04T00:00", "2026-04-04T23:00", "04-04T15:30"},
                  {"45 * * * *", "2026-04-04T14:00", "2026-04-04T16:30", "04-04T14:45 04-04T15:15 04-04T16:15"},
              });
    }

    // There was no 30 December 2011: at 10:00 UTC the clock went from the 30th, 00:00, to the 31st, 00:00.
    void testSamoaSkipsADay() {
        check("Pacific/Apia",
              {
                  {"0 9 * * *", "2011-12-29T00:00", "2011-12-31T00:00", "12-29T19:00 12-30T10:00 12-30T19:00"},
                  {"0 9 30 12 *", "2011-12-01T00:00", "2012-01-31T00:00", "12-30T10:00"},
              });
    }

    void testDatesThatNeverCome() {
        CronExpression cron = *parseCron("0 0 28 2 *");
        cron.daysOfMonth = 1U << 30;
        CPPUNIT_ASSERT(!CronCalendar::make(cron, "Europe/Berlin")->next(at("2026-01-01T00:00")));
        cron.everyHour = true;
        CPPUNIT_ASSERT(!CronCalendar::make(cron, "Europe/Berlin")->next(at("2026-01-01T00:00")));
        CPPUNIT_ASSERT(CronCalendar::make(cron, "UTC")->ticksBetween({}, at("2026-01-01T00:00"), 1).empty());
    }

    void testRareDates() {
        CPPUNIT_ASSERT(calendar("0 0 29 2 *").next(at("2026-01-01T00:00")) == at("2028-02-29T00:00"));
        CPPUNIT_ASSERT_MESSAGE("2100 is no leap year",
                               calendar("0 0 29 2 *").next(at("2096-03-01T00:00")) == at("2104-02-29T00:00"));
        CPPUNIT_ASSERT_MESSAGE("on a Sunday or Saturday",
                               calendar("0 0 29 2 */6").next(at("2026-01-01T00:00")) == at("2032-02-29T00:00"));
    }

    void testUnknownZone() {
        CPPUNIT_ASSERT(!CronCalendar::make(*parseCron("* * * * *"), "Europe/Atlantis"));
        CPPUNIT_ASSERT(!CronCalendar::make(*parseCron("* * * * *"), ""));
    }

    void testTicksBetweenAreBounded() {
        const CronCalendar everyMinute = calendar("* * * * *");
        const Timestamp start = at("2026-01-01T00:00");
        CPPUNIT_ASSERT_EQUAL(std::size_t{10}, everyMinute.ticksBetween(start, start + 1h, 10).size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{60}, everyMinute.ticksBetween(start, start + 1h, 1000).size());
        CPPUNIT_ASSERT_MESSAGE("the newest", everyMinute.ticksBetween(start, start + 1h, 10).front() == start + 51min);
        const auto year = everyMinute.ticksBetween(start, start + 9000h, 1000);
        CPPUNIT_ASSERT(year.size() == 1000 && year.back() == start + 9000h && year.front() == start + 9000h - 999min);
        CPPUNIT_ASSERT(everyMinute.ticksBetween(start, start, 10).empty());
        CPPUNIT_ASSERT(everyMinute.ticksBetween(start, start - 1h, 10).empty());
        CPPUNIT_ASSERT(everyMinute.ticksBetween(start, start + 1h, 0).empty());
    }

    void testLastTick() {
        const Timestamp now = at("2026-05-20T12:34");
        const struct {
            const char* expression;
            const char* after;
            const char* want;
        } rows[] = {
            {"* * * * *", "2020-01-01T00:00", "2026-05-20T12:34"},
            {"0 3 * * *", "2020-01-01T00:00", "2026-05-20T03:00"},
            {"0 13 * * *", "2020-01-01T00:00", "2026-05-19T13:00"},
            {"0 0 1 6 *", "2020-01-01T00:00", "2025-06-01T00:00"},
            {"0 0 1 6 *", "2025-06-01T00:00", ""},
            {"0 0 29 2 *", "1990-01-01T00:00", "2024-02-29T00:00"},
        };
        for (const auto& row : rows) {
            const auto last = calendar(row.expression).ticksBetween(at(row.after), now, 1);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(row.expression, std::string(row.want),
                                         last.empty() ? std::string() : toRfc3339(last.front()).substr(0, 16));
        }
    }

    /// From whatever minute the calendar is asked, the same ticks come; and of all minutes none is left out.
    void testNextIsTheFirstOfAllMinutesThatTick() {
        for (const char* zone : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns"}) {
            const CronCalendar rhythm = calendar("*/7 1-3 * * *", zone);
            const CronCalendar all = calendar("* * * * *", zone);
            for (const char* night : {"2026-03-08T00:00", "2026-03-28T20:00", "2026-04-04T10:00", "2026-10-03T10:00",
                                      "2026-10-24T20:00", "2026-11-01T00:00"}) {
                const Timestamp start = at(night);
                CPPUNIT_ASSERT_EQUAL_MESSAGE(zone, std::size_t{720}, all.ticksBetween(start, start + 12h, 1000).size());
                const auto ticks = rhythm.ticksBetween(start, start + 12h, 1000);
                for (Timestamp from = start; from < start + 12h; from += std::chrono::minutes(1)) {
                    const auto next = std::upper_bound(ticks.begin(), ticks.end(), from);
                    if (next != ticks.end()) CPPUNIT_ASSERT_MESSAGE(zone, rhythm.next(from) == *next);
                }
            }
        }
    }

    // "deterministic delay in [1s, jitter) per tick derived from a hash of the job"
    void testJitter() {
        const Timestamp tick = at("2026-01-01T03:00");
        CPPUNIT_ASSERT(jitterOf("p", "0 3 * * *", tick, 0s) == Duration::zero());
        CPPUNIT_ASSERT(jitterOf("p", "0 3 * * *", tick, 500ms) == 1s);
        CPPUNIT_ASSERT(jitterOf("p", "0 3 * * *", tick, 5min) == jitterOf("p", "0 3 * * *", tick, 5min));
        CPPUNIT_ASSERT(jitterOf("p", "0 3 * * *", tick, 5min) != jitterOf("q", "0 3 * * *", tick, 5min));
        CPPUNIT_ASSERT(jitterOf("p", "0 3 * * *", tick, 5min) != jitterOf("p", "0 4 * * *", tick, 5min));
        Duration least = 1h;
        Duration most{};
        for (int day = 0; day < 1000; ++day) {
            const Duration delay = jitterOf("p", "0 3 * * *", tick + std::chrono::hours(24 * day), 5min);
            CPPUNIT_ASSERT(delay >= 1s && delay < 5min);
            least = std::min(least, delay);
            most = std::max(most, delay);
        }
        CPPUNIT_ASSERT_MESSAGE("all of it is used", least < 5s && most > 295s);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CronCalendarTest);
