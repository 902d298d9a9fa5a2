#include "driver/driver_fixture.h"

#include <algorithm>
#include <stdexcept>

#include "pipeline/template_node.h"

namespace stepd::test {

using engine::ActiveStep;
using engine::Activity;
using engine::Move;
using pipeline::Template;

cel::Program program(std::string_view source) {
    auto compiled = cel::compile(source);
    if (!compiled) throw std::invalid_argument(std::string(source) + ": " + compiled.error()[0].message);
    return *compiled;
}

Template expression(std::string_view source) {
    return Template(std::make_shared<Template::Node>(Template::Node{program(source)}));
}

Template literal(std::string json) {
    return Template::literal(std::move(json));
}

Draft& Draft::step(const std::string& id, const std::vector<std::string>& needs) {
    pipeline::Step step;
    step.id = id;
    step.plugin = "p";
    for (const std::string& need : needs) step.needs.push_back(indexOf(need));
    std::sort(step.needs.begin(), step.needs.end());
    made_.steps.push_back(std::move(step));
    return *this;
}

Draft& Draft::in(const std::string& group, const std::string& id, const std::vector<std::string>& needs) {
    const std::size_t holder = indexOf(group);
    step(id, needs).last().group = holder;
    last().phase = made_.steps[holder].phase;
    return *this;
}

Draft& Draft::onFailure(const std::string& id, const std::vector<std::string>& needs) {
    step(id, needs).last().phase = pipeline::Phase::OnFailure;
    return *this;
}

Draft& Draft::finally(const std::string& id, const std::vector<std::string>& needs) {
    step(id, needs).last().phase = pipeline::Phase::Finally;
    return *this;
}

Draft& Draft::forEach(std::string_view items, std::uint32_t maxParallel) {
    last().foreach.emplace(pipeline::Foreach{.items = program(items), .key = {}, .maxParallel = maxParallel});
    return *this;
}

std::size_t Draft::indexOf(const std::string& id) const {
    for (std::size_t i = made_.steps.size(); i-- > 0;)
        if (made_.steps[i].id == id) return i;
    throw std::invalid_argument("no step " + id);
}

DrivenRun::DrivenRun(Draft& draft, const std::string& data)
    : driver(std::make_shared<engine::GraphDriver>(std::make_shared<pipeline::Pipeline>(draft.pipeline()), "mark")) {
    auto event = std::make_shared<engine::ActiveEvent>();
    event->event.id = EventId{7};
    event->event.name = "go";
    event->event.data = data;
    run.event = event;
    run.record.id = RunId{3};
    run.record.state = RunState::Running;
    run.driver = driver;
    for (auto& plan : driver->begin()) add(std::move(plan));
}

std::string DrivenRun::settle() {
    told_.clear();
    for (int round = 0; !isTerminal(run.record.state); ++round) {
        if (round == 100) throw std::runtime_error("the driver does not come to rest: " + told_);
        ++asked;
        auto moves = driver->next(run);
        if (moves.empty()) break;
        for (Move& move : moves) make(move);
    }
    return told_;
}

std::string DrivenRun::complete(const std::string& name, const std::string& output) {
    step(name).record.output = output;
    move(place(name), StepState::Completed);
    return settle();
}

std::string DrivenRun::fail(const std::string& name, const std::string& code) {
    step(name).record.error = StepError{
        .outcome = OutcomeClass::Permanent, .code = code, .message = "it broke", .details = {}, .retryAfter = {}};
    move(place(name), StepState::Failed);
    return settle();
}

std::string DrivenRun::ended(RunState as) {
    for (std::size_t i = 0; i < run.steps.size(); ++i)
        if (!isTerminal(run.steps[i].record.state)) move(i, StepState::Cancelled);
    run.record.ending = as;
    return settle();
}

void DrivenRun::make(Move& move) {
    static constexpr const char* kWords[] = {"start", "open",   "add", "succeed", "skip",
                                             "fail",  "cancel", "end", "finish"};
    std::string told = kWords[static_cast<int>(move.kind)];
    if (move.step != engine::kNoStep) told += " " + run.steps[move.step].record.name;
    for (const auto& plan : move.plans) told += " " + plan.name;
    const bool ends = move.kind == Move::Kind::End;
    if (ends) told += " " + std::string(toString(move.ending));
    if (!move.error.code.empty()) told += " (" + move.error.code + ")";
    told_ += (told_.empty() ? "" : ", ") + told;

    if (ends || move.kind == Move::Kind::Finish || move.kind == Move::Kind::Add) {
        for (auto& plan : move.plans) add(std::move(plan));
        if (move.kind == Move::Kind::Finish) run.record.state = run.record.ending.value();
        if (!ends) return;
        run.record.output = move.output;
        run.record.error.clear();
        if (move.ending == RunState::Failed) {
            const bool own = move.step == engine::kNoStep;
            const StepError& error = own ? move.error : run.steps[move.step].record.error.value();
            run.record.error = "{\"step\":\"" + (own ? "" : run.steps[move.step].record.name) + "\",\"code\":\"" +
                               error.code + "\",\"message\":\"" + error.message + "\"}";
        }
        for (std::size_t i = 0; i < run.steps.size(); ++i)
            if (!isTerminal(run.steps[i].record.state)) this->move(i, StepState::Cancelled);
        run.record.ending = move.ending;
        return;
    }
    ActiveStep& step = run.steps.at(move.step);
    if (isTerminal(step.record.state)) throw std::runtime_error("a move for a step that has ended: " + told_);
    switch (move.kind) {
        case Move::Kind::Start: step.activity = Activity::Open; return this->move(move.step, StepState::Running);
        case Move::Kind::Open: step.record.memo = move.memo; return this->move(move.step, StepState::Running);
        case Move::Kind::Succeed: step.record.output = move.output; return this->move(move.step, StepState::Completed);
        case Move::Kind::Skip: step.record.error = move.error; return this->move(move.step, StepState::Skipped);
        case Move::Kind::Fail: step.record.error = move.error; return this->move(move.step, StepState::Failed);
        default: return this->move(move.step, StepState::Cancelled);
    }
}

void DrivenRun::add(engine::StepPlan plan) {
    ActiveStep& step = run.steps.emplace_back();
    step.record.name = std::move(plan.name);
    step.record.kind = std::move(plan.kind);
    step.plan = plan.plan;
    step.parent = plan.parent;
    step.item = plan.item;
}

void DrivenRun::move(std::size_t step, StepState to) {
    run.steps[step].record.state = to;
    if (isTerminal(to)) run.steps[step].activity = Activity::Idle;
    run.stepsValue.reset();
}

void DrivenRun::reload() {
    std::vector<ActiveStep> stored;
    for (ActiveStep& step : run.steps)
        if (step.record.state != StepState::Pending) stored.push_back(std::move(step));
    run.steps.clear();
    run.stepsValue.reset();
    run.runValue.reset();
    run.family.reset();
    run.related = 0;
    for (auto& plan : driver->begin()) add(std::move(plan));
    const std::size_t first = run.steps.size();
    for (const ActiveStep& step : stored) {
        const auto known = std::find_if(run.steps.begin(), run.steps.begin() + static_cast<std::ptrdiff_t>(first),
                                        [&](const ActiveStep& other) { return other.record.name == step.record.name; });
        if (known != run.steps.begin() + static_cast<std::ptrdiff_t>(first)) {
            known->record = step.record;
            known->activity = step.activity;
            continue;
        }
        auto plan = driver->find(run, step.record);
        if (!plan) throw std::runtime_error("nobody knows " + step.record.name);
        if (plan->name != step.record.name || plan->kind != step.record.kind)
            throw std::runtime_error(step.record.name + " is taken for " + plan->name + ", a " + plan->kind);
        add(std::move(*plan));
        run.steps.back().record = step.record;
        run.steps.back().activity = step.activity;
    }
}

ActiveStep& DrivenRun::step(const std::string& name) {
    return run.steps.at(place(name));
}

std::size_t DrivenRun::place(const std::string& name) const {
    for (std::size_t i = 0; i < run.steps.size(); ++i)
        if (run.steps[i].record.name == name) return i;
    throw std::invalid_argument("no record " + name);
}

std::string DrivenRun::states() const {
    std::string all;
    for (const ActiveStep& step : run.steps)
        all += (all.empty() ? "" : ", ") + step.record.name + " " + std::string(toString(step.record.state));
    return all;
}

}  // namespace stepd::test
