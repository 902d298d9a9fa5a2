#include "pipeline/step_reader.h"

#include <algorithm>
#include <initializer_list>
#include <map>

#include "base/diagnostic.h"
#include "pipeline/built_in_reader.h"
#include "pipeline/foreach_reader.h"
#include "pipeline/names.h"
#include "pipeline/needs_reader.h"
#include "pipeline/step_flow_reader.h"

namespace stepd::pipeline {
namespace {

// The checks of the graph compare each step with each.
constexpr std::size_t kMostSteps = 1000;

constexpr const char* kStepIdHint = "use letters, digits and `_`, since expressions write steps.ID.output";

// Without `with`, which a built-in step has.
constexpr std::initializer_list<const char*> kPluginKeys = {"input",       "retry",   "timeout",
                                                            "concurrency", "limiter", "cache"};

void refuse(yaml::Reader& fields, std::initializer_list<const char*> keys, const char* why, const char* hint) {
    for (const char* key : keys) fields.refuse(key, "`" + std::string(key) + "` " + why, hint);
}

}  // namespace

void StepReader::read(const yaml::Node& list, const std::string& path, Phase phase) {
    readList(list, path, phase, std::nullopt);
    expressions_.enterStep(std::nullopt);
    if (steps_.size() > kMostSteps)
        report_.error(list, path, "a pipeline has at most " + std::to_string(kMostSteps) + " steps");
}

void StepReader::readList(const yaml::Node& list, const std::string& path, Phase phase,
                          std::optional<std::size_t> group) {
    for (std::size_t i = 0; i < list.items.size() && steps_.size() <= kMostSteps; ++i) {
        const std::size_t index = steps_.size();
        const yaml::Node& node = *list.items[i];
        const std::string place = yaml::itemPath(path, i);
        places_.push_back({&node, place});
        steps_.emplace_back();
        yaml::Reader fields(node, place, report_);
        expressions_.enterStep(index);
        steps_[index] = readStep(fields, phase, group);
        if (!steps_[index].isGroup) continue;
        if (const yaml::Node* inner = fields.list("steps")) {
            if (inner->items.empty()) fields.error("steps", "a group has at least one step");
            readList(*inner, fields.path("steps"), phase, index);
        }
    }
}

std::vector<Step> StepReader::finish() {
    checkIds();
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        if (places_[i].node->kind != yaml::Kind::Mapping) continue;
        yaml::Reader fields(*places_[i].node, places_[i].path, report_);
        places_[i].needsUnclear = !readNeeds(fields, steps_, i);
    }
    return std::move(steps_);
}

Step StepReader::readStep(yaml::Reader& fields, Phase phase, std::optional<std::size_t> group) {
    Step step;
    step.phase = phase;
    step.group = group;
    step.isGroup = fields.has("steps") && !group;
    fields.require({"id"});
    if (fields.read("id", step.id) && !isStepId(step.id))
        fields.error("id", "`" + step.id + "` is no id for a step", kStepIdHint);
    for (const char* key : {"needs", "any", "race"}) fields.entry(key);
    step.condition = expressions_.bare(fields, "if", Place::Condition);
    step.with = Template::literal("{}");
    if (group) {
        refuse(fields, {"steps", "foreach"}, "inside a group is not supported", "let a pipeline of its own do it");
    } else {
        step.foreach = readForeach(fields, expressions_);
        fields.entry("steps");
    }
    if (step.isGroup) {
        refuse(fields, {"uses", "with"}, "has no meaning for a group", "its steps do the work");
        refuse(fields, kPluginKeys, "has no meaning for a group", "its steps do the work");
        if (!fields.has("foreach"))
            fields.error("steps", "a group without `foreach` has no meaning", "write its steps in the list itself");
    } else {
        if (!fields.has("steps")) fields.require({"uses"});
        readUses(fields, step);
    }
    fields.read("continue_on_error", step.continueOnError);
    fields.finish();
    return step;
}

void StepReader::readUses(yaml::Reader& fields, Step& step) {
    std::string uses;
    if (!fields.read("uses", uses)) return readWork(fields, step);
    if (uses == "core" || uses.starts_with("core/")) return readCore(fields, uses, step);
    readPlugin(fields, uses, step);
    readWork(fields, step);
}

void StepReader::readCore(yaml::Reader& fields, const std::string& uses, Step& step) {
    const auto& known = coreSteps();
    const std::string name = uses.substr(std::min<std::size_t>(uses.size(), 5));
    if (std::find(known.begin(), known.end(), name) == known.end()) {
        std::string all;
        for (const auto& core : known) all += (all.empty() ? "there are core/" : ", core/") + core;
        const std::string meant = didYouMean(name, known);
        fields.error("uses", "no built-in step is named `" + uses + "`",
                     meant.empty() ? all : "did you mean `core/" + meant + "`?");
        // Of what kind its other keys are is not known.
        for (const auto& entry : fields.node().entries) fields.entry(entry.key);
        return;
    }
    if (name == "http") {
        step.plugin = "core";
        step.stepType = name;
        fields.require({"with"});
        return readWork(fields, step);
    }
    step.builtIn = readBuiltIn(name, fields, expressions_);
    refuse(fields, kPluginKeys, "has no meaning for a built-in step", "its options stand under `with`");
}

void StepReader::readPlugin(yaml::Reader& fields, const std::string& uses, Step& step) {
    const std::size_t slash = uses.find('/');
    step.plugin = uses.substr(0, slash);
    if (slash != std::string::npos) step.stepType = uses.substr(slash + 1);
    if (!isPipelineId(step.plugin) || (slash != std::string::npos && !isPipelineId(step.stepType)))
        return fields.error("uses", "`" + uses + "` names no plugin", "write PLUGIN, or PLUGIN/STEP");
    if (!context_.plugins) return;
    const auto& known = *context_.plugins;
    if (std::find(known.begin(), known.end(), step.plugin) != known.end()) return;
    const std::string meant = suggestion(step.plugin, known);
    fields.error("uses", "no plugin is named `" + step.plugin + "`",
                 meant.empty() ? "plugins stand in stepd.yaml under plugins" : meant);
}

void StepReader::readWork(yaml::Reader& fields, Step& step) {
    if (fields.mapping("with") != nullptr) step.with = *expressions_.templated(fields, "with", Place::With);
    step.input = expressions_.templated(fields, "input", Place::Input);
    Inherited own = inherited_;
    readInherited(fields, context_, expressions_, usedPolicies_, own);
    step.retry = std::move(own.retry);
    step.timeout = own.timeout;
    readStepFlow(fields, pipeline_, context_, expressions_, step);
}

void StepReader::checkIds() {
    std::map<std::string, int> lines;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        if (steps_[i].id.empty()) continue;
        const yaml::Node& id = *places_[i].node->find("id")->value;
        const auto [first, fresh] = lines.try_emplace(steps_[i].id, id.mark.line);
        if (!fresh)
            report_.error(id, places_[i].path + ".id", "two steps have the id `" + steps_[i].id + "`",
                          "the first is in line " + std::to_string(first->second));
    }
}

}  // namespace stepd::pipeline
