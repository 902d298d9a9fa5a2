#include "app/plugin_check.h"

#include "app/wiring.h"
#include "base/system_clock.h"
#include "host/plugin_probe.h"

namespace stepd::app {
namespace {

/// A description needs none of the daemon's services; no step is called.
class NoServices final : public host::HostServices {
public:
    void fetch(host::FetchId, FetchRequest, FetchDone) override {}
    void cancelFetch(host::FetchId) override {}
    std::optional<Secret> secret(std::string_view) override { return std::nullopt; }
    void log(const host::PluginLog&) override {}
};

}  // namespace

Diagnostics checkPlugins(const config::DaemonConfig& config, const std::string& configFile) {
    Diagnostics findings;
    const SystemClock clock;
    NoServices services;
    for (const auto& spec : pluginSpecs(config)) {
        host::PluginProbe probe(hostOptions(config), spec, services, clock);
        const auto description = probe.describe();
        if (description) continue;
        findings.push_back({.severity = Severity::Error,
                            .file = configFile,
                            .path = "plugins." + spec.name,
                            .message = "plugins." + spec.name + ": " + description.error(),
                            .hint = "correct plugins." + spec.name + ".library, or build and install the plugin"});
    }
    return findings;
}

}  // namespace stepd::app
