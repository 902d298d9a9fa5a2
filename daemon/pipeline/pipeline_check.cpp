#include "pipeline/pipeline_check.h"

#include <algorithm>
#include <set>

#include "pipeline/pipeline_graph.h"
#include "pipeline/place_rules.h"

namespace stepd::pipeline {
namespace {

using Words = std::vector<std::string>;

std::string joined(const Words& words) {
    std::string out;
    for (const auto& word : words) out += (out.empty() ? "`" : ", `") + word + "`";
    return out;
}

std::string hintFor(const std::string& word, const Words& known, const std::string& otherwise) {
    const std::string meant = didYouMean(word, known);
    return meant.empty() ? otherwise : "did you mean `" + meant + "`?";
}

bool contains(const Words& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

class ReferenceCheck {
public:
    ReferenceCheck(const Pipeline& pipeline, const std::vector<StepPlace>& places, const LoadContext& context,
                   yaml::Report& report)
        : pipeline_(pipeline),
          places_(places),
          context_(context),
          report_(report),
          upstream_(upstreamOf(pipeline.steps)) {
        for (const auto& step : pipeline.steps) ids_.push_back(step.id);
    }

    void check(const Site& site, const cel::Reference& use) {
        PlaceRule rule = ruleOf(site.place);
        if (rule.runNames && pipeline_.batch) rule.roots.emplace_back("events");
        if (!contains(rule.roots, use.root)) return reportRoot(site, use, rule);
        if (use.root == "steps") return checkStep(site, use);
        if (use.root == "secrets") return checkSecret(site, use);
        const bool ended = use.root == "run" && site.place == Place::Respond;
        if (!use.fields.empty())
            checkField(site, use, use.root, use.fields[0], fieldsOf(ended ? "ended run" : use.root));
    }

private:
    void report(const Site& site, const cel::Reference& use, std::string message, std::string hint) {
        report_.error(site.mark(use.line, use.column), site.path, std::move(message), std::move(hint));
    }

    void reportRoot(const Site& site, const cel::Reference& use, const PlaceRule& rule) {
        const std::string allowed = "here are " + joined(rule.roots);
        if (use.root == "secrets")
            return report(site, use, "`secrets` may be used inside `with` only",
                          "hand the secret to the step through `with`");
        if (contains(allRoots(), use.root))
            return report(site, use, "`" + use.root + "` is not known " + rule.where, allowed);
        report(site, use, "unknown name `" + use.root + "`", hintFor(use.root, rule.roots, allowed));
    }

    void checkField(const Site& site, const cel::Reference& use, const std::string& owner, const std::string& field,
                    const Words& known) {
        if (known.empty() || contains(known, field)) return;
        report(site, use, "`" + owner + "` has no field `" + field + "`",
               hintFor(field, known, "it has " + joined(known)));
    }

    void checkStep(const Site& site, const cel::Reference& use) {
        if (use.fields.empty()) return report(site, use, "`steps` stands alone", "name a step: steps.ID.output");
        const std::string& id = use.fields[0];
        const auto found = std::find(ids_.begin(), ids_.end(), id);
        if (found == ids_.end()) return report(site, use, "no step has the id `" + id + "`", hintFor(id, ids_, ""));
        const auto index = static_cast<std::size_t>(found - ids_.begin());
        if (site.step && *site.step == index)
            return report(site, use, "step `" + id + "` cannot see its own result", "");
        if (site.step && !upstream_[*site.step][index] && isClear(*site.step))
            return report(site, use, "step `" + id + "` is not upstream of `" + ids_[*site.step] + "`",
                          "add it to `needs`");
        if (use.fields.size() > 1)
            checkField(site, use, "steps." + id, use.fields[1], {"output", "ok", "state", "error"});
    }

    void checkSecret(const Site& site, const cel::Reference& use) {
        if (use.fields.empty()) return report(site, use, "`secrets` stands alone", "name one: secrets.NAME");
        if (!context_.secrets || contains(*context_.secrets, use.fields[0])) return;
        report(site, use, "no secret is named `" + use.fields[0] + "`",
               hintFor(use.fields[0], *context_.secrets, "secrets stand in stepd.yaml under secrets"));
    }

    /// Whether what is upstream of the step is known, although needs may have been wrong.
    bool isClear(std::size_t step) const {
        for (std::size_t i = 0; i < places_.size(); ++i)
            if (places_[i].needsUnclear && (i == step || upstream_[step][i])) return false;
        return true;
    }

    const Pipeline& pipeline_;
    const std::vector<StepPlace>& places_;
    const LoadContext& context_;
    yaml::Report& report_;
    const std::vector<std::vector<bool>> upstream_;
    Words ids_;
};

}  // namespace

void checkGraph(const std::vector<Step>& steps, const std::vector<StepPlace>& places, yaml::Report& report) {
    for (const auto& cycle : findCycles(steps)) {
        const std::size_t first = cycle.front();
        std::string picture = steps[first].id;
        for (std::size_t i = 1; i < cycle.size(); ++i) picture += " -> " + steps[cycle[i]].id;
        const yaml::Entry* needs = places[first].node->find("needs");
        const std::string message =
            cycle.size() == 2 ? "step `" + steps[first].id + "` needs itself" : "steps need each other: " + picture;
        report.error(needs != nullptr ? needs->mark : places[first].node->mark, places[first].path + ".needs", message,
                     "a step without `needs` follows the one above it");
    }
}

void checkExpressions(const std::vector<Site>& sites, const Pipeline& pipeline, const std::vector<StepPlace>& places,
                      const LoadContext& context, yaml::Report& report) {
    ReferenceCheck check(pipeline, places, context, report);
    for (const auto& site : sites)
        for (const auto& use : site.program.references()) check.check(site, use);
}

std::vector<std::string> secretsOf(const std::vector<Site>& sites) {
    std::set<std::string> names;
    for (const auto& site : sites)
        for (const auto& use : site.program.references())
            if (use.root == "secrets" && !use.fields.empty()) names.insert(use.fields[0]);
    return {names.begin(), names.end()};
}

}  // namespace stepd::pipeline
