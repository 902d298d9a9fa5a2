#include "api/trigger_report.h"

#include <algorithm>

#include "engine/bindings.h"
#include "json/json_text.h"

namespace stepd::api {
namespace {

using Verdict = TriggerReport::Verdict;
using pipeline::Pipeline;

struct Judgement {
    Verdict verdict = Verdict::NoMatch;
    std::string sentence;
};

/// What one trigger says to the event.
Judgement judge(const pipeline::EventTrigger& trigger, const Event& event, const pipeline::Scope& scope) {
    const std::string name = "The trigger " + trigger.pattern;
    if (!trigger.matches(event.name)) return {Verdict::NoMatch, name + " is for other events than " + event.name + "."};
    if (!trigger.condition)
        return {Verdict::WouldNow, name + " matches, and no run was started: the pipeline came or changed later, or " +
                                       "the event was meant for another one."};
    const std::string condition = "`if: " + trigger.condition->source() + "`";
    const auto value = trigger.condition->evaluate(scope);
    if (!value) return {Verdict::Failed, condition + " of " + trigger.pattern + ": " + value.error().message + "."};
    if (!value->asBool())
        return {Verdict::Failed, condition + " of " + trigger.pattern + " gives " + std::string(value->typeName()) +
                                     ", not true or false."};
    if (!*value->asBool()) return {Verdict::NoMatch, name + " is for this event, but " + condition + " is false."};
    return {Verdict::WouldNow, name + " matches and " + condition + " is true, but no run was started: the pipeline " +
                                   "came or changed later, or the event was meant for another one."};
}

TriggerReport judge(const Pipeline& pipeline, const Event& event) {
    TriggerReport report{.pipeline = pipeline.id, .verdict = Verdict::NoMatch, .sentences = {}, .runs = {}};
    const engine::ActiveEvent active{.event = event, .parsed = {}};
    const cel::Value vars = cel::fromJson(pipeline.vars.empty() ? "{}" : pipeline.vars);
    const engine::EventScope scope(active, pipeline, vars);
    for (const auto& trigger : pipeline.triggers) {
        auto judgement = judge(trigger, event, scope);
        if (judgement.verdict == Verdict::WouldNow) {
            report.verdict = Verdict::WouldNow;
            report.sentences = {std::move(judgement.sentence)};
            return report;
        }
        if (judgement.verdict == Verdict::Failed) report.verdict = Verdict::Failed;
        report.sentences.push_back(std::move(judgement.sentence));
    }
    if (pipeline.triggers.empty()) report.sentences.emplace_back("It has no trigger for events.");
    return report;
}

/// The pipelines in Event::skipped with their reasons.
std::vector<TriggerReport> skippedOf(const Event& event) {
    std::vector<TriggerReport> reports;
    if (event.skipped.empty()) return reports;
    const std::vector<std::string> pipelineKey{"pipeline"};
    const std::vector<std::string> whyKey{"why"};
    for (const auto item : json::itemsOf(event.skipped).value_or(std::vector<std::string_view>())) {
        const auto textAt = [item](const std::vector<std::string>& path) {
            return json::stringOf(json::rawAt(item, path).value_or("")).value_or("");
        };
        reports.push_back({.pipeline = textAt(pipelineKey),
                           .verdict = Verdict::Skipped,
                           .sentences = {"It matched and started no run: " + textAt(whyKey) + "."},
                           .runs = {}});
    }
    return reports;
}

}  // namespace

const char* toString(TriggerReport::Verdict verdict) {
    switch (verdict) {
        case Verdict::Started: return "started";
        case Verdict::Skipped: return "skipped";
        case Verdict::NoMatch: return "no_match";
        case Verdict::Failed: return "failed";
        case Verdict::WouldNow: break;
    }
    return "would_now";
}

std::vector<TriggerReport> reportTriggers(const std::vector<pipeline::PipelinePtr>& pipelines, const Event& event,
                                          const std::vector<Run>& runs) {
    std::vector<TriggerReport> reports;
    const auto find = [&reports](const std::string& pipeline) {
        return std::find_if(reports.begin(), reports.end(), [&](const auto& r) { return r.pipeline == pipeline; });
    };
    for (const Run& run : runs) {
        const std::string id = publicId(run.id, run.createdAt);
        auto report = find(run.pipeline);
        if (report == reports.end())
            report = reports.insert(
                report, {.pipeline = run.pipeline, .verdict = Verdict::Started, .sentences = {}, .runs = {}});
        report->sentences.push_back("Run " + id + " is " + std::string(toString(run.state)) + ".");
        report->runs.push_back(id);
    }
    for (auto& skipped : skippedOf(event)) {
        // A run of a later rerun does not hide that the event itself was skipped.
        const auto known = find(skipped.pipeline);
        if (known == reports.end())
            reports.push_back(std::move(skipped));
        else
            known->sentences.push_back(std::move(skipped.sentences.front()));
    }
    for (const auto& pipeline : pipelines)
        if (find(pipeline->id) == reports.end()) reports.push_back(judge(*pipeline, event));
    return reports;
}

}  // namespace stepd::api
