#include "engine/scheduler.h"

#include <cppunit/extensions/HelperMacros.h>

#include "slots_invoker.h"

using namespace stepd;
using namespace stepd::engine;

namespace {

const Timestamp kStart = *parseRfc3339("2026-01-02T03:00:00Z");

LaneRule slots(std::uint32_t count) {
    return {.slots = count};
}

Ticket run(std::int64_t id, std::int64_t rank = 0) {
    return {.rank = rank != 0 ? rank : id, .run = RunId{id}};
}

Demand lanes(std::vector<std::string> names, std::string group = "p") {
    return {.pipeline = "p", .lanes = std::move(names), .group = std::move(group)};
}

/// All that may go, by run.
std::vector<std::int64_t> allNext(Scheduler& scheduler) {
    std::vector<std::int64_t> runs;
    while (const auto ticket = scheduler.next()) runs.push_back(ticket->run.value);
    return runs;
}

using Runs = std::vector<std::int64_t>;

}  // namespace

class SchedulerTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SchedulerTest);
    CPPUNIT_TEST(testWithoutRulesAllGo);
    CPPUNIT_TEST(testNeverMoreThanTheLimit);
    CPPUNIT_TEST(testKeysOfAFamilyCountAlone);
    CPPUNIT_TEST(testSmallerRankGoesFirst);
    CPPUNIT_TEST(testGroupsTakeTurns);
    CPPUNIT_TEST(testNobodyOvertakesByTaking);
    CPPUNIT_TEST(testABetterRankMayGoPastItsGroup);
    CPPUNIT_TEST(testAllOrNothing);
    CPPUNIT_TEST(testHeadMovesToTheNextLineWithItsRank);
    CPPUNIT_TEST(testATurnIsKeptAgainstThoseFromOtherLines);
    CPPUNIT_TEST(testPluginSlotsFollowTheInvoker);
    CPPUNIT_TEST(testAbandonedCallKeepsThePluginAlone);
    CPPUNIT_TEST(testPausedPipelineStandsInLine);
    CPPUNIT_TEST(testThrottleGatesStartsOnly);
    CPPUNIT_TEST(testRatesAreNotUsedByThoseWhoWait);
    CPPUNIT_TEST(testClosedLaneOpensAtItsTime);
    CPPUNIT_TEST(testClockSetBackDoesNotCloseForLonger);
    CPPUNIT_TEST(testRateLimitAdmitsWithoutALine);
    CPPUNIT_TEST(testSingletonIsHeldWithoutALine);
    CPPUNIT_TEST(testReleaseRunLeavesNothing);
    CPPUNIT_TEST(testNewRulesHoldForThoseWhoWait);
    CPPUNIT_TEST(testNothingIsGivenOutAfterClose);
    CPPUNIT_TEST(testPlaceTellsWhatBlocks);
    CPPUNIT_TEST_SUITE_END();

    SlotsInvoker invoker_;
    Scheduler scheduler_{invoker_};

public:
    void setUp() override { scheduler_.refresh(kStart); }

    void testWithoutRulesAllGo() {
        for (int i = 1; i < 100; ++i) CPPUNIT_ASSERT(scheduler_.take(run(i), lanes({"p:concurrency"})));
        CPPUNIT_ASSERT(scheduler_.held().empty());
        CPPUNIT_ASSERT(scheduler_.drain().empty());
    }

    // "limit on simultaneously executing calls"
    void testNeverMoreThanTheLimit() {
        scheduler_.setRules({{"p:concurrency", slots(2)}});
        CPPUNIT_ASSERT(scheduler_.take(run(1), lanes({"p:concurrency"})));
        CPPUNIT_ASSERT(scheduler_.take(run(2), lanes({"p:concurrency"})));
        CPPUNIT_ASSERT(!scheduler_.take(run(3), lanes({"p:concurrency"})));
        CPPUNIT_ASSERT(!scheduler_.next());
        scheduler_.release(run(1));
        CPPUNIT_ASSERT((Runs{3}) == allNext(scheduler_));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, scheduler_.held().size());
    }

    // "keyed by CEL of the triggering event evaluated once per run"
    void testKeysOfAFamilyCountAlone() {
        scheduler_.setRules({{"p:concurrency", slots(1)}});
        CPPUNIT_ASSERT(scheduler_.take(run(1), lanes({"p:concurrency[a]"})));
        CPPUNIT_ASSERT(scheduler_.take(run(2), lanes({"p:concurrency[b]"})));
        CPPUNIT_ASSERT(!scheduler_.take(run(3), lanes({"p:concurrency[a]"})));
    }

    // "+n overtakes runs queued up to n seconds earlier"
    void testSmallerRankGoesFirst() {
        scheduler_.setRules({{"p:concurrency", slots(1)}});
        scheduler_.take(run(1), lanes({"p:concurrency"}));
        scheduler_.take(run(2, 200), lanes({"p:concurrency"}));
        scheduler_.take(run(3, 100), lanes({"p:concurrency"}));
        scheduler_.take(run(4, 100), lanes({"p:concurrency"}));
        Runs order;
        for (std::int64_t last = 1; order.size() < 3; last = order.back()) {
            scheduler_.release(run(last));
            order.push_back(scheduler_.next().value().run.value);
        }
        CPPUNIT_ASSERT((Runs{3, 4, 2}) == order);
    }

    void testGroupsTakeTurns() {
        scheduler_.setRules({{"limiter:x", slots(1)}});
        scheduler_.take(run(1), lanes({"limiter:x"}, "a"));
        for (int i = 2; i < 6; ++i) scheduler_.take(run(i), lanes({"limiter:x"}, "a"));
        scheduler_.take(run(10), lanes({"limiter:x"}, "b"));
        scheduler_.take(run(11), lanes({"limiter:x"}, "b"));
        scheduler_.take(run(20), lanes({"limiter:x"}, "c"));
        Runs order;
        for (std::int64_t last = 1; order.size() < 7; last = order.back()) {
            scheduler_.release(run(last));
            order.push_back(scheduler_.next().value().run.value);
        }
        CPPUNIT_ASSERT((Runs{10, 20, 2, 11, 3, 4, 5}) == order);
    }

    void testNobodyOvertakesByTaking() {
        scheduler_.setRules({{"p:concurrency", slots(1)}});
        scheduler_.take(run(1), lanes({"p:concurrency"}));
        scheduler_.take(run(2), lanes({"p:concurrency"}));
        scheduler_.release(run(1));
        CPPUNIT_ASSERT_MESSAGE("of its group", !scheduler_.take(run(3), lanes({"p:concurrency"})));
        CPPUNIT_ASSERT_MESSAGE("of another", !scheduler_.take(run(4), lanes({"p:concurrency"}, "other")));
        CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, scheduler_.next().value().run.value);
    }

    void testABetterRankMayGoPastItsGroup() {
        scheduler_.setRules({{"p:concurrency", slots(1)}});
        scheduler_.take(run(1), lanes({"p:concurrency"}));
        scheduler_.take(run(2, 200), lanes({"p:concurrency"}));
        scheduler_.release(run(1));
        CPPUNIT_ASSERT(scheduler_.take(run(3, 100), lanes({"p:concurrency"})));
        CPPUNIT_ASSERT(allNext(scheduler_).empty());
    }

    // "up to 2 entries, all must admit"
    void testAllOrNothing() {
        scheduler_.setRules({{"a:x", slots(1)}, {"b:x", slots(1)}});
        scheduler_.take(run(1), lanes({"b:x"}));
        CPPUNIT_ASSERT(!scheduler_.take(run(2), lanes({"a:x", "b:x"})));
        CPPUNIT_ASSERT_MESSAGE("a:x is not held by one who waits", scheduler_.take(run(3), lanes({"a:x"})));
        scheduler_.release(run(1));
        CPPUNIT_ASSERT_MESSAGE("now a:x is full", allNext(scheduler_).empty());
        CPPUNIT_ASSERT(scheduler_.take(run(4), lanes({"b:x"})));
        scheduler_.release(run(3));
        scheduler_.release(run(4));
        CPPUNIT_ASSERT((Runs{2}) == allNext(scheduler_));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, scheduler_.held().size());
    }

    void testHeadMovesToTheNextLineWithItsRank() {
        scheduler_.setRules({{"a:x", slots(1)}, {"b:x", slots(1)}});
        scheduler_.take(run(1), lanes({"a:x"}));
        scheduler_.take(run(2), lanes({"b:x"}));
        scheduler_.take(run(3), lanes({"a:x", "b:x"}));
        scheduler_.take(run(4), lanes({"b:x"}));
        CPPUNIT_ASSERT_EQUAL(std::string("a:x"), scheduler_.place(run(3))->lane);
        scheduler_.release(run(1));
        CPPUNIT_ASSERT(allNext(scheduler_).empty());
        CPPUNIT_ASSERT_EQUAL(std::string("b:x"), scheduler_.place(run(3))->lane);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, scheduler_.place(run(3))->place);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, scheduler_.place(run(4))->place);
        scheduler_.release(run(2));
        CPPUNIT_ASSERT((Runs{3}) == allNext(scheduler_));
    }

    void testATurnIsKeptAgainstThoseFromOtherLines() {
        scheduler_.setRules({{"a:x", slots(1)}, {"limiter:x", slots(1)}});
        const Demand both = lanes({"a:x", "limiter:x"}, "a");
        scheduler_.take(run(1), both);
        for (int i = 2; i < 5; ++i) scheduler_.take(run(i), both);
        scheduler_.take(run(10), lanes({"limiter:x"}, "b"));
        scheduler_.release(run(1));
        CPPUNIT_ASSERT((Runs{10}) == allNext(scheduler_));
        scheduler_.release(run(10));
        CPPUNIT_ASSERT((Runs{2}) == allNext(scheduler_));
    }

    void testPluginSlotsFollowTheInvoker() {
        invoker_.of["web"] = 0;
        const Demand call{.pipeline = "p", .plugin = "web"};
        CPPUNIT_ASSERT(!scheduler_.take(run(1), call));
        CPPUNIT_ASSERT(!scheduler_.take(run(2), call));
        CPPUNIT_ASSERT(scheduler_.stalled());
        invoker_.of["web"] = 1;
        CPPUNIT_ASSERT(!scheduler_.next());
        scheduler_.refresh(kStart + 1s);
        CPPUNIT_ASSERT((Runs{1}) == allNext(scheduler_));
        CPPUNIT_ASSERT(!scheduler_.stalled());
        CPPUNIT_ASSERT_EQUAL(std::string("plugin web"), scheduler_.place(run(2))->lane);
        CPPUNIT_ASSERT_MESSAGE("a plugin's slots are not durable", scheduler_.drain().empty());
        scheduler_.release(run(1));
        CPPUNIT_ASSERT((Runs{2}) == allNext(scheduler_));
    }

    void testAbandonedCallKeepsThePluginAlone() {
        scheduler_.setRules({{"p:concurrency", slots(1)}});
        const Demand call{.pipeline = "p", .lanes = {"p:concurrency"}, .plugin = "web"};
        scheduler_.take(run(1), call);
        scheduler_.take(run(2), call);
        scheduler_.releaseLanes(run(1));
        CPPUNIT_ASSERT(scheduler_.held().empty());
        CPPUNIT_ASSERT(allNext(scheduler_).empty());
        scheduler_.releasePlugin("web");
        CPPUNIT_ASSERT((Runs{2}) == allNext(scheduler_));
    }

    // "paused functions: new events are recorded ..., in-flight runs stop progressing"
    void testPausedPipelineStandsInLine() {
        scheduler_.setPaused("p", true);
        CPPUNIT_ASSERT(scheduler_.paused("p"));
        CPPUNIT_ASSERT(!scheduler_.take(run(1), lanes({})));
        CPPUNIT_ASSERT(scheduler_.take(run(2), {.pipeline = "q"}));
        CPPUNIT_ASSERT_EQUAL(std::string("paused"), scheduler_.place(run(1))->lane);
        CPPUNIT_ASSERT(allNext(scheduler_).empty());
        scheduler_.setPaused("p", false);
        CPPUNIT_ASSERT((Runs{1}) == allNext(scheduler_));
    }

    // "up to limit + burst starts at once after idle, then one per period/limit; excess runs stay Queued"
    void testThrottleGatesStartsOnly() {
        scheduler_.setRules({{"p:throttle", {.rate = throttleRule(1, 10s, 1)}}});
        CPPUNIT_ASSERT(scheduler_.take(run(1), lanes({"p:throttle"})));
        CPPUNIT_ASSERT(scheduler_.take(run(2), lanes({"p:throttle"})));
        CPPUNIT_ASSERT(!scheduler_.take(run(3), lanes({"p:throttle"})));
        CPPUNIT_ASSERT(!scheduler_.take(run(4), lanes({"p:throttle"})));
        scheduler_.release(run(1));
        CPPUNIT_ASSERT_MESSAGE("an end opens no rate", allNext(scheduler_).empty());
        CPPUNIT_ASSERT(scheduler_.opens() == kStart + 10s);
        scheduler_.refresh(kStart + 10s);
        CPPUNIT_ASSERT((Runs{3}) == allNext(scheduler_));
        CPPUNIT_ASSERT(scheduler_.opens() == kStart + 20s);
        scheduler_.release(run(4));
        CPPUNIT_ASSERT_MESSAGE("nobody is left in line", !scheduler_.opens());
    }

    void testRatesAreNotUsedByThoseWhoWait() {
        scheduler_.setRules({{"p:throttle", {.rate = throttleRule(1, 10s, 0)}}, {"p:concurrency", slots(1)}});
        scheduler_.take(run(1), lanes({"p:concurrency"}));
        CPPUNIT_ASSERT(!scheduler_.take(run(2), lanes({"p:throttle", "p:concurrency"})));
        CPPUNIT_ASSERT(scheduler_.take(run(3), lanes({"p:throttle"})));
    }

    // "`rate_limited`: closes the key"
    void testClosedLaneOpensAtItsTime() {
        scheduler_.closeLane("limiter:x", kStart + 30s);
        scheduler_.closeLane("limiter:x", kStart + 5s);
        CPPUNIT_ASSERT(!scheduler_.take(run(1), lanes({"limiter:x"})));
        CPPUNIT_ASSERT(scheduler_.opens() == kStart + 30s);
        CPPUNIT_ASSERT(scheduler_.place(run(1))->opens == kStart + 30s);
        scheduler_.refresh(kStart + 29s);
        CPPUNIT_ASSERT(allNext(scheduler_).empty());
        scheduler_.refresh(kStart + 30s);
        CPPUNIT_ASSERT((Runs{1}) == allNext(scheduler_));
    }

    void testClockSetBackDoesNotCloseForLonger() {
        scheduler_.setRules({{"p:throttle", {.rate = throttleRule(1, 10s, 0)}}});
        scheduler_.take(run(1), lanes({"p:throttle"}));
        scheduler_.take(run(2), lanes({"p:throttle"}));
        scheduler_.closeLane("limiter:x", kStart + 30s);
        scheduler_.take(run(3), lanes({"limiter:x"}));
        const Timestamp now = kStart - 24h;
        scheduler_.refresh(now);
        CPPUNIT_ASSERT(scheduler_.opens() == now + 10s);
        scheduler_.refresh(now + 10s);
        CPPUNIT_ASSERT((Runs{2}) == allNext(scheduler_));
        CPPUNIT_ASSERT(scheduler_.opens() == now + 30s);
        scheduler_.refresh(now + 30s);
        CPPUNIT_ASSERT((Runs{3}) == allNext(scheduler_));
    }

    // "excess events start no run"
    void testRateLimitAdmitsWithoutALine() {
        const GcraRule rule = rateLimitRule(10, 1h, 1);
        CPPUNIT_ASSERT(scheduler_.admit("p:rate_limit[a]", rule));
        CPPUNIT_ASSERT(scheduler_.admit("p:rate_limit[a]", rule));
        CPPUNIT_ASSERT(!scheduler_.admit("p:rate_limit[a]", rule));
        CPPUNIT_ASSERT(scheduler_.admit("p:rate_limit[b]", rule));
        scheduler_.refresh(kStart + 6min);
        CPPUNIT_ASSERT(scheduler_.admit("p:rate_limit[a]", rule));
        CPPUNIT_ASSERT(!scheduler_.admit("p:rate_limit[a]", rule));
        scheduler_.refresh(kStart - 24h);
        CPPUNIT_ASSERT(!scheduler_.admit("p:rate_limit[a]", rule));
        scheduler_.refresh(kStart - 24h + 6min);
        CPPUNIT_ASSERT_MESSAGE("the clock was set back", scheduler_.admit("p:rate_limit[a]", rule));
    }

    // "while a run with the key is active, new runs are recorded as Skipped"
    void testSingletonIsHeldWithoutALine() {
        CPPUNIT_ASSERT(!scheduler_.holder("p:singleton[a]"));
        scheduler_.hold("p:singleton[a]", run(7));
        CPPUNIT_ASSERT(RunId{7} == scheduler_.holder("p:singleton[a]"));
        CPPUNIT_ASSERT(!scheduler_.holder("p:singleton[b]"));
        CPPUNIT_ASSERT(scheduler_.holds("p:singleton[a]", run(7, 70)));
        CPPUNIT_ASSERT(!scheduler_.holds("p:singleton[a]", run(8)));
        scheduler_.releaseLane("p:singleton[a]", run(8));
        CPPUNIT_ASSERT_MESSAGE("not its own", RunId{7} == scheduler_.holder("p:singleton[a]"));
        scheduler_.releaseLane("p:singleton[a]", run(7));
        CPPUNIT_ASSERT(!scheduler_.holder("p:singleton[a]"));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, scheduler_.drain().size());
    }

    // "semaphore held from first call until the run ends, including sleeps"
    void testReleaseRunLeavesNothing() {
        scheduler_.setRules({{"p:concurrency", slots(1)}, {"p/s:concurrency", slots(1)}});
        scheduler_.take(run(1), lanes({"p:concurrency"}));
        scheduler_.take({.rank = 1, .run = RunId{1}, .step = 3}, lanes({"p/s:concurrency"}));
        scheduler_.take({.rank = 1, .run = RunId{1}, .step = 4}, lanes({"p/s:concurrency"}));
        scheduler_.hold("p:singleton", run(1));
        scheduler_.take(run(2), lanes({"p:concurrency"}));
        scheduler_.releaseRun(RunId{1});
        CPPUNIT_ASSERT(scheduler_.held().empty());
        CPPUNIT_ASSERT((Runs{2}) == allNext(scheduler_));
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, scheduler_.waiting());
    }

    void testNewRulesHoldForThoseWhoWait() {
        scheduler_.setRules({{"p:concurrency", slots(1)}});
        for (int i = 1; i < 6; ++i) scheduler_.take(run(i), lanes({"p:concurrency"}));
        scheduler_.setRules({{"p:concurrency", slots(3)}});
        CPPUNIT_ASSERT((Runs{2, 3}) == allNext(scheduler_));
        scheduler_.setRules({{"p:concurrency", slots(1)}});
        scheduler_.release(run(1));
        scheduler_.release(run(2));
        CPPUNIT_ASSERT_MESSAGE("one still holds a slot", allNext(scheduler_).empty());
        scheduler_.setRules({});
        CPPUNIT_ASSERT((Runs{4, 5}) == allNext(scheduler_));
    }

    void testNothingIsGivenOutAfterClose() {
        scheduler_.take(run(1), {.pipeline = "p", .plugin = "web"});
        scheduler_.take(run(2), {.pipeline = "p", .plugin = "web"});
        scheduler_.close();
        scheduler_.release(run(1));
        CPPUNIT_ASSERT(!scheduler_.next());
        CPPUNIT_ASSERT(!scheduler_.take(run(3), lanes({})));
    }

    void testPlaceTellsWhatBlocks() {
        scheduler_.setRules({{"p:concurrency", slots(12)}});
        for (int i = 1; i <= 12; ++i) scheduler_.take(run(i), lanes({"p:concurrency"}));
        scheduler_.take(run(20), lanes({"p:concurrency"}));
        scheduler_.take(run(21), lanes({"p:concurrency", "p:other"}));
        const auto place = scheduler_.place(run(21));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, place->place);
        CPPUNIT_ASSERT_EQUAL(std::size_t{12}, place->slots);
        CPPUNIT_ASSERT_EQUAL(std::size_t{10}, place->holders.size());
        CPPUNIT_ASSERT(RunId{1} == place->holders.front().run);
        CPPUNIT_ASSERT(!place->opens);
        CPPUNIT_ASSERT(!scheduler_.place(run(1)));
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SchedulerTest);
