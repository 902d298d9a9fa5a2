#include "app/plugin_contracts.h"

#include <algorithm>
#include <memory>

#include "app/live_plugins.h"
#include "app/wiring.h"
#include "base/system_clock.h"
#include "host/catalogue.h"

namespace stepd::app {
namespace {

std::shared_ptr<const pipeline::PluginContract> contractOf(const host::PluginSpec& spec, host::Catalogue& catalogue) {
    const auto description = catalogue.describe(spec);
    if (!description) return nullptr;
    auto contract = std::make_shared<pipeline::PluginContract>();
    contract->options = spec.options;
    for (const auto& step : description->steps)
        contract->steps.push_back({step.type, step.configSchema, step.inputSchema, step.outputSchema});
    return contract;
}

}  // namespace

pipeline::PluginContracts pluginContracts(const config::DaemonConfig& config) {
    static const SystemClock clock;
    // Shared by the copies of the function.
    const auto catalogue = std::make_shared<host::Catalogue>(hostOptions(config), clock, catalogueFile(config));
    return pipeline::remembered([specs = pluginSpecs(config), catalogue](const std::string& plugin) {
        const auto spec =
            std::find_if(specs.begin(), specs.end(), [&](const auto& candidate) { return candidate.name == plugin; });
        return spec == specs.end() ? nullptr : contractOf(*spec, *catalogue);
    });
}

}  // namespace stepd::app
