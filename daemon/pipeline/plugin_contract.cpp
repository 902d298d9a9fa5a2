#include "pipeline/plugin_contract.h"

#include <algorithm>
#include <map>
#include <utility>

namespace stepd::pipeline {

const StepContract* PluginContract::find(std::string_view type) const {
    if (type.empty()) return steps.size() == 1 ? steps.data() : nullptr;
    const auto found = std::find_if(steps.begin(), steps.end(), [&](const auto& step) { return step.type == type; });
    return found == steps.end() ? nullptr : &*found;
}

PluginContracts remembered(PluginContracts contracts) {
    const auto known = std::make_shared<std::map<std::string, std::shared_ptr<const PluginContract>>>();
    return [known, contracts = std::move(contracts)](const std::string& plugin) {
        const auto [place, fresh] = known->try_emplace(plugin);
        if (fresh) place->second = contracts(plugin);
        return place->second;
    };
}

}  // namespace stepd::pipeline
