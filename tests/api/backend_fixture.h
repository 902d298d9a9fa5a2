#pragma once

#include <future>
#include <string>
#include <vector>

#include "api/admission_gate.h"
#include "api/backend.h"
#include "api/pending_runs.h"
#include "api/progress_board.h"
#include "api/routes.h"
#include "rehearsal/virtual_clock.h"

namespace stepd::test {

using namespace rehearsal;

/// Takes events as the engine would and answers at once; ids count up from 1.
class FakeEngine final : public engine::Engine {
public:
    const char* name() const override { return "fake engine"; }
    void start() override {}
    void stop() override {}
    void submit(std::vector<engine::NewEvent> batch, SubmitCallback done) override;
    void cancel(RunId run, CancelCallback done) override {
        cancelledRuns.push_back(run);
        done(cancelAnswer);
    }
    void onEnd(RunId run, RunCallback ended) override { waiting.emplace_back(run, std::move(ended)); }
    void forgetEnd(RunId run) override { forgotten.push_back(run); }
    void why(RunId, WaitsCallback done) override { done(waits); }
    void rerun(engine::Rerun rerun, RerunCallback done) override;
    void release(RunId, ReleaseCallback done) override { done(releaseAnswer); }
    void pause(std::string paused, bool pause, PauseCallback done) override;
    void usePipelines(std::vector<pipeline::PipelinePtr>) override {}
    engine::EngineStats stats() const override { return ++statsAsked, statsAnswer; }
    engine::IntakeLoad intake() const override { return intakeAnswer; }

    std::vector<engine::NewEvent> events;
    std::vector<engine::Wait> waits;
    std::vector<std::pair<RunId, RunCallback>> waiting;
    std::vector<RunId> forgotten;
    std::vector<engine::Rerun> reruns;
    std::vector<RunId> cancelledRuns;
    std::vector<std::pair<std::string, bool>> pauses;
    std::vector<engine::Unstarted> skipped;  ///< of each event
    engine::SubmitStatus submitAnswer = engine::SubmitStatus::Accepted;
    engine::CancelStatus cancelAnswer = engine::CancelStatus::Cancelled;
    engine::RerunAnswer rerunAnswer;
    engine::ReleaseStatus releaseAnswer = engine::ReleaseStatus::Released;
    engine::EngineStats statsAnswer;
    mutable int statsAsked = 0;
    engine::IntakeLoad intakeAnswer;
    std::string pipeline = "test";
};

/// Holds what a test puts into it.
class FakeReaders final : public store::Readers {
public:
    std::optional<Event> findEvent(EventId id) override;
    std::vector<Event> listEvents(const std::optional<std::string>&, store::Page<EventId>) override { return events; }
    std::optional<Run> findRun(RunId id) override;
    std::vector<Run> listRuns(const store::RunFilter& filter, store::Page<RunId> page) override;
    std::size_t countRuns(const store::RunFilter& filter) override;
    std::vector<Event> eventsOf(RunId run) override;
    std::vector<StepRecord> stepsOf(RunId) override { return steps; }
    std::vector<AttemptRecord> attemptsOf(RunId) override { return attempts; }
    std::string pluginBuilds(PluginSetId) override { return builds; }
    store::StoreStats stats() override { return {}; }

    std::vector<Event> events;
    std::vector<Event> collected;  ///< of a batch, beside the first
    bool tooManyToCount = false;
    std::vector<Run> runs;
    std::string builds;
    std::vector<StepRecord> steps;
    std::vector<AttemptRecord> attempts;
};

/// The API without a server: requests go straight through its table of routes.
class BackendFixture {
public:
    BackendFixture();
    ~BackendFixture();

    /// A pipeline of a file with this text (and of `schema.json` beside it).
    static pipeline::PipelinePtr load(const std::string& yaml, const std::string& schema = {});
    /// Adds the routes of a pipeline written in YAML (and of the schema file beside it, `schema.json`).
    void usePipeline(const std::string& yaml, const std::string& schema = {});
    /// Waits for the answer.
    http::Response call(http::Method method, const std::string& path, const std::string& body = {},
                        const std::vector<std::pair<std::string, std::string>>& headers = {});
    /// Does not wait: the answer may depend on what the test does next.
    std::future<http::Response> begin(http::Method method, const std::string& path, const std::string& body = {},
                                      const std::vector<std::pair<std::string, std::string>>& headers = {});

    VirtualClock clock;
    FakeEngine engine;
    FakeReaders readers;
    TaskPool pool{"api", 1};
    Metrics metrics;
    api::PendingRuns pendingRuns{engine, clock};
    api::LoadStats loadStats;  ///< by which `admission` decides
    api::AdmissionGate admission{
        api::AdmissionLimits(), {}, {.load = [this] { return loadStats; }, .clock = clock, .metrics = metrics}};
    api::ProgressBoard progress;
    std::vector<pipeline::PipelinePtr> pipelines;
    std::vector<api::PluginView> plugins;
    api::ReloadReport reloadAnswer;
    std::vector<api::ReloadMode> reloads;
    api::Backend backend;
    std::shared_ptr<const http::Router> routes;
};

}  // namespace stepd::test
