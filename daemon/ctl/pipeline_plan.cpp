#include "ctl/pipeline_plan.h"

#include <algorithm>
#include <optional>

#include "base/units.h"

namespace stepd::ctl {
namespace {

using pipeline::Pipeline;

std::string by(const std::optional<cel::Program>& key) {
    return key ? " by " + key->source() : std::string();
}
std::string when(const std::optional<cel::Program>& condition) {
    return condition ? " if " + condition->source() : std::string();
}

std::string rateText(const pipeline::Rate& rate) {
    return std::to_string(rate.limit) + " per " + toText(rate.period) +
           (rate.burst > 0 ? " and a burst of " + std::to_string(rate.burst) : "") + by(rate.key);
}

void addStarts(const Pipeline& pipeline, std::vector<std::string>& facts) {
    for (const auto& trigger : pipeline.triggers)
        facts.push_back("trigger " + trigger.pattern + when(trigger.condition));
    for (const auto& cron : pipeline.crons)
        facts.push_back("cron " + cron.expression + " " + cron.timezone +
                        (cron.jitter > Duration::zero() ? " with a jitter of " + toText(cron.jitter) : "") +
                        when(cron.condition));
    for (const auto& route : pipeline.routes) {
        std::string text = "route " + route.method + " " + route.path + " emits " + route.emitEvent;
        if (route.auth == pipeline::RouteAuth::None) text += ", open to anybody";
        if (route.respond.mode == pipeline::RespondMode::Wait)
            text += ", waits at most " + toText(route.respond.timeout);
        facts.push_back(std::move(text));
    }
}

void addLimits(const Pipeline& pipeline, std::vector<std::string>& facts) {
    if (pipeline.idempotency)
        facts.push_back("idempotency by " + pipeline.idempotency->key.source() + " for " +
                        toText(pipeline.idempotency->ttl));
    for (const auto& entry : pipeline.concurrency)
        facts.push_back("concurrency " + std::to_string(entry.limit) +
                        (entry.of == pipeline::Counts::Steps ? " steps" : " runs") + by(entry.key) +
                        (entry.family.empty() ? "" : " (" + entry.family + ")"));
    if (pipeline.throttle) facts.push_back("throttle " + rateText(*pipeline.throttle));
    if (pipeline.rateLimit) facts.push_back("rate_limit " + rateText(*pipeline.rateLimit));
    if (pipeline.debounce)
        facts.push_back("debounce " + toText(pipeline.debounce->period) + by(pipeline.debounce->key));
    if (pipeline.batch)
        facts.push_back("batch of " + std::to_string(pipeline.batch->maxSize) + " or after " +
                        toText(pipeline.batch->timeout) + by(pipeline.batch->key));
    if (pipeline.singleton)
        facts.push_back(std::string("singleton ") +
                        (pipeline.singleton->mode == pipeline::SingletonMode::Skip ? "skip" : "cancel") +
                        by(pipeline.singleton->key));
    if (pipeline.priority) facts.push_back("priority " + pipeline.priority->source());
    for (const auto& match : pipeline.cancelOn) facts.push_back("cancel_on " + match.event + when(match.condition));
    if (pipeline.startTimeout) facts.push_back("timeouts.start " + toText(*pipeline.startTimeout));
    if (pipeline.finishTimeout) facts.push_back("timeouts.finish " + toText(*pipeline.finishTimeout));
}

void addSteps(const Pipeline& pipeline, std::vector<std::string>& facts) {
    for (const auto& step : pipeline.steps) {
        std::string text = "step " + step.id;
        if (!step.plugin.empty()) text += " uses " + step.plugin + (step.stepType.empty() ? "" : "/" + step.stepType);
        if (step.limiter) text += ", limiter " + step.limiter->name;
        text += ", " + std::to_string(step.retry.policy.attempts) + " tries of " + toText(step.timeout);
        facts.push_back(text + when(step.condition));
        for (const auto& entry : step.concurrency)
            facts.push_back("step " + step.id + ": concurrency " + std::to_string(entry.limit) + by(entry.key));
    }
}

std::vector<std::string> factsOf(const Pipeline* pipeline) {
    std::vector<std::string> facts;
    if (pipeline == nullptr) return facts;
    addStarts(*pipeline, facts);
    addLimits(*pipeline, facts);
    addSteps(*pipeline, facts);
    return facts;
}

/// Those of `from` that are not in `others`, in their order.
void addMissing(const std::vector<std::string>& from, const std::vector<std::string>& others, char sign,
                std::vector<PlanLine>& lines) {
    for (const auto& fact : from)
        if (std::find(others.begin(), others.end(), fact) == others.end()) lines.push_back({sign, fact});
}

}  // namespace

std::vector<PlanLine> comparePipelines(const Pipeline* before, const Pipeline* after) {
    const auto old = factsOf(before);
    const auto fresh = factsOf(after);
    std::vector<PlanLine> lines;
    addMissing(old, fresh, '-', lines);
    addMissing(fresh, old, '+', lines);
    return lines;
}

}  // namespace stepd::ctl
