#include "support/engine_fixture.h"

#include <algorithm>

#include "base/text.h"
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

EngineFixture::EngineFixture(std::uint64_t seed, EngineOptions options) : options_(std::move(options)), random_(seed) {
    invoker.onInvoke([this](const host::StepCall& call) { checkRecorded(call); });
    start();
}

pipeline::PipelinePtr EngineFixture::use(const std::string& yaml) {
    auto loaded = loadPipeline(yaml);
    loaded->revision =
        store.saveRevision({.id = {}, .pipeline = loaded->id, .hash = loaded->hash, .source = loaded->source});
    std::erase_if(pipelines_, [&](const auto& known) { return known->id == loaded->id; });
    pipelines_.push_back(loaded);
    revisions_[loaded->revision] = loaded;
    if (core)
        core->round([this] {
            std::vector<Message> messages;
            messages.emplace_back(UsePipelines{pipelines_});
            return messages;
        }());
    return loaded;
}

void EngineFixture::post(std::vector<NewEvent> events) {
    inbox_.emplace_back(
        Submit{std::move(events), [this](std::vector<Submitted> answer) { answers.push_back(std::move(answer)); }});
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
    inbox_.emplace_back(Cancel{run, std::move(done)});
}

bool EngineFixture::moves() const {
    if (dead()) return false;
    const auto due = nextDue();
    return !inbox_.empty() || store.waiting() != 0 || (due && *due <= clock.instant());
}

void EngineFixture::onEnd(RunId run) {
    inbox_.emplace_back(WatchEnd{run, [this](const Run& one) { ended.push_back(one); }});
}

bool EngineFixture::turn() {
    if (dead()) return false;
    if (!inbox_.empty()) {
        std::vector<Message> messages(std::make_move_iterator(inbox_.begin()), std::make_move_iterator(inbox_.end()));
        inbox_.clear();
        core->round(std::move(messages));
        return true;
    }
    if (const auto due = core->nextDue(); due && *due <= clock.instant()) {
        core->round({});
        return true;
    }
    return store.pumpOne() || invoker.pumpOne();
}

void EngineFixture::settle() {
    while (turn()) {
    }
}

std::optional<Instant> EngineFixture::nextDue() const {
    if (dead()) return std::nullopt;
    const auto mine = core->nextDue();
    const auto its = invoker.nextDue();
    return mine && its ? std::min(*mine, *its) : mine ? mine : its;
}

void EngineFixture::advance(Duration by) {
    const Instant until = clock.instant() + by;
    settle();
    for (auto due = nextDue(); due && *due <= until; due = nextDue()) {
        clock.advance(std::max(Duration::zero(), *due - clock.instant()));
        settle();
    }
    if (until > clock.instant()) clock.advance(until - clock.instant());
    settle();
}

void EngineFixture::finish() {
    const Instant until = clock.instant() + 1h;
    settle();
    for (auto due = nextDue(); due && *due <= until; due = nextDue()) {
        clock.advance(std::max(Duration::zero(), *due - clock.instant()));
        settle();
    }
}

void EngineFixture::kill() {
    store.crash();
    invoker.kill();
    inbox_.clear();
    core.reset();
}

void EngineFixture::start() {
    store.restart();
    core = std::make_unique<Core>(
        EngineParts{
            .store = store,
            .invoker = invoker,
            .clock = clock,
            .random = random_,
            .revisions = [this](RevisionId id) { return brokenRevisions.contains(id) ? nullptr : revisions_[id]; },
            .observer = &observer,
            .fatal = [this](const std::string& sentence) { fatal.push_back(sentence); }},
        options_, [this](Message message) { inbox_.push_back(std::move(message)); });
    invoker.listen({
        .finished =
            [this](host::CallId call, StepResult result) {
                inbox_.emplace_back(CallFinished{call, std::move(result)});
            },
        .progressed = {},
    });
    std::vector<Message> first;
    std::vector<pipeline::PipelinePtr> current;
    for (const auto& one : pipelines_)
        if (!brokenRevisions.contains(one->revision)) current.push_back(one);
    first.emplace_back(UsePipelines{std::move(current)});
    core->round(std::move(first));
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
