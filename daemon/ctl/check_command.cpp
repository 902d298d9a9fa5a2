#include <filesystem>
#include <iostream>

#include "config/loader.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/findings.h"
#include "ctl/load_context.h"
#include "ctl/plugin_trial.h"
#include "host/grant_check.h"
#include "host/plugin_spec.h"
#include "pipeline/loader.h"
#include "pipeline/pipeline_graph.h"

namespace stepd::ctl {
namespace {

namespace fs = std::filesystem;

bool isDaemonConfiguration(const fs::path& file) {
    return file.filename().string().starts_with("stepd.");
}

void append(Diagnostics& all, const Diagnostics& more) {
    all.insert(all.end(), more.begin(), more.end());
}

/// What plugins ask for and are not granted. One that cannot be loaded is for `stepd --check` to tell.
Diagnostics checkGrants(const config::DaemonConfig& config, const std::string& file) {
    Diagnostics findings;
    for (const auto& plugin : config.plugins) {
        if (plugin.library.empty() || !fs::exists(plugin.library)) continue;
        host::PluginSpec spec;
        spec.name = plugin.name;
        spec.options = plugin.options;
        spec.grant = plugin.grant;
        spec.secrets = plugin.secrets;
        try {
            append(findings, host::grantFindings(spec, describePlugin(plugin.library), config.stateDirectory, file));
        } catch (const Refused&) {
        }
    }
    return findings;
}

Diagnostics checkFile(const std::string& file) {
    if (!isDaemonConfiguration(file)) return pipeline::loadFile(file, contextFor(file)).findings;
    auto loaded = config::load(file, config::surroundings());
    if (hasErrors(loaded.findings)) return loaded.findings;
    append(loaded.findings, checkGrants(loaded.config, file));
    append(loaded.findings,
           pipeline::loadDirectory(loaded.config.pipelineDirectory, contextOf(loaded.config)).findings);
    return loaded.findings;
}

}  // namespace

int check(const Common& common, const CheckOptions& options) {
    Diagnostics all;
    for (const auto& file : options.files) {
        const auto findings = checkFile(file);
        append(all, findings);
        if (!common.json && !common.quiet && findings.empty()) std::cout << file << ": no findings\n";
    }
    print(all, common.json);
    return hasErrors(all) ? 1 : 0;
}

int graphPipeline(const Common& common, const std::string& idOrFile) {
    if (fs::exists(idOrFile)) {
        const auto loaded = pipeline::loadFile(idOrFile, contextFor(idOrFile));
        if (!loaded.pipeline) {
            for (const auto& finding : loaded.findings) std::cout << finding.text() << '\n';
            return 1;
        }
        std::cout << pipeline::toDot(*loaded.pipeline);
        return 0;
    }
    const Client client(common.url, findOperatorKey(common.keyFile));
    const Json pipeline = client.get("/api/v1/pipelines/" + encoded(idOrFile));
    std::cout << "digraph \"" << idOrFile << "\" {\n";
    for (const auto& step : pipeline.at("steps")) {
        std::cout << "  " << step.at("id").dump() << ";\n";
        for (const auto& need : step.at("needs"))
            std::cout << "  " << need.dump() << " -> " << step.at("id").dump() << ";\n";
    }
    std::cout << "}\n";
    return 0;
}

}  // namespace stepd::ctl
