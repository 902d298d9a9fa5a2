#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rehearsal/rehearsal.h"

/// Makes failure messages readable.
namespace CppUnit {
template <>
struct assertion_traits<stepd::RunState> {
    static bool equal(stepd::RunState a, stepd::RunState b) { return a == b; }
    static std::string toString(stepd::RunState state) { return std::string(stepd::toString(state)); }
};
template <>
struct assertion_traits<stepd::StepState> {
    static bool equal(stepd::StepState a, stepd::StepState b) { return a == b; }
    static std::string toString(stepd::StepState state) { return std::string(stepd::toString(state)); }
};
}  // namespace CppUnit

namespace stepd::test {

using namespace rehearsal;

/// Keeps what an observer is shown, one line a notice: `run completed`, `fetch waiting`, `fetch #2 transient`.
class RecordingObserver final : public engine::RunObserver {
public:
    void runChanged(const engine::RunNotice& notice) override;
    void stepChanged(const engine::StepNotice& notice) override;
    void attemptChanged(const engine::AttemptNotice& notice) override;
    void progressed(const engine::RunRef&, std::string_view, double, std::string_view) override {}
    void triggerFailed(std::string_view pipeline, std::string_view, std::string_view problem) override;
    void violated(std::string_view sentence) override { violations.emplace_back(sentence); }

    std::vector<std::string> lines;
    std::vector<std::string> problems;
    std::vector<std::string> violations;
};

/// A Rehearsal that is watched. All that moves runs until idle in each call. Checks at each call of a step that its
/// attempt is on disk and open, and that it gets the build that its run is
/// pinned to.
class EngineFixture : public Rehearsal {
public:
    explicit EngineFixture(std::uint64_t seed = 1, engine::EngineOptions options = {});

    RecordingObserver observer;

    /// Loads a pipeline from its YAML and uses it beside those before; one with the same id is replaced.
    pipeline::PipelinePtr use(const std::string& yaml);

    /// Submits one event and runs until idle.
    engine::Submitted submitEvent(const std::string& name, const std::string& data = "{}", const std::string& id = "");
    /// The only run of one event.
    RunId submit(const std::string& name, const std::string& data = "{}", const std::string& id = "");
    /// Hands events in without running; the answer is put into `answers` when it comes.
    void post(std::vector<engine::NewEvent> events);
    std::vector<std::vector<engine::Submitted>> answers;
    /// Absent: not answered.
    std::optional<engine::CancelStatus> cancel(RunId run);
    /// Asks for it without running.
    void postCancel(
        RunId run, std::function<void(engine::CancelStatus)> done = [](engine::CancelStatus) {});
    void onEnd(RunId run);
    std::vector<Run> ended;
    int endedBefore = 0;  ///< waiters whose run had ended when they asked

    /// Goes on until nothing is due any more, for an hour of virtual time at most.
    void finish();

    Run run(RunId id);
    RunState state(RunId id) { return run(id).state; }
    std::optional<StepRecord> findStep(RunId id, const std::string& name);
    StepRecord step(RunId id, const std::string& name);
    std::vector<AttemptRecord> attempts(RunId id, const std::string& name);
    engine::EngineStats stats() const { return core->stats(); }

private:
    void checkRecorded(const host::StepCall& call);
    void checkPinned(const host::StepCall& call, const Run& run);
};

/// Loads a pipeline; a finding fails the test.
std::shared_ptr<pipeline::Pipeline> loadPipeline(const std::string& yaml);

}  // namespace stepd::test
