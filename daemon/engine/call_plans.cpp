#include "engine/call_plans.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/bindings.h"
#include "engine/key_text.h"
#include "engine/lanes.h"
#include "engine/step_errors.h"

namespace stepd::engine {
namespace {

using pipeline::Step;
using Text = Result<std::string, StepError>;

std::string fieldOf(const char* field, const ActiveStep& step) {
    return std::string("`") + field + "` of step " + step.record.name;
}

Text keyOf(const cel::Program& program, const RunScope& scope, const char* field, const ActiveStep& step) {
    const std::string where = fieldOf(field, step) + ", `" + program.source() + "`,";
    const auto value = program.evaluate(scope);
    if (!value) return Text::failure(expressionError(where, value.error().message));
    auto text = keyText(*value);
    if (!text) return Text::failure(expressionError(where, std::string("no key can be ") + value->typeName()));
    return std::move(*text);
}

/// The lanes of the run that count the steps of this one.
void addLanesOfRun(const Graph& graph, const Run& run, std::vector<std::string>& lanes) {
    for (const pipeline::Concurrency& entry : graph.pipeline().concurrency) {
        if (entry.of != pipeline::Counts::Steps) continue;
        for (const std::string& lane : run.lanes)
            if (lanes::familyOf(lane) == entry.family) lanes.push_back(lane);
    }
}

}  // namespace

Result<StepDemand, StepError> demandOf(const Graph& graph, const ActiveRun& run, std::size_t place) {
    using Demanded = Result<StepDemand, StepError>;
    const ActiveStep& record = run.steps[place];
    const Step& step = *graph.of(record).step;
    const RunScope scope(graph, run, place);

    StepDemand demand{.lanes = {}, .limiter = {}, .group = graph.pipeline().id, .cacheKey = {}};
    addLanesOfRun(graph, run.record, demand.lanes);
    for (const pipeline::Concurrency& entry : step.concurrency) {
        std::string key;
        if (entry.key) {
            auto text = keyOf(*entry.key, scope, "concurrency.key", record);
            if (!text) return Demanded::failure(text.error());
            key = std::move(*text);
        }
        demand.lanes.push_back(lanes::name(entry.family, key));
    }
    if (step.limiter) {
        demand.limiter = "limiter:" + step.limiter->name;
        demand.lanes.push_back(demand.limiter);
        if (step.limiter->key) {
            auto group = keyOf(*step.limiter->key, scope, "limiter.key", record);
            if (!group) return Demanded::failure(group.error());
            demand.group = std::move(*group);
        }
    }
    if (step.cache) {
        auto key = keyOf(step.cache->key, scope, "cache.key", record);
        if (!key) return Demanded::failure(key.error());
        demand.cacheKey = std::move(*key);
    }
    return demand;
}

Result<CallPlan, StepError> callOf(const Graph& graph, const ActiveRun& run, std::size_t place) {
    using Prepared = Result<CallPlan, StepError>;
    const ActiveStep& record = run.steps[place];
    const Step& step = *graph.of(record).step;
    const RunScope scope(graph, run, place);

    CallPlan call{.stepType = step.stepType, .config = "{}", .input = {}, .timeout = step.timeout};
    if (!step.with.empty()) {
        auto config = step.with.render(scope);
        if (!config) return Prepared::failure(expressionError(fieldOf("with", record), config.error().message));
        call.config = std::move(*config);
    }
    if (!record.record.givenInput.empty()) {
        call.input = record.record.givenInput;
    } else if (!step.input) {
        call.input = run.event->event.data;
    } else {
        auto input = step.input->render(scope);
        if (!input) return Prepared::failure(expressionError(fieldOf("input", record), input.error().message));
        call.input = std::move(*input);
    }
    return call;
}

}  // namespace stepd::engine
