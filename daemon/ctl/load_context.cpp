#include "ctl/load_context.h"

#include "config/loader.h"

namespace stepd::ctl {

namespace fs = std::filesystem;

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
    for (const auto& [name, limiter] : config.limiters) context.limiters->push_back(name);
    return context;
}

pipeline::LoadContext contextFor(const fs::path& file) {
    const fs::path folder = fs::absolute(file).parent_path();
    for (const fs::path& candidate : {folder.parent_path() / "stepd.yaml", folder / "stepd.yaml"}) {
        if (!fs::exists(candidate)) continue;
        const auto loaded = config::load(candidate.string(), config::surroundings());
        if (!hasErrors(loaded.findings)) return contextOf(loaded.config);
    }
    return {};
}

}  // namespace stepd::ctl
