#include "app/live_plugins.h"

#include <algorithm>
#include <filesystem>
#include <future>
#include <memory>

#include "app/wiring.h"
#include "host/program_file.h"
#include "telemetry/log.h"

namespace stepd::app {
namespace {

/// Longer than all tries to load a plugin take.
constexpr Duration kSwapPatience = 90s;

bool declares(const config::DaemonConfig& config, const std::string& name) {
    return std::any_of(config.plugins.begin(), config.plugins.end(),
                       [&](const auto& plugin) { return plugin.name == name; });
}

}  // namespace

std::string catalogueFile(const config::DaemonConfig& config) {
    const auto folder = std::filesystem::path(config.stateDirectory) / "plugins";
    std::error_code error;
    return std::filesystem::is_directory(folder, error) ? (folder / "catalogue").string() : std::string();
}

Diagnostics LivePlugins::check(const config::DaemonConfig& config, const std::string& file) const {
    const host::HostOptions options = hostOptions(config);
    std::vector<host::PluginSpec> specs = pluginSpecs(config);
    // What was rolled back may be as bad as it is: it is not taken.
    std::erase_if(specs, [&](const host::PluginSpec& spec) {
        const auto code = host::openCode(spec, options);
        return code && host_.isHeldBack(spec.name, (*code)->sha256);
    });
    Diagnostics findings;
    for (const auto& [name, described] : host::Catalogue(options, clock_, catalogueFile(config)).describeAll(specs)) {
        if (described) continue;
        const auto now = host_.plugin(name);
        findings.push_back(
            {.severity = now && now->state == host::PluginState::Broken ? Severity::Warning : Severity::Error,
             .file = file,
             .path = "plugins." + name,
             .message = "plugins." + name + ": " + described.error(),
             .hint = now && now->state != host::PluginState::Broken ? "the build that runs goes on" : std::string()});
    }
    return findings;
}

std::vector<api::PluginChange> LivePlugins::use(const config::DaemonConfig& before,
                                                const config::DaemonConfig& now) const {
    services_.useSecrets(now.secrets);
    // It lives on if the host is so late that nobody waits any more.
    const auto told = std::make_shared<std::promise<std::vector<host::Swap>>>();
    auto swaps = told->get_future();
    host_.usePlugins(pluginSpecs(now), [told](std::vector<host::Swap> all) { told->set_value(std::move(all)); });
    std::vector<api::PluginChange> changes;
    for (const auto& plugin : before.plugins)
        if (!declares(now, plugin.name))
            changes.push_back({.plugin = plugin.name, .status = "removed", .before = {}, .after = {}, .problem = {}});
    if (swaps.wait_for(kSwapPatience) == std::future_status::ready)
        for (const auto& swap : swaps.get()) changes.push_back(pluginChange(swap));
    else
        log::warning("plugins are still being loaded; `stepctl plugins list` tells how it goes on");
    std::sort(changes.begin(), changes.end(),
              [](const auto& one, const auto& other) { return one.plugin < other.plugin; });
    return changes;
}

}  // namespace stepd::app
