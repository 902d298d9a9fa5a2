#include "pipeline/contract_check.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/diagnostic.h"
#include "pipeline/expression_text.h"
#include "pipeline/schema_check.h"

namespace stepd::pipeline {
namespace {

std::set<std::string> keysOf(const std::string& object) {
    std::set<std::string> keys;
    const auto json = SchemaView::Json::parse(object, nullptr, false);
    if (json.is_object())
        for (const auto& [key, value] : json.items()) keys.insert(key);
    return keys;
}

class ContractCheck {
public:
    ContractCheck(const std::vector<Site>& sites, const std::vector<cel::Type>& types, yaml::Report& report)
        : report_(report), typeOf_([this](const yaml::Node& scalar) { return typeOf(scalar); }) {
        for (std::size_t i = 0; i < sites.size(); ++i)
            if (sites[i].step) types_.emplace(std::pair(*sites[i].step, sites[i].scalar), types[i]);
    }

    void check(std::size_t index, const Step& step, const StepPlace& place, const PluginContract& plugin) {
        step_ = index;
        const yaml::Entry* uses = place.node->find("uses");
        if (uses == nullptr) return;
        const StepContract* contract = plugin.find(step.stepType);
        if (contract == nullptr) return reportType(step, *uses->value, place, plugin);
        if (const auto schema = SchemaView::read(contract->config)) checkConfig(*schema, *uses->value, place, plugin);
        const yaml::Entry* input = place.node->find("input");
        if (const auto schema = SchemaView::read(contract->input); schema && input != nullptr)
            report({*input->value, place.path + ".input", typeOf_}, *schema, {});
    }

private:
    /// One expression alone keeps its type, text around it makes a text.
    std::optional<cel::Type> typeOf(const yaml::Node& scalar) const {
        const auto pieces = splitExpressions(scalar.text).pieces;
        const bool any = std::any_of(pieces.begin(), pieces.end(), [](const Piece& piece) { return piece.expression; });
        if (!any) return std::nullopt;
        if (pieces.size() > 1) return cel::Type(cel::Type::Form::String);
        const auto found = types_.find(std::pair(step_, &scalar));
        return found == types_.end() ? cel::Type() : found->second;
    }

    void checkConfig(const SchemaView& schema, const yaml::Node& uses, const StepPlace& place,
                     const PluginContract& plugin) {
        const yaml::Entry* with = place.node->find("with");
        yaml::Node nothing;
        nothing.kind = yaml::Kind::Mapping;
        nothing.mark = uses.mark;
        report({with != nullptr ? *with->value : nothing, place.path + ".with", typeOf_}, schema,
               keysOf(plugin.options));
    }

    void report(const KnownValue& value, const SchemaView& schema, std::set<std::string> given) {
        for (auto& misfit : SchemaCheck(typeOf_, std::move(given)).check(value, schema))
            report_.error(misfit.mark, misfit.path, std::move(misfit.message), std::move(misfit.hint));
    }

    void reportType(const Step& step, const yaml::Node& uses, const StepPlace& place, const PluginContract& plugin) {
        std::vector<std::string> types;
        std::string all;
        for (const auto& known : plugin.steps) {
            types.push_back(known.type);
            all += (all.empty() ? "`" : ", `") + step.plugin + "/" + known.type + "`";
        }
        if (step.stepType.empty())
            return report_.error(uses, place.path + ".uses", "`" + step.plugin + "` has several step types",
                                 "name one: " + all);
        const std::string meant = didYouMean(step.stepType, types);
        report_.error(uses, place.path + ".uses",
                      "the plugin `" + step.plugin + "` has no step type `" + step.stepType + "`",
                      meant.empty() ? "it has " + all : "did you mean `" + step.plugin + "/" + meant + "`?");
    }

    yaml::Report& report_;
    const ExpressionTypes typeOf_;
    /// Of expressions that are a scalar of their own. By step too, since steps may share a node by its anchor.
    std::map<std::pair<std::size_t, const yaml::Node*>, cel::Type> types_;
    std::size_t step_ = 0;
};

}  // namespace

void checkContracts(const Pipeline& pipeline, const std::vector<StepPlace>& places, const std::vector<Site>& sites,
                    const std::vector<cel::Type>& types, const PluginContracts& contracts, yaml::Report& report) {
    if (!contracts) return;
    ContractCheck check(sites, types, report);
    for (std::size_t i = 0; i < pipeline.steps.size(); ++i) {
        if (pipeline.steps[i].plugin.empty()) continue;
        if (const auto plugin = contracts(pipeline.steps[i].plugin))
            check.check(i, pipeline.steps[i], places[i], *plugin);
    }
}

}  // namespace stepd::pipeline
