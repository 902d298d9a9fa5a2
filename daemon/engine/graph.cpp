#include "engine/graph.h"

#include <algorithm>

#include "engine/step_family.h"

namespace stepd::engine {
namespace {

using pipeline::Step;

std::string kindOf(const Step& step) {
    // In the order of pipeline::BuiltIn.
    static constexpr const char* kKinds[] = {"plugin", "sleep", "wait_for_event", "send_event", "invoke", "fail"};
    static_assert(std::size(kKinds) == std::variant_size_v<pipeline::BuiltIn>);
    return kKinds[step.builtIn.index()];
}

bool speaksOf(const cel::Program& program, std::string_view root) {
    return std::any_of(program.references().begin(), program.references().end(),
                       [root](const cel::Reference& reference) { return reference.root == root; });
}

PlannedStep planned(const Step& step) {
    PlannedStep plan{.step = &step,
                     .kind = kindOf(step),
                     .inner = {},
                     .nested = false,
                     .dependents = {},
                     .place = kNoStep,
                     .position = 0,
                     .conditionPerItem = step.condition && step.foreach && speaksOf(*step.condition, step.foreach->as),
                     .rules = {},
                     .holderRules = {}};
    plan.holderRules.retry = step.retry;
    plan.holderRules.goesOnAfterFailure =
        step.continueOnError || step.retry.policy.onExhausted == OnExhausted::Continue;
    plan.rules = plan.holderRules;
    plan.rules.plugin = step.plugin;
    if (step.cache) plan.rules.cacheTtl = step.cache->ttl;
    return plan;
}

}  // namespace

Graph::Graph(pipeline::PipelinePtr pipeline, std::string secretMark)
    : pipeline_(std::move(pipeline)),
      secretMark_(std::move(secretMark)),
      vars_(pipeline_->vars.empty() ? cel::Value::null() : cel::fromJson(pipeline_->vars)) {
    const auto& steps = pipeline_->steps;
    steps_.reserve(steps.size());
    for (const Step& step : steps) {
        StepRules& rules = steps_.emplace_back(planned(step)).rules;
        if (!step.cache) continue;
        rules.cacheScope = pipeline_->id + "/" + step.id;
        rules.cacheTtl = step.cache->ttl;
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
        for (const std::size_t need : steps[i].needs) steps_[need].dependents.push_back(i);
        if (steps[i].group) {
            PlannedStep& group = steps_[*steps[i].group];
            steps_[i].position = group.inner.size();
            group.inner.push_back(i);
            group.nested = group.nested || steps[i].foreach || steps[i].isGroup;
            continue;
        }
        auto& top = top_[static_cast<std::size_t>(steps[i].phase)];
        if (steps[i].phase == pipeline::Phase::Main) steps_[i].place = top.size();
        steps_[i].position = top.size();
        top.push_back(i);
    }
    for (PlannedStep& plan : steps_)
        if (plan.step->cache) plan.rules.cacheScope = pipeline_->id + "/" + pathOf(*plan.step);
    for (const std::size_t plan : top(pipeline::Phase::Main)) first_.push_back(record({}, kNoStep, plan));
}

std::string Graph::pathOf(const Step& step) const {
    return step.group ? pathOf(pipeline_->steps[*step.group]) + "." + step.id : step.id;
}

Part Graph::partOf(const ActiveRun& run, std::size_t place) const {
    const Step& step = *of(run.steps[place]).step;
    if (!step.foreach && !step.isGroup) return Part::Work;
    if (step.foreach && !isItem(run, place)) return Part::Foreach;
    return step.isGroup ? Part::Group : Part::Work;
}

bool Graph::isItem(const ActiveRun& run, std::size_t place) const {
    const ActiveStep& record = run.steps[place];
    return record.parent != kNoStep && run.steps[record.parent].plan == record.plan;
}

StepFamily& Graph::family(const ActiveRun& run, std::size_t parent) const {
    return familyOf(run, parent, top(pipeline::Phase::Main).size());
}

std::size_t Graph::place(const ActiveRun& run, std::size_t parent, std::size_t plan) const {
    if (parent == kNoStep && steps_[plan].place != kNoStep) return steps_[plan].place;
    const auto& children = family(run, parent).children;
    const std::size_t position = steps_[plan].position;  // steps join in order, as a rule
    if (position < children.size() && run.steps[children[position]].plan == plan) return children[position];
    for (const std::uint32_t child : children)
        if (run.steps[child].plan == plan) return child;
    return kNoStep;
}

std::size_t Graph::named(const ActiveRun& run, std::size_t from, std::string_view id) const {
    for (std::size_t inside = from; inside != kNoStep; inside = run.steps[inside].parent) {
        const std::size_t parent = run.steps[inside].parent;
        if (parent == kNoStep || isItem(run, inside)) continue;
        for (const std::size_t plan : of(run.steps[parent]).inner)
            if (steps_[plan].step->id == id) return place(run, parent, plan);
    }
    for (const auto& phase : top_)
        for (const std::size_t plan : phase)
            if (steps_[plan].step->id == id) return place(run, kNoStep, plan);
    return kNoStep;
}

StepPlan Graph::record(const ActiveRun& run, std::size_t parent, std::size_t plan) const {
    const Step& step = *steps_[plan].step;
    return {.name = parent == kNoStep ? step.id : run.steps[parent].record.name + "." + step.id,
            .kind = step.foreach   ? "foreach"
                    : step.isGroup ? "group"
                                   : steps_[plan].kind,
            .plan = plan,
            .parent = parent,
            .item = -1};
}

StepPlan Graph::itemRecord(const ActiveRun& run, std::size_t parent, std::size_t item) const {
    const ActiveStep& holder = run.steps[parent];
    return {.name = holder.record.name + "[" + itemsOf(run, parent).key(item) + "]",
            .kind = of(holder).step->isGroup ? "group" : of(holder).kind,
            .plan = holder.plan,
            .parent = parent,
            .item = static_cast<std::int32_t>(item)};
}

}  // namespace stepd::engine
