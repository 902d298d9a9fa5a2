#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "base/random.h"
#include "engine/lanes.h"
#include "engine/scheduler.h"
#include "image_of.h"
#include "slots_invoker.h"

using namespace stepd;
using namespace stepd::engine;

namespace {

const Timestamp kStart = *parseRfc3339("2026-01-02T03:00:00Z");
constexpr std::uint32_t kSlots = 3;

/// A world around the scheduler that does what the engine may do, in any order, and knows what must hold.
class World {
public:
    explicit World(std::uint64_t seed) : random_(seed) {
        invoker_.of = {{"web", 2}, {"db", 1}};
        start();
    }

    void step() {
        switch (random_.next() % 12) {
            case 0:
            case 1:
            case 2: come(); break;
            case 3:
            case 4: drop(holding_, [this](const Ticket& ticket) { scheduler().release(ticket); }); break;
            case 5: abandon(); break;
            case 6: endRun(); break;
            case 7: park(); break;
            case 8: now_ += std::chrono::seconds(random_.next() % 5); break;
            case 9: pauseOrGoOn(); break;
            case 10: load(); break;
            case 11:
                if (random_.next() % 20 == 0) restart();
                break;
        }
        scheduler().refresh(now_);
        if (random_.next() % 2 == 0) goOn();
        check();
    }

    /// No more come; all that is there goes through.
    void finish() {
        for (const char* pipeline : {"p", "q"}) scheduler().setPaused(pipeline, false);
        for (int round = 0; round < 20'000 && (!waiting_.empty() || !inStore_.empty() || !holding_.empty()); ++round) {
            now_ += 1s;
            scheduler().refresh(now_);
            load();
            goOn();
            if (!holding_.empty()) drop(holding_, [this](const Ticket& ticket) { scheduler().release(ticket); });
            for (; !abandoned_.empty(); abandoned_.pop_back()) scheduler().releasePlugin(abandoned_.back());
            check();
        }
        CPPUNIT_ASSERT_MESSAGE("somebody starves", waiting_.empty() && inStore_.empty());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, scheduler().held().size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, scheduler().waiting());
        CPPUNIT_ASSERT_EQUAL(std::size_t{0}, scheduler().parked());
        commit();
        CPPUNIT_ASSERT(image_.image().slots.empty());
    }

private:
    using Tickets = std::map<Ticket, Demand>;

    Scheduler& scheduler() { return *scheduler_; }

    void start() {
        scheduler_ = std::make_unique<Scheduler>(invoker_);
        scheduler_->setRules({{"p:concurrency", {.slots = kSlots}},
                              {"q:concurrency", {.slots = kSlots}},
                              {"global:x", {.slots = kSlots}},
                              {"limiter:l", {.slots = kSlots, .rate = throttleRule(2, 3s, 1)}},
                              {"q:throttle", {.rate = throttleRule(1, 2s, 0)}}});
        store::Image image = image_.image();
        image.paused.assign(paused_.begin(), paused_.end());
        scheduler_->restore(image);
        scheduler_->refresh(now_);
    }

    template <typename Container>
    auto pick(Container& from) {
        return std::next(from.begin(), static_cast<std::ptrdiff_t>(random_.next() % from.size()));
    }

    Demand anyDemand() {
        const bool p = random_.next() % 2 == 0;
        Demand demand{.pipeline = p ? "p" : "q"};
        if (random_.next() % 2 == 0) demand.lanes.push_back(lanes::name(demand.pipeline + ":concurrency", anyKey()));
        if (random_.next() % 3 == 0) demand.lanes.push_back(lanes::name("global:x", anyKey()));
        if (random_.next() % 3 == 0) demand.lanes.emplace_back("limiter:l");
        if (!p && random_.next() % 3 == 0) demand.lanes.emplace_back("q:throttle");
        if (random_.next() % 2 == 0) std::reverse(demand.lanes.begin(), demand.lanes.end());
        if (random_.next() % 2 == 0) demand.plugin = random_.next() % 2 == 0 ? "web" : "db";
        demand.group = random_.next() % 3 == 0 ? "shared" : demand.pipeline;
        return demand;
    }
    std::string anyKey() {
        return random_.next() % 2 == 0 ? "" : std::string(1, static_cast<char>('a' + random_.next() % 3));
    }

    void come() {
        const std::int32_t step = static_cast<std::int32_t>(random_.next() % 3) - 1;
        const Ticket ticket{
            .rank = static_cast<std::int64_t>(++last_ + random_.next() % 20), .run = RunId{last_}, .step = step};
        tryTake(ticket, anyDemand());
    }

    void tryTake(const Ticket& ticket, const Demand& demand) {
        (scheduler().take(ticket, demand) ? holding_ : waiting_).emplace(ticket, demand);
    }

    void drop(Tickets& from, const std::function<void(const Ticket&)>& release) {
        if (from.empty()) return;
        const auto ticket = pick(from);
        release(ticket->first);
        from.erase(ticket);
    }

    void abandon() {
        if (holding_.empty() || random_.next() % 2 == 0) {
            if (abandoned_.empty()) return;
            scheduler().releasePlugin(abandoned_.back());
            abandoned_.pop_back();
            return;
        }
        const auto ticket = pick(holding_);
        if (!ticket->second.plugin.empty()) abandoned_.push_back(ticket->second.plugin);
        scheduler().releaseLanes(ticket->first);
        holding_.erase(ticket);
    }

    void endRun() {
        auto& from = random_.next() % 2 == 0 ? holding_ : waiting_;
        if (from.empty()) return;
        const Ticket ticket = pick(from)->first;
        const auto held = holding_.find(ticket);
        if (held != holding_.end() && !held->second.plugin.empty()) scheduler().release(ticket);
        scheduler().releaseRun(ticket.run);
        holding_.erase(ticket);
        waiting_.erase(ticket);
        for (const auto& [lane, owner] : scheduler().held()) CPPUNIT_ASSERT(owner.run != ticket.run);
    }

    void park() {
        if (waiting_.empty()) return;
        const auto ticket = pick(waiting_);
        const auto place = scheduler().place(ticket->first);
        const auto wait = scheduler().park(ticket->first);
        CPPUNIT_ASSERT_EQUAL(place->lane.starts_with("plugin "), !wait.has_value());
        if (!wait) return;
        image_.parked(*wait);
        inStore_[wait->signal].emplace(ticket->first, ticket->second);
        waiting_.erase(ticket);
    }

    void load() {
        while (const auto signal = scheduler().wanted()) {
            CPPUNIT_ASSERT_MESSAGE("named twice", loading_.insert(*signal).second);
            if (random_.next() % 2 == 0) break;
        }
        while (!loading_.empty() && random_.next() % 4 != 0) {
            const std::string signal = loading_.extract(loading_.begin()).value();
            auto& line = inStore_[signal];
            std::size_t count = 0;
            for (; count < 3 && !line.empty(); ++count) {
                const auto [ticket, demand] = *line.begin();
                line.erase(line.begin());
                const store::Wait wait{.signal = signal, .family = signal, .rank = ticket.rank, .step = ticket.step};
                image_.unparked(wait);
                scheduler().unparked(wait);
                tryTake(ticket, demand);
            }
            if (line.empty()) inStore_.erase(signal);
            scheduler().loaded(signal, count);
        }
    }

    void pauseOrGoOn() {
        const std::string pipeline = random_.next() % 2 == 0 ? "p" : "q";
        const bool paused = !paused_.contains(pipeline) && random_.next() % 3 == 0;
        scheduler().setPaused(pipeline, paused);
        if (paused)
            paused_.insert(pipeline);
        else
            paused_.erase(pipeline);
    }

    void goOn() {
        while (const auto ticket = scheduler().next()) {
            const auto waiting = waiting_.find(*ticket);
            CPPUNIT_ASSERT_MESSAGE("one goes that did not wait", waiting != waiting_.end());
            holding_.insert(waiting_.extract(waiting));
        }
        for (const auto& [ticket, demand] : waiting_) checkBlocked(ticket, demand);
    }

    /// Nobody is left standing who could go.
    void checkBlocked(const Ticket& ticket, const Demand& demand) {
        const auto place = scheduler().place(ticket);
        CPPUNIT_ASSERT(place);
        if (place->lane == "paused") {
            CPPUNIT_ASSERT(scheduler().paused(demand.pipeline));
        } else if (place->lane.starts_with("plugin ")) {
            CPPUNIT_ASSERT_EQUAL(invoker_.slots(demand.plugin), pluginCalls(demand.plugin));
        } else {
            CPPUNIT_ASSERT_MESSAGE(place->lane, place->opens || count(place->lane) == kSlots);
        }
    }

    std::size_t pluginCalls(const std::string& plugin) const {
        auto calls = static_cast<std::size_t>(std::count(abandoned_.begin(), abandoned_.end(), plugin));
        for (const auto& [ticket, demand] : holding_) calls += demand.plugin == plugin ? 1 : 0;
        return calls;
    }

    std::size_t count(const std::string& lane) {
        std::size_t holders = 0;
        for (const auto& [name, owner] : scheduler().held()) holders += name == lane ? 1 : 0;
        return holders;
    }

    void check() {
        std::set<std::pair<std::string, Ticket>> wanted;
        for (const auto& [ticket, demand] : holding_) {
            for (const std::string& lane : demand.lanes)
                if (lane != "q:throttle")
                    wanted.emplace(lane, Ticket{.rank = 0, .run = ticket.run, .step = ticket.step});
        }
        const auto held = scheduler().held();
        CPPUNIT_ASSERT_MESSAGE("all that is needed is held, and nothing else",
                               std::vector(wanted.begin(), wanted.end()) == held);
        std::map<std::string, std::size_t> holders;
        for (const auto& [lane, owner] : held) CPPUNIT_ASSERT_MESSAGE(lane, ++holders[lane] <= kSlots);
        for (const auto& [plugin, most] : invoker_.of) CPPUNIT_ASSERT_MESSAGE(plugin, pluginCalls(plugin) <= most);
        CPPUNIT_ASSERT_EQUAL(waiting_.size(), scheduler().waiting());
        std::size_t parked = 0;
        for (const auto& [signal, line] : inStore_) parked += line.size();
        CPPUNIT_ASSERT_EQUAL(parked, scheduler().parked());
    }

    void commit() { image_.apply(scheduler().drain()); }

    /// What is durable comes back; what is in memory asks again.
    void restart() {
        commit();
        const auto before = scheduler().held();
        start();
        CPPUNIT_ASSERT(before == scheduler().held());
        abandoned_.clear();
        loading_.clear();
        for (const auto& [ticket, demand] : std::exchange(holding_, {})) scheduler().release(ticket);
        CPPUNIT_ASSERT(scheduler().held().empty());
        for (const auto& [ticket, demand] : std::exchange(waiting_, {})) tryTake(ticket, demand);
        commit();
    }

    SeededRandom random_;
    SlotsInvoker invoker_;
    std::unique_ptr<Scheduler> scheduler_;
    ImageOf image_;
    Timestamp now_ = kStart;
    std::int64_t last_ = 0;
    Tickets holding_;
    Tickets waiting_;
    std::map<std::string, Tickets> inStore_;
    std::set<std::string> loading_;
    std::set<std::string> paused_;
    std::vector<std::string> abandoned_;  ///< plugins whose calls have not ended
};

}  // namespace

class SchedulerPropertyTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(SchedulerPropertyTest);
    CPPUNIT_TEST(testRandomWorlds);
    CPPUNIT_TEST(testGroupsShareALaneEvenly);
    CPPUNIT_TEST(testOfOneGroupNobodyIsOvertaken);
    CPPUNIT_TEST_SUITE_END();

public:
    void testRandomWorlds() {
        for (std::uint64_t seed = 1; seed <= 300; ++seed) {
            try {
                World world(seed);
                for (int i = 0; i < 400; ++i) world.step();
                world.finish();
            } catch (const CppUnit::Exception& failure) {
                CPPUNIT_FAIL("seed " + std::to_string(seed) + ": " + failure.what());
            } catch (const std::exception& failure) {
                CPPUNIT_FAIL("seed " + std::to_string(seed) + ": " + failure.what());
            }
        }
    }

    /// However many of a group wait and come, and whatever else they need: the others have their turns.
    void testGroupsShareALaneEvenly() {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            SeededRandom random(seed);
            SlotsInvoker invoker;
            invoker.of["web"] = 2;
            Scheduler scheduler(invoker);
            scheduler.setRules({{"limiter:l", {.slots = 2}}, {"a:concurrency", {.slots = 2}}});
            scheduler.refresh(kStart);
            std::map<std::string, int> starts;
            std::map<Ticket, std::string> groups;
            std::vector<Ticket> holding;
            const auto come = [&](const std::string& group) {
                const Ticket ticket{.rank = static_cast<std::int64_t>(groups.size()),
                                    .run = RunId{static_cast<std::int64_t>(groups.size()) + 1}};
                groups[ticket] = group;
                Demand demand{.pipeline = group, .lanes = {"limiter:l"}, .plugin = "web", .group = group};
                if (group == "a") demand.lanes.insert(demand.lanes.begin(), "a:concurrency");
                if (scheduler.take(ticket, demand)) holding.push_back(ticket);
            };
            for (int i = 0; i < 200; ++i) come("a");
            for (int i = 0; i < 40; ++i) come("b");
            for (int i = 0; i < 40; ++i) come("c");
            for (int i = 0; i < 90; ++i) {
                const auto ended = holding.begin() + static_cast<std::ptrdiff_t>(random.next() % holding.size());
                scheduler.release(*ended);
                holding.erase(ended);
                come("a");
                while (const auto ticket = scheduler.next()) {
                    holding.push_back(*ticket);
                    ++starts[groups[*ticket]];
                }
            }
            for (const char* group : {"a", "b", "c"})
                CPPUNIT_ASSERT_MESSAGE(
                    "seed " + std::to_string(seed) + ", " + group + " " + std::to_string(starts[group]),
                    starts[group] >= 25 && starts[group] <= 35);
        }
    }

    /// With one lane and one group, starts are in the order of rank among those who stood in line.
    void testOfOneGroupNobodyIsOvertaken() {
        for (std::uint64_t seed = 1; seed <= 50; ++seed) {
            SeededRandom random(seed);
            SlotsInvoker invoker;
            Scheduler scheduler(invoker);
            scheduler.setRules({{"p:concurrency", {.slots = 1}}});
            scheduler.refresh(kStart);
            const Demand demand{.pipeline = "p", .lanes = {"p:concurrency"}, .group = "p"};
            std::set<Ticket> line;
            Ticket holder{.rank = 0, .run = RunId{1}};
            CPPUNIT_ASSERT(scheduler.take(holder, demand));
            for (std::int64_t id = 2; id < 300; ++id) {
                const Ticket ticket{.rank = static_cast<std::int64_t>(random.next() % 1000), .run = RunId{id}};
                if (random.next() % 3 != 0) {
                    CPPUNIT_ASSERT(!scheduler.take(ticket, demand));
                    line.insert(ticket);
                    continue;
                }
                if (line.empty()) continue;
                scheduler.release(holder);
                if (scheduler.take(ticket, demand)) {
                    CPPUNIT_ASSERT_MESSAGE("seed " + std::to_string(seed), ticket < *line.begin());
                    holder = ticket;
                } else {
                    line.insert(ticket);
                    holder = scheduler.next().value();
                    CPPUNIT_ASSERT_MESSAGE("seed " + std::to_string(seed), holder == *line.begin());
                    line.erase(holder);
                }
            }
        }
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SchedulerPropertyTest);
