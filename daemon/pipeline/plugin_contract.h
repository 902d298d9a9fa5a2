#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace stepd::pipeline {

/// What a step type says that it takes and gives, as JSON Schema text; empty: it does not say.
struct StepContract {
    std::string type;
    std::string config;
    std::string input;
    std::string output;
};

/// What is known of a plugin before it is asked to do anything.
struct PluginContract {
    std::string options = "{}";  ///< JSON object of stepd.yaml; a step's `with` is merged over it, key by key
    std::vector<StepContract> steps;

    /// The step type of `uses: PLUGIN/TYPE`; an empty `type` means the only one. Null if there is none.
    const StepContract* find(std::string_view type) const;
};

/// Null if nothing is known of the plugin of that name: it is not declared, or cannot be used at the moment. May take
/// its time; called by the thread that loads.
using PluginContracts = std::function<std::shared_ptr<const PluginContract>(const std::string& plugin)>;

/// The same, but each plugin is asked for once. One thread at a time.
PluginContracts remembered(PluginContracts contracts);

}  // namespace stepd::pipeline
