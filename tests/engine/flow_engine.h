#pragma once

#include <string>
#include <utility>
#include <vector>

#include "support/engine_fixture.h"

/// Makes failure messages readable.
namespace CppUnit {
template <>
struct assertion_traits<stepd::RunId> {
    static bool equal(stepd::RunId a, stepd::RunId b) { return a == b; }
    static std::string toString(stepd::RunId id) { return "run " + std::to_string(id.value); }
};
}  // namespace CppUnit

namespace stepd::test {

/// An engine for tests of flow control: scripts by plugin, what is held, and that nothing is left behind.
class FlowEngine : public EngineFixture {
public:
    using EngineFixture::EngineFixture;

    /// Each call of the plugin takes so long and is done.
    void takes(const std::string& plugin, const std::string& duration) {
        invoker.script(plugin, [duration](const host::StepCall&) { return "in " + duration + " done {}"; });
    }
    void restart() {
        kill();
        start();
        settle();
    }
    /// Absent: not answered, the process has died.
    std::optional<engine::PauseStatus> pause(const std::string& pipeline, bool paused) {
        auto answer = std::make_shared<std::optional<engine::PauseStatus>>();
        Rehearsal::post(engine::AskPause{pipeline, paused, [answer](engine::PauseStatus status) { *answer = status; }});
        settle();
        return *answer;
    }
    std::optional<engine::ReleaseStatus> release(RunId run) {
        auto answer = std::make_shared<std::optional<engine::ReleaseStatus>>();
        Rehearsal::post(engine::AskRelease{run, [answer](engine::ReleaseStatus status) { *answer = status; }});
        settle();
        return *answer;
    }
    /// One event with a time of its own.
    engine::Submitted submitAt(const std::string& name, Timestamp ts, const std::string& data = "{}") {
        answers.clear();
        post({{.name = name, .externalId = {}, .data = data, .user = {}, .ts = ts, .requestId = {}}});
        settle();
        CPPUNIT_ASSERT_MESSAGE("the event was not answered", !answers.empty());
        return answers.front().front();
    }

    /// `LANE by RUN` or `LANE by RUN/STEP` for each slot that is held on disk.
    std::vector<std::string> slots() {
        std::vector<std::string> list;
        for (const auto& slot : store.image().slots)
            list.push_back(slot.lane + " by " + std::to_string(slot.run.value) +
                           (slot.step < 0 ? "" : "/" + std::to_string(slot.step)));
        return list;
    }
    std::vector<RunId> runsIn(RunState state) {
        std::vector<RunId> found;
        for (const Run& one : store.listRuns({.state = state}, {.before = {}, .limit = 1000})) found.push_back(one.id);
        return {found.rbegin(), found.rend()};
    }
    std::size_t count(RunState state) { return runsIn(state).size(); }
    std::string publicIdOf(RunId id) { return publicId(id, run(id).createdAt); }

    /// All runs have ended, and nothing of them is held, waits, runs or is due.
    void assertNothingIsLeft(const std::string& where = {}) {
        CPPUNIT_ASSERT_MESSAGE(where + (fatal.empty() ? "" : ": " + fatal.front()), fatal.empty());
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::int64_t(0), store.stats().runsOpen);
        const auto held = slots();
        CPPUNIT_ASSERT_MESSAGE(where + (held.empty() ? "" : ": " + held.front()), held.empty());
        const auto image = store.image();
        CPPUNIT_ASSERT_MESSAGE(where + (image.waiting.empty() ? "" : ": " + image.waiting.front().first),
                               image.waiting.empty());
        CPPUNIT_ASSERT_MESSAGE(where, image.collecting.empty() && image.deliveries.empty());
        const auto now = stats();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t(0), now.activeRuns);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t(0), now.runningAttempts);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t(0), now.readySteps);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t(0), now.waitingTimers);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::size_t(0), now.parkedWaits);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(where, std::uint64_t(0), now.violations);
    }
};

}  // namespace stepd::test
