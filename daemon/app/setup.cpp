#include "app/setup.h"

#include <algorithm>

#include "app/plugin_contracts.h"
#include "config/loader.h"

namespace stepd::app {
namespace {

pipeline::LoadContext contextOf(const config::DaemonConfig& config) {
    pipeline::LoadContext context;
    context.retryPolicies = config.retryPolicies;
    context.defaultRetry = config.defaultRetry;
    context.defaultTimeout = config.defaultTimeout;
    context.plugins.emplace();
    for (const auto& plugin : config.plugins) context.plugins->push_back(plugin.name);
    context.secrets.emplace();
    for (const auto& [name, value] : config.secrets) context.secrets->push_back(name);
    context.limiters.emplace();
    for (const auto& [name, limiter] : config.limiters) context.limiters->push_back(name);
    context.contracts = pluginContracts(config);
    return context;
}

}  // namespace

pipeline::LoadedDirectory loadPipelines(const config::DaemonConfig& config) {
    return pipeline::loadDirectory(config.pipelineDirectory, contextOf(config));
}

Reread rereadConfig(const Setup& begun) {
    auto loaded = config::load(begun.file, config::surroundings());
    Reread reread{begun.config, std::move(loaded.findings)};
    reread.config.plugins = std::move(loaded.config.plugins);
    reread.config.secrets = std::move(loaded.config.secrets);
    return reread;
}

Setup loadSetup(const std::string& configFile) {
    auto loaded = config::load(configFile, config::surroundings());
    Setup setup{configFile, std::move(loaded.config), {}, std::move(loaded.findings)};
    if (hasErrors(setup.findings)) return setup;
    auto directory = loadPipelines(setup.config);
    setup.pipelines = std::move(directory.pipelines);
    setup.findings.insert(setup.findings.end(), directory.findings.begin(), directory.findings.end());
    return setup;
}

}  // namespace stepd::app
