#include "engine/graph_driver.h"

#include <algorithm>

#include "engine/active_run.h"
#include "engine/bindings.h"

namespace stepd::engine {
namespace {

StepError expressionError(const std::string& where, const std::string& problem) {
    return {.outcome = OutcomeClass::InvalidInput,
            .code = "expression_error",
            .message = where + " could not be evaluated: " + problem,
            .details = {},
            .retryAfter = {}};
}

StepError conditionFalse(const std::string& source) {
    return {.outcome = OutcomeClass::Skipped,
            .code = "condition_false",
            .message = "`if` is false: " + source,
            .details = {},
            .retryAfter = {}};
}

}  // namespace

GraphDriver::GraphDriver(pipeline::PipelinePtr pipeline, std::string secretMark)
    : pipeline_(std::move(pipeline)),
      secretMark_(std::move(secretMark)),
      vars_(pipeline_->vars.empty() ? cel::Value::null() : cel::fromJson(pipeline_->vars)) {
    rules_.reserve(pipeline_->steps.size());
    for (const pipeline::Step& step : pipeline_->steps) {
        const bool goesOn = step.continueOnError || step.retry.policy.onExhausted == OnExhausted::Continue;
        rules_.push_back({.plugin = step.plugin, .retry = step.retry, .goesOnAfterFailure = goesOn});
    }
}

std::vector<StepPlan> GraphDriver::begin() const {
    std::vector<StepPlan> plans;
    plans.reserve(pipeline_->steps.size());
    for (const pipeline::Step& step : pipeline_->steps) plans.push_back({.name = step.id, .kind = "plugin"});
    return plans;
}

const StepRules& GraphDriver::rules(const ActiveRun&, std::size_t step) const {
    return rules_[step];
}

std::vector<Move> GraphDriver::next(const ActiveRun& run) const {
    std::vector<Move> moves;
    bool allEnded = true;
    for (std::size_t i = 0; i < run.steps.size(); ++i) {
        const ActiveStep& step = run.steps[i];
        if (step.record.state == StepState::Failed && !rules_[i].goesOnAfterFailure)
            return {Move{.kind = Move::Kind::Fail, .step = i, .error = {}, .output = {}}};
        if (isTerminal(step.record.state)) continue;
        allEnded = false;
        const bool untouched = step.record.state == StepState::Pending && step.activity == Activity::Idle;
        if (untouched && satisfied(run, pipeline_->steps[i])) moves.push_back(open(run, i));
    }
    if (allEnded) moves.push_back(complete(run));
    return moves;
}

bool GraphDriver::satisfied(const ActiveRun& run, const pipeline::Step& step) const {
    return std::all_of(step.needs.begin(), step.needs.end(),
                       [&](std::size_t need) { return isTerminal(run.steps[need].record.state); });
}

Move GraphDriver::open(const ActiveRun& run, std::size_t step) const {
    const auto& condition = pipeline_->steps[step].condition;
    if (!condition) return {.kind = Move::Kind::Start, .step = step, .error = {}, .output = {}};

    const auto refuse = [&](const std::string& problem) {
        const std::string where = "`if: " + condition->source() + "`";
        return Move{.kind = Move::Kind::Refuse, .step = step, .error = expressionError(where, problem), .output = {}};
    };
    const auto value = condition->evaluate(RunScope(run, *pipeline_, vars_, secretMark_));
    if (!value) return refuse(value.error().message);
    const auto yes = value->asBool();
    if (!yes) return refuse(std::string("it gives ") + value->typeName() + ", not bool");
    if (*yes) return {.kind = Move::Kind::Start, .step = step, .error = {}, .output = {}};
    return {.kind = Move::Kind::Skip, .step = step, .error = conditionFalse(condition->source()), .output = {}};
}

Move GraphDriver::complete(const ActiveRun& run) const {
    if (!pipeline_->output) return {.kind = Move::Kind::Complete, .step = Move::kNoStep, .error = {}, .output = "null"};
    auto output = pipeline_->output->render(RunScope(run, *pipeline_, vars_, secretMark_));
    if (!output)
        return {.kind = Move::Kind::Fail,
                .step = Move::kNoStep,
                .error = expressionError("`output` of the pipeline", output.error().message),
                .output = {}};
    return {.kind = Move::Kind::Complete, .step = Move::kNoStep, .error = {}, .output = std::move(*output)};
}

Result<CallPlan, StepError> GraphDriver::prepare(const ActiveRun& run, std::size_t step) const {
    using Prepared = Result<CallPlan, StepError>;
    const pipeline::Step& plan = pipeline_->steps[step];
    const RunScope scope(run, *pipeline_, vars_, secretMark_);

    CallPlan call{.stepType = plan.stepType, .config = "{}", .input = run.event->event.data, .timeout = plan.timeout};
    if (!plan.with.empty()) {
        auto config = plan.with.render(scope);
        if (!config) return Prepared::failure(expressionError("`with` of step " + plan.id, config.error().message));
        call.config = std::move(*config);
    }
    if (plan.input) {
        auto input = plan.input->render(scope);
        if (!input) return Prepared::failure(expressionError("`input` of step " + plan.id, input.error().message));
        call.input = std::move(*input);
    }
    return call;
}

}  // namespace stepd::engine
