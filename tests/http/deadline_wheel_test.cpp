#include "http/deadline_wheel.h"

#include <cppunit/extensions/HelperMacros.h>

#include <deque>
#include <memory>
#include <random>

using namespace stepd;
using namespace stepd::http;

namespace {

struct Alarm final : Timed {
    void onDeadline() override { ++fired; }
    int fired = 0;
    std::optional<Instant> due;
};

struct Repeating final : Timed {
    explicit Repeating(DeadlineWheel& owner) : wheel(owner) {}
    void onDeadline() override {
        ++fired;
        wheel.set(*this, next);
    }
    DeadlineWheel& wheel;
    Instant next;
    int fired = 0;
};

}  // namespace

class DeadlineWheelTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(DeadlineWheelTest);
    CPPUNIT_TEST(testFiresOnceAndNeverEarly);
    CPPUNIT_TEST(testMovedDeadlinesCount);
    CPPUNIT_TEST(testClearedAndDestroyedDoNotFire);
    CPPUNIT_TEST(testDeadlinesBeyondTheRing);
    CPPUNIT_TEST(testSetFromWithinFires);
    CPPUNIT_TEST(testTellsWhenToSweep);
    CPPUNIT_TEST(testAgainstAList);
    CPPUNIT_TEST_SUITE_END();

    const Instant start_ = Instant(1000s);
    DeadlineWheel wheel_{start_};

    void testFiresOnceAndNeverEarly() {
        Alarm alarm;
        wheel_.set(alarm, start_ + 10s);
        wheel_.sweep(start_ + 9999ms);
        CPPUNIT_ASSERT_EQUAL(0, alarm.fired);
        wheel_.sweep(start_ + 10s + DeadlineWheel::kSlot);
        CPPUNIT_ASSERT_EQUAL(1, alarm.fired);
        wheel_.sweep(start_ + 1h);
        CPPUNIT_ASSERT_EQUAL(1, alarm.fired);
    }

    void testMovedDeadlinesCount() {
        Alarm later;
        Alarm sooner;
        wheel_.set(later, start_ + 1s);
        wheel_.set(later, start_ + 20s);
        wheel_.set(sooner, start_ + 20s);
        wheel_.set(sooner, start_ + 1s);
        wheel_.sweep(start_ + 2s);
        CPPUNIT_ASSERT_EQUAL(0, later.fired);
        CPPUNIT_ASSERT_EQUAL(1, sooner.fired);
        wheel_.sweep(start_ + 21s);
        CPPUNIT_ASSERT_EQUAL(1, later.fired);
    }

    void testClearedAndDestroyedDoNotFire() {
        Alarm cleared;
        wheel_.set(cleared, start_ + 1s);
        wheel_.clear(cleared);
        auto destroyed = std::make_unique<Alarm>();
        wheel_.set(*destroyed, start_ + 1s);
        destroyed.reset();
        wheel_.sweep(start_ + 5s);
        CPPUNIT_ASSERT_EQUAL(0, cleared.fired);
        CPPUNIT_ASSERT(!wheel_.next());
    }

    void testDeadlinesBeyondTheRing() {
        Alarm alarm;
        wheel_.set(alarm, start_ + 1h);
        for (Duration at = 0s; at < 1h; at += 60s) wheel_.sweep(start_ + at);
        CPPUNIT_ASSERT_EQUAL(0, alarm.fired);
        wheel_.sweep(start_ + 1h + 1s);
        CPPUNIT_ASSERT_EQUAL(1, alarm.fired);
        wheel_.set(alarm, start_ + 2h);
        wheel_.sweep(start_ + 24h);  // a jump over many turns of the ring
        CPPUNIT_ASSERT_EQUAL(2, alarm.fired);
    }

    void testSetFromWithinFires() {
        Repeating repeating(wheel_);
        repeating.next = start_ + 5s;
        wheel_.set(repeating, start_ + 1s);
        wheel_.sweep(start_ + 2s);
        CPPUNIT_ASSERT_EQUAL(1, repeating.fired);
        wheel_.sweep(start_ + 6s);
        CPPUNIT_ASSERT_EQUAL(2, repeating.fired);
    }

    void testTellsWhenToSweep() {
        CPPUNIT_ASSERT(!wheel_.next());
        Alarm alarm;
        wheel_.set(alarm, start_ + 10s);
        CPPUNIT_ASSERT(*wheel_.next() > start_ + 10s);
        CPPUNIT_ASSERT(*wheel_.next() <= start_ + 10s + DeadlineWheel::kSlot);
    }

    // The wheel against the plain meaning of a deadline, in random steps from a fixed seed.
    void testAgainstAList() {
        std::mt19937_64 random(7);
        std::deque<Alarm> alarms(50);
        Instant now = start_;
        for (int step = 0; step < 3000; ++step) {
            Alarm& alarm = alarms[random() % alarms.size()];
            if (random() % 4 == 0) {
                wheel_.clear(alarm);
                alarm.due.reset();
            } else {
                alarm.due = now + std::chrono::milliseconds(random() % 200'000);
                wheel_.set(alarm, *alarm.due);
            }
            now += std::chrono::milliseconds(random() % 2'000);
            for (Alarm& each : alarms) each.fired = 0;
            wheel_.sweep(now);
            for (Alarm& each : alarms) {
                const bool mustFire = each.due && *each.due + DeadlineWheel::kSlot <= now;
                const bool mayFire = each.due && *each.due <= now;
                CPPUNIT_ASSERT(each.fired <= (mayFire ? 1 : 0));
                CPPUNIT_ASSERT(!mustFire || each.fired == 1);
                if (each.fired == 1) each.due.reset();
            }
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DeadlineWheelTest);
