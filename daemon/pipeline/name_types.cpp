#include "pipeline/name_types.h"

#include "pipeline/schema_types.h"

namespace stepd::pipeline {
namespace {

using cel::Type;
using Form = Type::Form;

Type anEvent() {
    return Type::parse("event{name: string, data: dyn, id: string, ts: timestamp, user: dyn}");
}

Type anError() {
    return Type::parse("error{class: string, code: string, message: string, details: dyn, step: string}");
}

Type aStep(Type output) {
    return Type::object(
        "step", {{"output", std::move(output)}, {"ok", Form::Bool}, {"state", Form::String}, {"error", anError()}});
}

cel::TypeEnvironment namesOfRuns() {
    return {{"event", anEvent()},
            {"events", Type::list(anEvent())},
            {"async", anEvent()},
            {"steps", Type::map(Form::String, aStep({}))},
            {"run", Type::parse("run{id: string, attempt: int, started_at: timestamp}")},
            {"secrets", Type::parse("map(string, string)")},
            {"error", anError()},
            {"request", Type::parse("request{id: string, body: dyn, headers: map(string, string), remote: string}")}};
}

Type outputOf(const Step& step, const PluginContracts& contracts) {
    if (step.plugin.empty() || !contracts) return {};
    const auto plugin = contracts(step.plugin);
    const StepContract* contract = plugin ? plugin->find(step.stepType) : nullptr;
    const auto schema = contract ? SchemaView::read(contract->output) : std::nullopt;
    return schema ? typeOfSchema(*schema, "steps." + step.id + ".output") : Type();
}

}  // namespace

const cel::TypeEnvironment& typesOfNames(Place place) {
    static const cel::TypeEnvironment kRun = namesOfRuns();
    static const cel::TypeEnvironment kEndedRun = {
        {"run", Type::parse("run{id: string, state: string, output: dyn, error: dyn}")}};
    return place == Place::Respond ? kEndedRun : kRun;
}

NameTypes::NameTypes(const Pipeline& pipeline, const std::vector<Site>& sites, const PluginContracts& contracts)
    : pipeline_(pipeline) {
    std::vector<Type> outputs;  // with `foreach`: of one item
    for (const auto& step : pipeline.steps) outputs.push_back(outputOf(step, contracts));
    // The output of a group's item is that of its last step.
    for (std::size_t i = 0; i < pipeline.steps.size(); ++i)
        if (const auto group = pipeline.steps[i].group) outputs[*group] = outputs[i];
    std::vector<Type::Field> all;
    for (std::size_t i = 0; i < pipeline.steps.size(); ++i) {
        const Step& step = pipeline.steps[i];
        all.emplace_back(step.id, aStep(step.foreach ? Type::list(outputs[i]).orNull() : outputs[i]));
    }
    // Open: a step that is not there has its finding already.
    steps_ = Type::openObject("steps", std::move(all));
    addItems(sites);
}

void NameTypes::addItems(const std::vector<Site>& sites) {
    for (const auto& site : sites) {
        if (site.place != Place::Items || !site.step) continue;
        const Type items = site.program.types(at(site)).result;
        if (items.is(Form::List)) items_[*site.step] = items.arguments()[0];
    }
}

cel::TypeEnvironment NameTypes::at(const Site& site) const {
    cel::TypeEnvironment types = typesOfNames(site.place);
    if (site.place == Place::Respond) return types;
    const Step* step = site.step ? &pipeline_.steps[*site.step] : nullptr;
    types["steps"] = steps_;
    if (step == nullptr) return types;
    for (const auto owner : {site.step, step->group})
        if (const auto found = owner ? items_.find(*owner) : items_.end(); found != items_.end())
            types[pipeline_.steps[*owner].foreach->as] = found->second;
    return types;
}

}  // namespace stepd::pipeline
