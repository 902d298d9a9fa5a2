#include <sys/stat.h>
#include <unistd.h>

#include <iostream>

#include "base/ed25519.h"
#include "base/system_clock.h"
#include "base/whole_file.h"
#include "config/loader.h"
#include "config/plugin_lock.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/findings.h"
#include "ctl/plugin_trial.h"
#include "ctl/terminal.h"
#include "host/catalogue.h"
#include "host/program_file.h"

namespace stepd::ctl {
namespace {

constexpr std::size_t kMostBytes = 1U << 20;

/// What is installed now. Throws Refused for a plugin that cannot be used: nobody reviews what does not run.
config::PluginLock installed(const config::DaemonConfig& config) {
    const SystemClock clock;
    host::Catalogue catalogue(trialOptions(), clock, "");
    std::vector<host::PluginSpec> specs;
    for (const auto& plugin : config.plugins) {
        host::PluginSpec spec;
        spec.name = plugin.name;
        spec.library = plugin.library;
        spec.exec = plugin.exec;
        spec.folder = config.pluginDirectory;
        spec.sha256 = plugin.sha256;
        specs.push_back(std::move(spec));
    }
    config::PluginLock lock;
    auto described = catalogue.describeAll(specs);
    for (const auto& spec : specs) {
        const auto& description = described.at(spec.name);
        if (!description) throw Refused("plugins." + spec.name + ": " + description.error());
        const auto library = host::openCode(spec, trialOptions());
        if (!library) throw Refused("plugins." + spec.name + ": " + library.error());
        if ((*library)->build != description->buildId)
            throw Refused("plugins." + spec.name + ": its file was replaced just now; try again");
        lock[spec.name] = {.sha256 = (*library)->sha256,
                           .build = (*library)->build,
                           .version = description->version,
                           .size = (*library)->stamp.size};
    }
    return lock;
}

/// One line for each plugin that is not as the file says.
std::vector<std::string> differences(const config::PluginLock& before, const config::PluginLock& now) {
    std::vector<std::string> lines;
    for (const auto& [name, plugin] : now) {
        const auto known = before.find(name);
        const std::string text = plugin.version + " (" + plugin.sha256.substr(0, 12) + ")";
        if (known == before.end())
            lines.push_back("+ " + name + "  " + text);
        else if (!(known->second == plugin))
            lines.push_back("~ " + name + "  " + known->second.version + " (" + known->second.sha256.substr(0, 12) +
                            ") -> " + text);
    }
    for (const auto& [name, plugin] : before)
        if (!now.contains(name)) lines.push_back("- " + name + "  " + plugin.version);
    return lines;
}

config::PluginLock lockIn(const std::string& path) {
    const auto text = readWholeFile(path, kMostBytes);
    if (!text) return {};
    auto parsed = config::parseLock(*text, path);
    if (!hasErrors(parsed.findings)) return std::move(parsed.plugins);
    print(parsed.findings, false);
    throw Refused(path + " cannot be read as it is; remove it to begin anew");
}

/// Checked: whoever cannot sign is told before anything is written.
std::string readKey(const std::string& keyFile) {
    struct stat status {};
    auto key = readWholeFile(keyFile, kMostBytes);
    if (!key || ::stat(keyFile.c_str(), &status) != 0) throw Refused("cannot read " + keyFile);
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        throw Refused(keyFile + " can be read by others; chmod 600 " + keyFile);
    ed25519::publicKeyOf(*key);
    return std::move(*key);
}

void sign(const Common& common, const std::string& path, const std::string& key) {
    replaceFile(path + ".sig", ed25519::sign(key, readWholeFile(path, kMostBytes).value_or("")) + "\n", 0644,
                FileSync::Disk);
    if (!common.quiet)
        std::cout << "signed: " << path << ".sig\nplugin_lock: {trusted_keys: [\"" << ed25519::publicKeyOf(key)
                  << "\"]}   # for stepd.yaml\n";
}

/// The first reason for which the daemon would load one of them not.
std::optional<std::string> refusal(const config::PluginLockConfig& config, const config::PluginLock& now) {
    for (const auto& [name, plugin] : now)
        if (auto problem = config::lockProblem(config, name, plugin.sha256)) return problem;
    return std::nullopt;
}

}  // namespace

int lockPlugins(const Common& common, const PluginLockOptions& options) {
    const auto loaded = config::load(options.file, config::surroundings());
    if (hasErrors(loaded.findings)) {
        print(loaded.findings, common.json);
        return 1;
    }
    const std::string& path = loaded.config.pluginLock.path;
    const std::string key = options.key.empty() ? "" : readKey(options.key);
    const auto now = installed(loaded.config);
    const auto lines = differences(lockIn(path), now);
    if (common.json)
        std::cout << Json{{"file", path}, {"changes", lines}}.dump(2) << '\n';
    else if (!common.quiet)
        for (const auto& line : lines)
            std::cout << painted(line, line.starts_with('-') ? Colour::Bad : Colour::Good) << '\n';
    if (options.check) {
        const auto problem = refusal(loaded.config.pluginLock, now);
        if (lines.empty() && !problem) return 0;
        if (lines.empty()) {
            std::cerr << "stepctl: " << *problem << '\n';
            return 1;
        }
        std::cerr << "stepctl: " << path << " is not what is installed; `stepctl plugins lock " << options.file
                  << "` writes it\n";
        return 1;
    }
    if (!lines.empty() || !readWholeFile(path, kMostBytes)) {
        replaceFile(path, config::writeLock(now), 0644, FileSync::Disk);
        if (key.empty() && ::access((path + ".sig").c_str(), F_OK) == 0)
            std::cerr << "stepctl: " << path << ".sig is of the lock before; sign anew with --sign KEY.pem\n";
    }
    if (!common.json && !common.quiet)
        std::cout << path << ": " << now.size() << (now.size() == 1 ? " plugin" : " plugins")
                  << (lines.empty() ? ", nothing has changed\n" : "\n");
    if (!key.empty()) sign(common, path, key);
    return 0;
}

}  // namespace stepd::ctl
