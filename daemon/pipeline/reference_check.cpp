#include "pipeline/reference_check.h"

#include <algorithm>

#include "pipeline/names.h"
#include "pipeline/needs_graph.h"
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
    const std::string meant = suggestion(word, known);
    return meant.empty() ? otherwise : meant;
}

bool contains(const Words& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

const char* nameOf(Phase phase) {
    switch (phase) {
        case Phase::Main: return "steps";
        case Phase::OnFailure: return "on_failure";
        case Phase::Finally: return "finally";
    }
    return "";
}

/// Why the result of a step cannot be seen from a place; empty: it can.
struct Blindness {
    std::string message{};
    std::string hint{};
};

/// Which steps' results a step can see.
class Sight {
public:
    Sight(const std::vector<Step>& steps, const std::vector<StepPlace>& places)
        : steps_(steps), places_(places), upstream_(upstreamOf(needsOf(steps))) {}

    /// `from` is absent in `output`, which stands behind all main steps.
    Blindness check(std::optional<std::size_t> from, std::size_t to) const {
        const Step& other = steps_[to];
        const std::string name = "step `" + other.id + "`";
        const auto group = from ? steps_[*from].group : std::nullopt;
        if (from == to) return {name + " cannot see its own result"};
        if (group == to) return {"the group `" + other.id + "` has not ended while its steps run"};
        if (other.group && other.group != group) {
            const std::string& owner = steps_[*other.group].id;
            return {name + " is part of the group `" + owner + "`",
                    from == other.group ? "" : "use steps." + owner + ".output"};
        }
        const Phase phase = from ? steps_[*from].phase : Phase::Main;
        if (other.phase == Phase::Main && phase != Phase::Main) return {};
        if (other.phase != phase)
            return {name + " of `" + nameOf(other.phase) + "` is not known here",
                    "main steps are known everywhere, others in their own list"};
        if (!from || upstream_[*from][to] || !isClear(*from)) return {};
        if (group && !other.group) {
            if (upstream_[*group][to] || !isClear(*group)) return {};
            return {name + " is not upstream of `" + steps_[*group].id + "`", "add it to the `needs` of the group"};
        }
        return {name + " is not upstream of `" + steps_[*from].id + "`", "add it to `needs`"};
    }

private:
    /// Whether what is upstream of the step is known, although needs may have been wrong.
    bool isClear(std::size_t step) const {
        for (std::size_t i = 0; i < places_.size(); ++i)
            if (places_[i].needsUnclear && (i == step || upstream_[step][i])) return false;
        return true;
    }

    const std::vector<Step>& steps_;
    const std::vector<StepPlace>& places_;
    const std::vector<std::vector<bool>> upstream_;
};

class ReferenceCheck {
public:
    ReferenceCheck(const Pipeline& pipeline, const std::vector<StepPlace>& places, const LoadContext& context,
                   yaml::Report& report)
        : pipeline_(pipeline), context_(context), report_(report), sight_(pipeline.steps, places) {
        for (const auto& step : pipeline.steps) ids_.push_back(step.id);
    }

    void check(const Site& site) {
        PlaceRule rule = ruleOf(site.place);
        if (rule.runNames) addNames(site, rule.roots);
        for (const auto& use : site.program.references()) {
            if (!contains(rule.roots, use.root)) {
                reportRoot(site, use, rule);
            } else if (use.root == "steps") {
                checkStep(site, use);
            } else if (use.root == "secrets") {
                checkSecret(site, use);
            } else if (!use.fields.empty()) {
                checkField(site, use, use.root, use.fields[0], fieldsOf(kindOf(site, use.root)));
            }
        }
    }

private:
    const Step* stepOf(const Site& site) const { return site.step ? &pipeline_.steps[*site.step] : nullptr; }

    /// The names that not all steps have.
    void addNames(const Site& site, Words& roots) const {
        if (pipeline_.batch) roots.emplace_back("events");
        const Step* step = stepOf(site);
        if (step == nullptr) return;
        if (step->foreach && site.place != Place::Items) roots.push_back(step->foreach->as);
        if (step->group && pipeline_.steps[*step->group].foreach)
            roots.push_back(pipeline_.steps[*step->group].foreach->as);
        if (step->phase != Phase::Main) roots.emplace_back("error");
    }

    /// Where one name means different things in different places.
    static std::string_view kindOf(const Site& site, std::string_view root) {
        if (root == "run" && site.place == Place::Respond) return "ended run";
        if (root == "error" && site.place != Place::RetryWhen) return "ended run's error";
        return root;
    }

    void report(const Site& site, const cel::Reference& use, std::string message, std::string hint = {}) {
        report_.error(site.mark(use.line, use.column), site.path, std::move(message), std::move(hint));
    }

    void reportRoot(const Site& site, const cel::Reference& use, const PlaceRule& rule) {
        const std::string allowed = "here are " + joined(rule.roots);
        const Step* step = stepOf(site);
        if (use.root == "secrets" && site.place == Place::CoreWith)
            return report(site, use, "`secrets` is not known " + std::string(rule.where),
                          "what a built-in step is given is stored; plugins may have secrets");
        if (use.root == "secrets")
            return report(site, use, "`secrets` may be used inside `with` only",
                          "hand the secret to the step through `with`");
        if (site.place == Place::Items && step != nullptr && step->foreach && step->foreach->as == use.root)
            return report(site, use, "`" + use.root + "` is not known " + rule.where, "it stands for one of the items");
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
        const Blindness blind = sight_.check(site.step, static_cast<std::size_t>(found - ids_.begin()));
        if (!blind.message.empty()) return report(site, use, blind.message, blind.hint);
        if (use.fields.size() > 1)
            checkField(site, use, "steps." + id, use.fields[1], {"output", "ok", "state", "error"});
    }

    void checkSecret(const Site& site, const cel::Reference& use) {
        if (use.fields.empty()) return report(site, use, "`secrets` stands alone", "name one: secrets.NAME");
        if (!context_.secrets || contains(*context_.secrets, use.fields[0])) return;
        report(site, use, "no secret is named `" + use.fields[0] + "`",
               hintFor(use.fields[0], *context_.secrets, "secrets stand in stepd.yaml under secrets"));
    }

    const Pipeline& pipeline_;
    const LoadContext& context_;
    yaml::Report& report_;
    const Sight sight_;
    Words ids_;
};

}  // namespace

void checkExpressions(const std::vector<Site>& sites, const Pipeline& pipeline, const std::vector<StepPlace>& places,
                      const LoadContext& context, yaml::Report& report) {
    ReferenceCheck check(pipeline, places, context, report);
    for (const auto& site : sites) check.check(site);
}

}  // namespace stepd::pipeline
