#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <set>

#include "api/load_monitor.h"
#include "api/readiness.h"
#include "backend_fixture.h"
#include "engine/core.h"
#include "engine/open_events.h"
#include "rehearsal/scripted_invoker.h"
#include "slow_disk.h"

using namespace stepd;
using namespace stepd::api;
using namespace stepd::rehearsal;

namespace {

constexpr Duration kTick = 20ms;
const char* const kPipeline = "version: 1\nid: one\non: [{event: go}]\nsteps: [{id: a, uses: a}]\n";

/// The way of an event from admission to disk, without HTTP: gate, engine, a disk that takes its time.
class Daemon {
public:
    explicit Daemon(test::SlowDisk::Speed speed) : disk(sim, clock, speed) {
        invoker.script("a", [](const host::StepCall&) { return "in 10ms done {}"; });
        invoker.setSlots("a", 50);
        core = std::make_unique<engine::Core>(
            engine::EngineParts{.store = disk,
                                .invoker = invoker,
                                .clock = clock,
                                .random = random,
                                .revisions = {},
                                .fatal = [](const std::string& why) { CPPUNIT_FAIL(why); }},
            engine::EngineOptions{}, [this](engine::Message message) { inbox.push_back(std::move(message)); });
        invoker.listen({.finished =
                            [this](std::vector<host::CallEnd> ended) {
                                for (auto& [call, result] : ended)
                                    inbox.emplace_back(engine::CallFinished{call, std::move(result)});
                            },
                        .progressed = {}});
        auto pipeline = std::make_shared<pipeline::Pipeline>(*test::BackendFixture::load(kPipeline));
        pipeline->revision = sim.saveRevision({.pipeline = "one", .hash = pipeline->hash, .source = pipeline->source});
        inbox.emplace_back(engine::UsePipelines{{pipeline}});
    }

    /// A client comes; what it is told is counted, and how long it waited for it.
    void client() {
        front.intakeAnswer = open.load();
        if (const auto refused = gate.admit({})) {
            ++shed;
            CPPUNIT_ASSERT(refused->status == http::Status::ServiceUnavailable);
            CPPUNIT_ASSERT(refused->headers.find("Retry-After").has_value());
            return;
        }
        engine::NewEvent event;
        event.name = "go";
        event.data = "{}";
        std::vector<engine::NewEvent> events{event};
        engine::Engine::SubmitCallback done = [this, at = clock.instant()](const std::vector<engine::Submitted>& told) {
            CPPUNIT_ASSERT(told.at(0).status == engine::SubmitStatus::Accepted);
            acknowledged.push_back(told[0].event);
            waited.push_back(clock.instant() - at);
        };
        CPPUNIT_ASSERT(open.enter(events, done));
        inbox.emplace_back(engine::Submit{std::move(events), std::move(done)});
    }

    void tick() {
        clock.advance(kTick);
        while (invoker.pumpOne()) {
        }
        disk.work();
        core->round(std::exchange(inbox, {}));
        look();
    }
    void run(Duration time, double clientsPerSecond) {
        const double share = std::chrono::duration<double>(kTick).count() * clientsPerSecond;
        for (Duration gone{}; gone < time; gone += kTick) {
            for (coming += share; coming >= 1; --coming) client();
            tick();
        }
    }
    void look() {
        front.statsAnswer = core->stats();
        front.intakeAnswer = open.load();
    }
    Duration percentile(std::size_t percent) {
        std::sort(waited.begin(), waited.end());
        return waited.at(waited.size() * percent / 100);
    }

    VirtualClock clock;
    SimStore sim;
    test::SlowDisk disk;
    ScriptedInvoker invoker{clock};
    SeededRandom random{1};
    engine::OpenEvents open{100'000, 64U << 20};
    test::FakeEngine front;
    LoadMonitor monitor{front, clock, {.memory = [] { return 0; }, .freeDisk = [] { return std::nullopt; }}};
    Metrics metrics;
    AdmissionGate gate{{}, {}, {.load = [this] { return monitor.read(); }, .clock = clock, .metrics = metrics}};
    std::vector<engine::Message> inbox;
    std::unique_ptr<engine::Core> core;

    double coming = 0;
    std::size_t shed = 0;
    std::vector<EventId> acknowledged;
    std::vector<Duration> waited;
};

}  // namespace

/// Shed, do not collapse (hardening R27): more clients than the disk can serve, and a disk that hangs.
class OverloadLifeTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(OverloadLifeTest);
    CPPUNIT_TEST(testTwiceTheLoad);
    CPPUNIT_TEST(testDiskThatHangs);
    CPPUNIT_TEST_SUITE_END();

    static void allThatWasAcknowledgedIsThere(Daemon& daemon) {
        const std::set<EventId> ids(daemon.acknowledged.begin(), daemon.acknowledged.end());
        CPPUNIT_ASSERT_EQUAL(daemon.acknowledged.size(), ids.size());
        for (const EventId id : ids) CPPUNIT_ASSERT(daemon.sim.findEvent(id).has_value());
        CPPUNIT_ASSERT_EQUAL(daemon.acknowledged.size(), daemon.waited.size());
    }

    void testTwiceTheLoad() {
        Daemon daemon({.commit = 5ms, .event = 1ms});
        daemon.run(5s, 500);
        CPPUNIT_ASSERT_EQUAL_MESSAGE("half of the load", std::size_t(0), daemon.shed);
        daemon.waited.clear();
        daemon.acknowledged.clear();
        daemon.run(10s, 2'000);
        CPPUNIT_ASSERT(daemon.shed > 0);
        CPPUNIT_ASSERT_MESSAGE("still at work", daemon.acknowledged.size() > 5'000);
        // It would be as long as the load lasts if all were let in.
        CPPUNIT_ASSERT_MESSAGE("p99 is " + std::to_string(daemon.percentile(99) / 1ms) + " ms",
                               daemon.percentile(99) <= 5s);
        CPPUNIT_ASSERT(!unreadiness(daemon.core->stats(), daemon.clock.instant()));
        const auto stored = daemon.core->stats();
        CPPUNIT_ASSERT(stored.activeRuns <= 10'000);
        daemon.run(10s, 0);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), daemon.open.load().events);
        allThatWasAcknowledgedIsThere(daemon);
        const std::size_t before = daemon.shed;
        daemon.run(1s, 500);
        CPPUNIT_ASSERT_EQUAL_MESSAGE("it takes in again", before, daemon.shed);
    }

    // hardening R17
    void testDiskThatHangs() {
        Daemon daemon({.commit = 5ms, .event = 100us});
        daemon.run(1s, 500);
        daemon.disk.hangs = true;
        daemon.run(3s, 500);
        const std::size_t inside = daemon.open.load().events;
        CPPUNIT_ASSERT_MESSAGE("those of two seconds", inside > 900 && inside < 1'200);
        CPPUNIT_ASSERT(daemon.shed > 300);
        daemon.run(8s, 500);
        CPPUNIT_ASSERT_EQUAL(inside, daemon.open.load().events);
        const auto stats = daemon.core->stats();
        CPPUNIT_ASSERT(isAlive(stats, daemon.clock.instant()));
        CPPUNIT_ASSERT(unreadiness(stats, daemon.clock.instant()).has_value());
        CPPUNIT_ASSERT(daemon.gate.closed()->reason == ShedReason::Delay);
        daemon.disk.hangs = false;
        daemon.run(1s, 0);
        CPPUNIT_ASSERT_EQUAL(std::size_t(0), daemon.open.load().events);
        CPPUNIT_ASSERT(!unreadiness(daemon.core->stats(), daemon.clock.instant()));
        CPPUNIT_ASSERT(!daemon.gate.closed());
        allThatWasAcknowledgedIsThere(daemon);
    }
};
CPPUNIT_TEST_SUITE_REGISTRATION(OverloadLifeTest);
