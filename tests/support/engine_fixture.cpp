#include "support/engine_fixture.h"

#include <algorithm>

#include "base/text.h"
#include "json/json_text.h"
#include "pipeline/inherited.h"
#include "pipeline/loader.h"

namespace stepd::test {

using namespace engine;

void RecordingObserver::runChanged(const RunNotice& notice) {
    lines.push_back("run " + std::string(toString(notice.state)));
}

void RecordingObserver::stepChanged(const StepNotice& notice) {
    lines.push_back(notice.step + " " + std::string(toString(notice.state)));
}

void RecordingObserver::attemptChanged(const AttemptNotice& notice) {
    lines.push_back(notice.step + " #" + std::to_string(notice.number) + " " +
                    (notice.outcome ? std::string(toString(*notice.outcome)) : "starts"));
}

void RecordingObserver::triggerFailed(std::string_view pipeline, std::string_view, std::string_view problem) {
    problems.push_back(std::string(pipeline) + ": " + std::string(problem));
}

std::shared_ptr<pipeline::Pipeline> loadPipeline(const std::string& yaml) {
    static const std::string inherited = [] {
        const pipeline::LoadContext context;
        std::set<std::string> names;
        for (const auto& policy : context.retryPolicies) names.insert(policy.first);
        return pipeline::inheritedText(context, names);
    }();
    const auto loaded =
        pipeline::loadSource("{\"test.yaml\":" + jsonString(yaml) + ",\"inherited\":" + jsonString(inherited) + "}");
    for (const Diagnostic& finding : loaded.findings)
        CPPUNIT_ASSERT_MESSAGE(finding.text(), finding.severity != Severity::Error);
    CPPUNIT_ASSERT(loaded.pipeline);
    return std::make_shared<pipeline::Pipeline>(*loaded.pipeline);
}

EngineFixture::EngineFixture(std::uint64_t seed, EngineOptions options)
    : Rehearsal(std::make_unique<SeededRandom>(seed), std::move(options), &observer) {
    invoker.onInvoke([this](const host::StepCall& call) { checkRecorded(call); });
    start();
}

pipeline::PipelinePtr EngineFixture::use(const std::string& yaml) {
    return Rehearsal::use(*loadPipeline(yaml));
}

void EngineFixture::post(std::vector<NewEvent> events) {
    Rehearsal::post(std::move(events), [this](std::vector<Submitted> answer) { answers.push_back(std::move(answer)); });
}

Submitted EngineFixture::submitEvent(const std::string& name, const std::string& data, const std::string& id) {
    answers.clear();
    post({{.name = name, .externalId = id, .data = data, .user = {}, .ts = {}, .requestId = {}}});
    settle();
    CPPUNIT_ASSERT_MESSAGE("the event was not answered", !answers.empty());
    return answers.front().front();
}

RunId EngineFixture::submit(const std::string& name, const std::string& data, const std::string& id) {
    const Submitted answer = submitEvent(name, data, id);
    CPPUNIT_ASSERT_MESSAGE(answer.message, answer.status == SubmitStatus::Accepted);
    CPPUNIT_ASSERT_EQUAL(std::size_t(1), answer.runs.size());
    return answer.runs.front().id;
}

std::optional<CancelStatus> EngineFixture::cancel(RunId run) {
    auto answer = std::make_shared<std::optional<CancelStatus>>();
    postCancel(run, [answer](CancelStatus status) { *answer = status; });
    settle();
    return *answer;
}

void EngineFixture::postCancel(RunId run, std::function<void(CancelStatus)> done) {
    Rehearsal::post(Cancel{run, std::move(done)});
}

void EngineFixture::onEnd(RunId run) {
    Rehearsal::post(WatchEnd{run, [this](const Run* one) {
                                 if (one == nullptr)
                                     ++endedBefore;
                                 else
                                     ended.push_back(*one);
                             }});
}

void EngineFixture::finish() {
    const Instant until = clock.instant() + 1h;
    while (goOn(until)) {
    }
}

/// Design rule 4: the attempt is recorded before the plugin sees its input.
void EngineFixture::checkRecorded(const host::StepCall& call) {
    const auto id = parseRunId(call.runId);
    CPPUNIT_ASSERT(id);
    CPPUNIT_ASSERT_MESSAGE("a call of a run that is not in the store", store.findRun(id->id));
    const auto recorded = attempts(id->id, call.stepId);
    CPPUNIT_ASSERT_MESSAGE("a call whose attempt is not recorded", !recorded.empty());
    CPPUNIT_ASSERT_EQUAL(call.attempt, recorded.back().number);
    CPPUNIT_ASSERT_MESSAGE("a call whose attempt has ended", !recorded.back().finishedAt);
    checkPinned(call, *store.findRun(id->id));
}

/// Design rule 6: the build that the run is pinned to on disk; any, where that says nothing of the plugin.
void EngineFixture::checkPinned(const host::StepCall& call, const Run& run) {
    const std::string builds = store.pluginBuilds(run.plugins);
    const std::vector<std::string> path{call.plugin};
    const auto pinned = builds.empty() ? std::nullopt : json::rawAt(builds, path);
    CPPUNIT_ASSERT_EQUAL(pinned ? json::stringOf(*pinned).value() : std::string(), call.build);
}

Run EngineFixture::run(RunId id) {
    const auto found = store.findRun(id);
    CPPUNIT_ASSERT_MESSAGE("run " + std::to_string(id.value) + " is not in the store", found);
    return *found;
}

std::optional<StepRecord> EngineFixture::findStep(RunId id, const std::string& name) {
    for (const StepRecord& record : store.stepsOf(id))
        if (record.name == name) return record;
    return std::nullopt;
}

StepRecord EngineFixture::step(RunId id, const std::string& name) {
    const auto found = findStep(id, name);
    CPPUNIT_ASSERT_MESSAGE("step " + name + " is not in the store", found);
    return *found;
}

std::vector<AttemptRecord> EngineFixture::attempts(RunId id, const std::string& name) {
    const auto record = findStep(id, name);
    std::vector<AttemptRecord> found;
    for (const AttemptRecord& attempt : store.attemptsOf(id))
        if (record && attempt.step == record->number) found.push_back(attempt);
    return found;
}

}  // namespace stepd::test
