#include "ctl/load_context.h"

#include <algorithm>

#include "config/loader.h"
#include "ctl/client.h"
#include "ctl/plugin_trial.h"

namespace stepd::ctl {

namespace fs = std::filesystem;

namespace {

/// A plugin that cannot be loaded here is unknown: the daemon may well run where it can.
pipeline::PluginContracts contractsOf(const config::DaemonConfig& config) {
    return pipeline::remembered([plugins = config.plugins](const std::string& name) {
        const auto plugin =
            std::find_if(plugins.begin(), plugins.end(), [&](const auto& one) { return one.name == name; });
        auto contract = std::make_shared<pipeline::PluginContract>();
        if (plugin == plugins.end() || plugin->library.empty()) return std::shared_ptr<pipeline::PluginContract>();
        try {
            const auto description = describePlugin(plugin->library);
            contract->options = plugin->options;
            for (const auto& step : description.steps)
                contract->steps.push_back({step.type, step.configSchema, step.inputSchema, step.outputSchema});
        } catch (const Refused&) {
            contract = nullptr;
        }
        return contract;
    });
}

}  // namespace

pipeline::LoadContext contextOf(const config::DaemonConfig& config) {
    pipeline::LoadContext context{.retryPolicies = config.retryPolicies,
                                  .defaultRetry = config.defaultRetry,
                                  .defaultTimeout = config.defaultTimeout,
                                  .plugins = std::vector<std::string>(),
                                  .secrets = std::vector<std::string>(),
                                  .limiters = std::vector<std::string>()};
    for (const auto& plugin : config.plugins) context.plugins->push_back(plugin.name);
    context.limiters.emplace();
    for (const auto& [name, limiter] : config.limiters) context.limiters->push_back(name);
    for (const auto& [name, value] : config.secrets) context.secrets->push_back(name);
    context.contracts = contractsOf(config);
    return context;
}

namespace {

/// From the stepd.yaml beside the file's folder, or in it, as far as it can be read: a secret that is only there where
/// the daemon runs hides nothing of the rest. Absent if there is none.
std::optional<config::DaemonConfig> configFor(const fs::path& file) {
    const fs::path folder = fs::absolute(file).parent_path();
    for (const fs::path& candidate : {folder.parent_path() / "stepd.yaml", folder / "stepd.yaml"}) {
        if (!fs::exists(candidate)) continue;
        auto loaded = config::load(candidate.string(), config::surroundings());
        const bool unreadable = hasErrors(loaded.findings) && loaded.config.plugins.empty();
        if (!unreadable) return std::move(loaded.config);
    }
    return std::nullopt;
}

}  // namespace

pipeline::LoadContext contextFor(const fs::path& file) {
    const auto config = configFor(file);
    return config ? contextOf(*config) : pipeline::LoadContext{};
}

std::map<std::string, engine::LaneRule> limitersFor(const fs::path& file) {
    std::map<std::string, engine::LaneRule> rules;
    const auto config = configFor(file);
    if (!config) return rules;
    for (const auto& [name, limiter] : config->limiters) {
        engine::LaneRule& rule = rules[name];
        rule.slots = limiter.concurrency;
        if (limiter.rate)
            rule.rate = engine::rateLimitRule(limiter.rate->limit, limiter.rate->period, limiter.rate->burst);
    }
    return rules;
}

}  // namespace stepd::ctl
