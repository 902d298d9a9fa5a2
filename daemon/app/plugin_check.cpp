#include "app/plugin_check.h"

#include <map>

#include "app/wiring.h"
#include "base/system_clock.h"
#include "host/plugin_probe.h"

namespace stepd::app {
namespace {

constexpr Duration kPatience = 10s;

/// A check needs no more of the daemon than the secrets that stand in options; no step is called.
class CheckServices final : public host::HostServices {
public:
    explicit CheckServices(const std::map<std::string, Secret>& secrets) : secrets_(secrets) {}
    void fetch(host::FetchId, FetchRequest, FetchDone) override {}
    void cancelFetch(host::FetchId) override {}
    std::optional<Secret> secret(std::string_view name) override {
        const auto found = secrets_.find(std::string(name));
        return found == secrets_.end() || found->second.empty() ? std::nullopt : std::optional(found->second);
    }
    void log(const host::PluginLog&) override {}

private:
    const std::map<std::string, Secret>& secrets_;
};

}  // namespace

Diagnostics checkPlugins(const config::DaemonConfig& config, const std::string& configFile) {
    Diagnostics findings;
    const SystemClock clock;
    CheckServices services(config.secrets);
    for (const auto& spec : pluginSpecs(config)) {
        host::PluginProbe probe(hostOptions(config), spec, services, clock);
        const auto description = probe.describe();
        const auto add = [&](const std::string& message, const std::string& hint) {
            findings.push_back({.severity = Severity::Error,
                                .file = configFile,
                                .path = "plugins." + spec.name,
                                .message = "plugins." + spec.name + ": " + message,
                                .hint = hint});
        };
        if (!description) {
            add(description.error(), "correct plugins." + spec.name + ".library, or build and install the plugin");
            continue;
        }
        const auto grants = host::grantFindings(spec, *description, config.stateDirectory, configFile);
        findings.insert(findings.end(), grants.begin(), grants.end());
        for (const auto& step : description->steps) {
            const StepResult verdict = probe.checkConfig(step.type, "{}", kPatience);
            if (verdict.outcome == OutcomeClass::Ok) continue;
            add(verdict.error.message, "correct plugins." + spec.name + ".options; the plugin's README.md lists them");
            break;
        }
    }
    return findings;
}

}  // namespace stepd::app
