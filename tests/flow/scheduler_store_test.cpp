#include <cppunit/extensions/HelperMacros.h>

#include "engine/scheduler.h"
#include "image_of.h"
#include "slots_invoker.h"

using namespace stepd;
using namespace stepd::engine;

namespace {

const Timestamp kStart = *parseRfc3339("2026-01-02T03:00:00Z");

Ticket run(std::int64_t id, std::int64_t rank = 0) {
    return {.rank = rank != 0 ? rank : id, .run = RunId{id}};
}

Demand lanes(std::vector<std::string> names, std::string group = "g") {
    return {.pipeline = "p", .lanes = std::move(names), .group = std::move(group)};
}

}  // namespace

/// What is durable of the scheduler, and lines that are in the store.
class SchedulerStoreTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SchedulerStoreTest);
    CPPUNIT_TEST(testASlotIsAChangeOfTheBatch);
    CPPUNIT_TEST(testSlotsSurviveARestart);
    CPPUNIT_TEST(testRatesSurviveARestart);
    CPPUNIT_TEST(testMomentsAreForgottenWithTheNextBatch);
    CPPUNIT_TEST(testMomentsOfTheEngineStay);
    CPPUNIT_TEST(testParkedTicketLeavesMemory);
    CPPUNIT_TEST(testPluginLinesAreNotParked);
    CPPUNIT_TEST(testALineIsWantedOnceWhenThereIsRoom);
    CPPUNIT_TEST(testALineIsWantedAfterARestart);
    CPPUNIT_TEST(testALineOfAPausedPipelineIsWantedWhenItGoesOn);
    CPPUNIT_TEST(testBetterOnesInTheStoreAreWantedBesideThoseInMemory);
    CPPUNIT_TEST(testAPageThatWaitsElsewhereKeepsTheRestInTheStore);
    CPPUNIT_TEST(testParkedGroupsHaveTheirTurn);
    CPPUNIT_TEST(testALineThatTurnsOutEmptyIsForgotten);
    CPPUNIT_TEST(testKeysMayHoldAnything);
    CPPUNIT_TEST_SUITE_END();

    SlotsInvoker invoker_;
    Scheduler scheduler_{invoker_};
    ImageOf image_;

public:
    void setUp() override { scheduler_.refresh(kStart); }

    void testASlotIsAChangeOfTheBatch() {
        scheduler_.setRules({{"p:concurrency", {.slots = 1}}});
        scheduler_.take({.rank = 5, .run = RunId{1}, .step = 2}, lanes({"p:concurrency[k]"}));
        auto changes = scheduler_.drain();
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, changes.size());
        const auto& taken = std::get<store::SlotChange>(changes.front());
        CPPUNIT_ASSERT_EQUAL(std::string("p:concurrency[k]"), taken.lane);
        CPPUNIT_ASSERT(RunId{1} == taken.run && taken.step == 2 && taken.held);
        CPPUNIT_ASSERT(scheduler_.drain().empty());
        scheduler_.release({.rank = 5, .run = RunId{1}, .step = 2});
        changes = scheduler_.drain();
        CPPUNIT_ASSERT(!std::get<store::SlotChange>(changes.front()).held);
    }

    void testSlotsSurviveARestart() {
        scheduler_.setRules({{"p:concurrency", {.slots = 1}}});
        scheduler_.take(run(1), lanes({"p:concurrency"}));
        scheduler_.hold("p:singleton", run(1));
        image_.apply(scheduler_.drain());

        Scheduler next(invoker_);
        next.setRules({{"p:concurrency", {.slots = 1}}});
        next.restore(image_.image());
        next.refresh(kStart);
        CPPUNIT_ASSERT(scheduler_.held() == next.held());
        CPPUNIT_ASSERT(!next.take(run(2), lanes({"p:concurrency"})));
        next.releaseRun(RunId{1});
        CPPUNIT_ASSERT(next.next() == run(2));
        image_.apply(next.drain());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, image_.image().slots.size());
    }

    void testRatesSurviveARestart() {
        scheduler_.setRules({{"p:throttle", {.rate = throttleRule(1, 1min, 0)}}});
        scheduler_.take(run(1), lanes({"p:throttle"}));
        scheduler_.closeLane("limiter:x", kStart + 10s);
        image_.apply(scheduler_.drain());

        Scheduler next(invoker_);
        next.restore(image_.image());
        next.setRules({{"p:throttle", {.rate = throttleRule(1, 1min, 0)}}});
        next.refresh(kStart + 1s);
        CPPUNIT_ASSERT(!next.take(run(2), lanes({"p:throttle"})));
        CPPUNIT_ASSERT(next.opens() == kStart + 1min);
        CPPUNIT_ASSERT(!next.take(run(3), lanes({"limiter:x"})));
        CPPUNIT_ASSERT(next.opens() == kStart + 10s);
    }

    void testMomentsAreForgottenWithTheNextBatch() {
        scheduler_.setRules({{"p:throttle", {.rate = throttleRule(1, 1min, 0)}}, {"p:concurrency", {.slots = 1}}});
        scheduler_.take(run(1), lanes({"p:throttle"}));
        scheduler_.closeLane("limiter:x", kStart + 10s);
        image_.apply(scheduler_.drain());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, image_.image().moments.size());
        scheduler_.refresh(kStart + 1min);
        CPPUNIT_ASSERT_MESSAGE("no write for that alone", scheduler_.drain().empty());
        scheduler_.take(run(2), lanes({"p:concurrency"}));
        image_.apply(scheduler_.drain());
        CPPUNIT_ASSERT(image_.image().moments.empty());
        scheduler_.take(run(3), lanes({"p:throttle"}));
        image_.apply(scheduler_.drain());
        CPPUNIT_ASSERT_EQUAL(std::string("rate:p:throttle"), image_.image().moments.front().first);
    }

    void testMomentsOfTheEngineStay() {
        scheduler_.setMoment("cron:p", kStart);
        scheduler_.setMoment("cron:q", kStart);
        image_.apply(scheduler_.drain());
        Scheduler next(invoker_);
        next.restore(image_.image());
        next.refresh(kStart + 24h);
        CPPUNIT_ASSERT(next.moment("cron:p") == kStart);
        next.setMoment("cron:p", std::nullopt);
        CPPUNIT_ASSERT(!next.moment("cron:p"));
        image_.apply(next.drain());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, image_.image().moments.size());
    }

    void testParkedTicketLeavesMemory() {
        scheduler_.setRules({{"p:concurrency", {.slots = 1}}});
        scheduler_.take(run(1), lanes({"p:concurrency"}));
        scheduler_.take(run(2, 77), lanes({"p:concurrency"}));
        CPPUNIT_ASSERT(scheduler_.canPark(run(2, 77)));
        const auto wait = scheduler_.park(run(2, 77));
        CPPUNIT_ASSERT(wait == store::Wait({.signal = "lane:p:concurrency|g",
                                            .family = "lane:p:concurrency|g",
                                            .rank = 77,
                                            .step = Ticket::kRun}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, scheduler_.waiting());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, scheduler_.parked());
        CPPUNIT_ASSERT(!scheduler_.wanted());
        CPPUNIT_ASSERT_MESSAGE("it stands in no line", !scheduler_.park(run(2)));
        scheduler_.unparked(*wait);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, scheduler_.parked());
    }

    void testPluginLinesAreNotParked() {
        scheduler_.take(run(1), {.pipeline = "p", .plugin = "web"});
        scheduler_.take(run(2), {.pipeline = "p", .plugin = "web"});
        CPPUNIT_ASSERT(!scheduler_.canPark(run(2)));
        CPPUNIT_ASSERT(!scheduler_.park(run(2)));
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, scheduler_.waiting());
    }

    void testALineIsWantedOnceWhenThereIsRoom() {
        scheduler_.setRules({{"p:concurrency", {.slots = 2}}});
        const Demand demand = lanes({"p:concurrency"});
        for (int i = 1; i <= 5; ++i) scheduler_.take(run(i), demand);
        std::vector<store::Wait> waits;
        for (int i = 3; i <= 5; ++i) waits.push_back(*scheduler_.park(run(i)));
        CPPUNIT_ASSERT(!scheduler_.wanted());
        scheduler_.release(run(1));
        CPPUNIT_ASSERT(scheduler_.wanted() == waits[0].signal);
        scheduler_.release(run(2));
        CPPUNIT_ASSERT_MESSAGE("once until it is loaded", !scheduler_.wanted());
        scheduler_.unparked(waits[0]);
        scheduler_.loaded(waits[0].signal, 1);
        CPPUNIT_ASSERT(scheduler_.take(run(3), demand));
        CPPUNIT_ASSERT_MESSAGE("one slot more", scheduler_.wanted() == waits[0].signal);
    }

    void testALineIsWantedAfterARestart() {
        store::Image image;
        image.waiting = {{"event:a", 3}, {"lane:p:concurrency|g", 2}, {"lane:p:throttle|g", 2}};
        image.moments = {{"rate:p:throttle", kStart + 10s}};
        image.slots = {{.lane = "p:concurrency", .run = RunId{1}}};
        Scheduler next(invoker_);
        next.setRules({{"p:concurrency", {.slots = 1}}, {"p:throttle", {.rate = throttleRule(1, 10s, 0)}}});
        next.restore(image);
        next.refresh(kStart);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, next.parked());
        CPPUNIT_ASSERT(!next.wanted());
        CPPUNIT_ASSERT(next.opens() == kStart + 10s);
        next.releaseRun(RunId{1});
        CPPUNIT_ASSERT(next.wanted() == "lane:p:concurrency|g");
        next.refresh(kStart + 10s);
        CPPUNIT_ASSERT(next.wanted() == "lane:p:throttle|g");
        CPPUNIT_ASSERT(!next.wanted());
    }

    void testALineOfAPausedPipelineIsWantedWhenItGoesOn() {
        scheduler_.setPaused("p", true);
        scheduler_.take(run(1), lanes({}));
        const auto wait = scheduler_.park(run(1));
        CPPUNIT_ASSERT_EQUAL(std::string("lane:paused:p|g"), wait->signal);
        Scheduler next(invoker_);
        store::Image image;
        image.waiting = {{wait->family, 1}};
        image.paused = {"p"};
        next.restore(image);
        next.refresh(kStart);
        CPPUNIT_ASSERT(next.paused("p"));
        CPPUNIT_ASSERT(!next.wanted());
        next.setPaused("p", false);
        CPPUNIT_ASSERT(next.wanted() == wait->signal);
    }

    void testBetterOnesInTheStoreAreWantedBesideThoseInMemory() {
        scheduler_.setRules({{"p:concurrency", {.slots = 1}}});
        const Demand demand = lanes({"p:concurrency"});
        scheduler_.take(run(1), demand);
        scheduler_.take(run(2), demand);
        const auto wait = scheduler_.park(run(2));
        scheduler_.take(run(3), demand);
        scheduler_.release(run(1));
        CPPUNIT_ASSERT(scheduler_.wanted() == wait->signal);
        CPPUNIT_ASSERT_MESSAGE("room is not left empty meanwhile", scheduler_.next() == run(3));
        scheduler_.unparked(*wait);
        scheduler_.loaded(wait->signal, 1);
        scheduler_.take(run(2), demand);
        scheduler_.take(run(4), demand);
        scheduler_.park(run(4));
        scheduler_.release(run(3));
        CPPUNIT_ASSERT_MESSAGE("worse ones stay in the store", !scheduler_.wanted());
        CPPUNIT_ASSERT(scheduler_.next() == run(2));
    }

    void testAPageThatWaitsElsewhereKeepsTheRestInTheStore() {
        store::Image image;
        image.waiting = {{"lane:p:concurrency|g", 100}};
        Scheduler next(invoker_);
        next.setRules({{"p:concurrency", {.slots = 10}}});
        next.restore(image);
        next.refresh(kStart);
        const auto signal = next.wanted();
        CPPUNIT_ASSERT(signal);
        Demand demand = lanes({"p:concurrency"});
        demand.plugin = "web";
        for (int i = 1; i <= 3; ++i) {
            next.unparked({.signal = *signal, .family = *signal, .rank = i});
            next.take(run(i), demand);
        }
        next.loaded(*signal, 3);
        while (next.next()) continue;
        CPPUNIT_ASSERT_MESSAGE("those of the page wait for the plugin", !next.wanted());
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, next.waiting());
        CPPUNIT_ASSERT_EQUAL(std::size_t{97}, next.parked());
        for (int i = 1; i <= 2; ++i) {
            next.release(run(i));
            CPPUNIT_ASSERT(next.next() == run(i + 1));
        }
        CPPUNIT_ASSERT_MESSAGE("all of the page go", next.wanted() == *signal);
    }

    void testParkedGroupsHaveTheirTurn() {
        scheduler_.setRules({{"limiter:x", {.slots = 1}}});
        scheduler_.take(run(1), lanes({"limiter:x"}, "a"));
        for (int i = 2; i < 10; ++i) scheduler_.take(run(i), lanes({"limiter:x"}, "a"));
        scheduler_.take(run(20), lanes({"limiter:x"}, "b"));
        const auto wait = scheduler_.park(run(20));
        scheduler_.release(run(1));
        CPPUNIT_ASSERT(scheduler_.next() == run(2));
        CPPUNIT_ASSERT_MESSAGE("though the room is taken already", scheduler_.wanted() == wait->signal);
        scheduler_.unparked(*wait);
        scheduler_.take(run(20), lanes({"limiter:x"}, "b"));
        scheduler_.loaded(wait->signal, 1);
        scheduler_.release(run(2));
        CPPUNIT_ASSERT(scheduler_.next() == run(20));
    }

    void testALineThatTurnsOutEmptyIsForgotten() {
        store::Image image;
        image.waiting = {{"lane:p:concurrency|g", 2}};
        scheduler_.restore(image);
        CPPUNIT_ASSERT_MESSAGE("nobody knows yet how many may pass", !scheduler_.wanted());
        scheduler_.setRules({});
        const auto signal = scheduler_.wanted();
        CPPUNIT_ASSERT(signal == "lane:p:concurrency|g");
        scheduler_.loaded(*signal, 0);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, scheduler_.parked());
        CPPUNIT_ASSERT(!scheduler_.wanted());
    }

    void testKeysMayHoldAnything() {
        scheduler_.setRules({{"p:concurrency", {.slots = 1}}});
        const Demand demand = lanes({"p:concurrency[a|b%7C]c]"}, "x|%");
        scheduler_.take(run(1), demand);
        scheduler_.take(run(2), demand);
        const auto wait = scheduler_.park(run(2));
        CPPUNIT_ASSERT(wait);
        scheduler_.release(run(1));
        CPPUNIT_ASSERT(scheduler_.wanted() == wait->signal);
        scheduler_.unparked(*wait);
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, scheduler_.parked());
        const auto held = scheduler_.held();
        CPPUNIT_ASSERT(held.empty());
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SchedulerStoreTest);
