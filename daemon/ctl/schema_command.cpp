#include <iostream>

#include "config/loader.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/plugin_trial.h"
#include "pipeline/file_schema.h"

namespace stepd::ctl {
namespace {

/// One entry a step type. A plugin with one alone may be named without it.
void addSteps(const std::string& plugin, const host::PluginDescription& description,
              std::vector<pipeline::StepOptions>& all) {
    for (const auto& step : description.steps) {
        pipeline::StepOptions options{{plugin + "/" + step.type}, step.configSchema};
        if (description.steps.size() == 1) options.uses.insert(options.uses.begin(), plugin);
        all.push_back(std::move(options));
    }
}

/// Of the plugins that the daemon's configuration names; one that cannot be loaded is told about and left out.
std::vector<pipeline::StepOptions> installedSteps(const std::string& configFile) {
    const auto loaded = config::load(configFile, config::surroundings());
    for (const auto& finding : loaded.findings) std::cerr << finding.text() << '\n';
    if (hasErrors(loaded.findings)) throw Refused(configFile + " has errors");
    std::vector<pipeline::StepOptions> all;
    for (const auto& plugin : loaded.config.plugins) {
        try {
            addSteps(plugin.name, describePlugin(plugin.library), all);
        } catch (const std::exception& problem) {
            std::cerr << "stepctl: " << plugin.name << " is left out: " << problem.what() << '\n';
        }
    }
    return all;
}

}  // namespace

int printSchema(const SchemaOptions& options) {
    if (!options.commentFor.empty()) {
        std::cout << "# yaml-language-server: $schema=" << options.commentFor << '\n';
        return 0;
    }
    std::cout << pipeline::fileSchema(options.config.empty() ? std::vector<pipeline::StepOptions>()
                                                             : installedSteps(options.config));
    return 0;
}

}  // namespace stepd::ctl
