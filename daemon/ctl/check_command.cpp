#include <filesystem>
#include <iostream>

#include "config/loader.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/findings.h"
#include "ctl/load_context.h"
#include "pipeline/loader.h"
#include "pipeline/pipeline_graph.h"

namespace stepd::ctl {
namespace {

namespace fs = std::filesystem;

bool isDaemonConfiguration(const fs::path& file) {
    return file.filename().string().starts_with("stepd.");
}

Diagnostics checkFile(const std::string& file) {
    if (!isDaemonConfiguration(file)) return pipeline::loadFile(file, contextFor(file)).findings;
    auto loaded = config::load(file, config::surroundings());
    if (hasErrors(loaded.findings)) return loaded.findings;
    const auto directory = pipeline::loadDirectory(loaded.config.pipelineDirectory, contextOf(loaded.config));
    loaded.findings.insert(loaded.findings.end(), directory.findings.begin(), directory.findings.end());
    return loaded.findings;
}

}  // namespace

int check(const Common& common, const CheckOptions& options) {
    Diagnostics all;
    for (const auto& file : options.files) {
        const auto findings = checkFile(file);
        all.insert(all.end(), findings.begin(), findings.end());
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
