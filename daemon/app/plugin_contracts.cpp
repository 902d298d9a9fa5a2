#include "app/plugin_contracts.h"

#include <algorithm>

#include "app/wiring.h"
#include "base/system_clock.h"
#include "host/plugin_probe.h"

namespace stepd::app {
namespace {

/// A plugin that is only asked what it is needs nothing of the daemon.
class NoServices final : public host::HostServices {
public:
    void fetch(host::FetchId, FetchRequest, FetchDone) override {}
    void cancelFetch(host::FetchId) override {}
    std::optional<Secret> secret(std::string_view) override { return std::nullopt; }
    void log(const host::PluginLog&) override {}
};

std::shared_ptr<const pipeline::PluginContract> contractOf(const host::PluginSpec& spec,
                                                           const host::HostOptions& options) {
    NoServices services;
    const SystemClock clock;
    host::PluginProbe probe(options, spec, services, clock);
    const auto description = probe.describe();
    if (!description) return nullptr;
    auto contract = std::make_shared<pipeline::PluginContract>();
    contract->options = spec.options;
    for (const auto& step : description->steps)
        contract->steps.push_back({step.type, step.configSchema, step.inputSchema, step.outputSchema});
    return contract;
}

}  // namespace

pipeline::PluginContracts pluginContracts(const config::DaemonConfig& config) {
    return pipeline::remembered([specs = pluginSpecs(config),
                                 options = hostOptions(config)](const std::string& plugin) {
        const auto spec =
            std::find_if(specs.begin(), specs.end(), [&](const auto& candidate) { return candidate.name == plugin; });
        return spec == specs.end() ? nullptr : contractOf(*spec, options);
    });
}

}  // namespace stepd::app
