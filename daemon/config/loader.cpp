#include "config/loader.h"

#include <unistd.h>

#include <filesystem>

#include "config/overrides.h"
#include "config/section_reader.h"
#include "yaml/document.h"

extern char** environ;  // NOLINT: POSIX, <unistd.h> declares it for GNU sources alone

namespace stepd::config {
namespace {

namespace fs = std::filesystem;

/// systemd gives one path, or several with colons between; the first is ours.
std::string stateDirectory(const std::map<std::string, std::string>& environment) {
    const auto found = environment.find("STATE_DIRECTORY");
    if (found == environment.end() || found->second.empty()) return "var";
    return found->second.substr(0, found->second.find(':'));
}

DaemonConfig defaults(const std::string& file, const fs::path& base, const Surroundings& surroundings) {
    DaemonConfig config;
    config.pluginLock.configFile = file;
    config.pluginLock.path = (base / "plugins.lock").string();
    config.stateDirectory = stateDirectory(surroundings.environment);
    config.store.path = (fs::path(config.stateDirectory) / "stepd.db").string();
    config.pipelineDirectory = (base / "pipelines").string();
    config.pluginDirectory =
        (fs::path(surroundings.programDirectory) / "../lib/stepd/plugins").lexically_normal().string();
    return config;
}

/// An empty file means all defaults.
yaml::NodePtr emptyMapping() {
    auto node = std::make_shared<yaml::Node>();
    node->kind = yaml::Kind::Mapping;
    return node;
}

}  // namespace

Surroundings surroundings() {
    Surroundings found;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos)
            found.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    std::error_code problem;
    const fs::path program = fs::read_symlink("/proc/self/exe", problem);
    if (!problem) found.programDirectory = program.parent_path().string();
    return found;
}

Loaded load(const std::string& path, const Surroundings& surroundings) {
    const fs::path base = fs::path(path).parent_path();
    Loaded loaded;
    loaded.config = defaults(path, base, surroundings);
    yaml::Report report(path);
    const yaml::FileText text = yaml::readFile(path);
    report.add(text.findings);
    if (!report.failed()) {
        const yaml::Document document = yaml::parse(text.text, path);
        report.add(document.findings);
        if (document.root != nullptr) {
            auto root = applyOverrides(document.root, surroundings.environment, report);
            if (root->kind == yaml::Kind::Null) root = emptyMapping();
            yaml::Reader fields(*root, "", report);
            const SecretReader secrets(surroundings.environment, base.string());
            SectionReader(loaded.config, secrets, base).read(fields);
        }
    }
    loaded.findings = report.sorted();
    loaded.knownKeys = report.knownKeys();
    return loaded;
}

}  // namespace stepd::config
