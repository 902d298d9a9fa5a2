#include "pipeline/step_reader.h"

#include <algorithm>
#include <map>

#include "pipeline/names.h"
#include "pipeline/unsupported.h"

namespace stepd::pipeline {
namespace {

constexpr const char* kStepIdHint = "use letters, digits and `_`, since expressions write steps.ID.output";

std::string suggestion(const std::string& word, const std::vector<std::string>& known) {
    const std::string meant = didYouMean(word, known);
    return meant.empty() ? "" : "did you mean `" + meant + "`?";
}

void checkIds(const std::vector<Step>& steps, const std::vector<StepPlace>& places, yaml::Report& report) {
    std::map<std::string, int> lines;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].id.empty()) continue;
        const yaml::Node& id = *places[i].node->find("id")->value;
        const auto [first, fresh] = lines.try_emplace(steps[i].id, id.mark.line);
        if (!fresh)
            report.error(id, places[i].path + ".id", "two steps have the id `" + steps[i].id + "`",
                         "the first is in line " + std::to_string(first->second));
    }
}

}  // namespace

std::vector<Step> StepReader::read(const yaml::Node& list, const std::string& path, yaml::Report& report) {
    std::vector<Step> steps;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
        places_.push_back({list.items[i].get(), yaml::itemPath(path, i)});
        yaml::Reader fields(*list.items[i], places_[i].path, report);
        expressions_.enterStep(i);
        steps.push_back(readStep(fields));
    }
    expressions_.enterStep(std::nullopt);
    checkIds(steps, places_, report);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (places_[i].node->kind != yaml::Kind::Mapping) continue;
        yaml::Reader fields(*places_[i].node, places_[i].path, report);
        places_[i].needsUnclear = !readNeeds(fields, steps, i);
    }
    return steps;
}

Step StepReader::readStep(yaml::Reader& fields) {
    Step step;
    fields.require({"id", "uses"});
    if (fields.read("id", step.id) && !isStepId(step.id))
        fields.error("id", "`" + step.id + "` is no id for a step", kStepIdHint);
    readUses(fields, step);
    fields.entry("needs");
    step.condition = expressions_.bare(fields, "if", Place::Condition);
    step.with = Template::literal("{}");
    if (fields.mapping("with") != nullptr) step.with = *expressions_.templated(fields, "with", Place::With);
    step.input = expressions_.templated(fields, "input", Place::Input);
    Inherited own = inherited_;
    readInherited(fields, context_, expressions_, usedPolicies_, own);
    step.retry = std::move(own.retry);
    step.timeout = own.timeout;
    fields.read("continue_on_error", step.continueOnError);
    refuseUnsupported(fields, kUnsupportedInSteps);
    fields.finish();
    return step;
}

void StepReader::readUses(yaml::Reader& fields, Step& step) {
    std::string uses;
    if (!fields.read("uses", uses)) return;
    const std::size_t slash = uses.find('/');
    step.plugin = uses.substr(0, slash);
    if (slash != std::string::npos) step.stepType = uses.substr(slash + 1);
    if (step.plugin == "core") return fields.error("uses", "the built-in step `" + uses + "` is not supported yet");
    if (!isPipelineId(step.plugin) || (slash != std::string::npos && !isPipelineId(step.stepType)))
        return fields.error("uses", "`" + uses + "` names no plugin", "write PLUGIN, or PLUGIN/STEP");
    if (!context_.plugins) return;
    const auto& known = *context_.plugins;
    if (std::find(known.begin(), known.end(), step.plugin) != known.end()) return;
    const std::string meant = suggestion(step.plugin, known);
    fields.error("uses", "no plugin is named `" + step.plugin + "`",
                 meant.empty() ? "plugins stand in stepd.yaml under plugins" : meant);
}

bool StepReader::readNeeds(yaml::Reader& fields, std::vector<Step>& steps, std::size_t index) const {
    std::vector<std::size_t>& needs = steps[index].needs;
    if (!fields.has("needs")) {
        if (index > 0) needs.push_back(index - 1);
        return true;
    }
    const yaml::Node* list = fields.list("needs");
    if (list == nullptr) return false;
    std::vector<std::string> ids;
    for (const auto& step : steps) ids.push_back(step.id);
    const auto before = fields.report().count();
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        const yaml::Node& item = *list->items[i];
        const auto error = [&](const std::string& message, const std::string& hint = {}) {
            fields.report().error(item, yaml::itemPath(fields.path("needs"), i), message, hint);
        };
        const auto found = std::find(ids.begin(), ids.end(), item.text);
        const auto need = static_cast<std::size_t>(found - ids.begin());
        if (item.kind == yaml::Kind::Mapping) {
            error("conditions on a need are not supported yet", "write the step's id alone");
        } else if (item.kind != yaml::Kind::Text) {
            error(std::string("expected the id of a step, not ") + yaml::describe(item.kind));
        } else if (found == ids.end()) {
            error("no step has the id `" + item.text + "`", suggestion(item.text, ids));
        } else if (std::find(needs.begin(), needs.end(), need) != needs.end()) {
            error("`" + item.text + "` is needed twice");
        } else {
            needs.push_back(need);
        }
    }
    std::sort(needs.begin(), needs.end());
    return fields.report().count() == before;
}

}  // namespace stepd::pipeline
