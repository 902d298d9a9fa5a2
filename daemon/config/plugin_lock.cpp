#include "config/plugin_lock.h"

#include <algorithm>
#include <filesystem>

#include "base/ed25519.h"
#include "base/text.h"
#include "base/whole_file.h"
#include "yaml/document.h"
#include "yaml/reader.h"

namespace stepd::config {
namespace {

constexpr std::size_t kMostBytes = 1U << 20;
constexpr std::size_t kMostWord = 128;

bool isHex(const std::string& text, std::size_t least, std::size_t most) {
    return text.size() >= least && text.size() <= most &&
           text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

LockedPlugin readLocked(yaml::Reader& fields) {
    LockedPlugin plugin;
    fields.require({"sha256", "build", "version", "size"});
    if (fields.read("sha256", plugin.sha256) && !isHex(plugin.sha256, 64, 64))
        fields.error("sha256", "`sha256` must be 64 lower-case hexadecimal digits");
    if (fields.read("build", plugin.build) && !isHex(plugin.build, 1, kMostWord))
        fields.error("build", "`build` must be lower-case hexadecimal digits");
    if (fields.read("version", plugin.version) && plugin.version.size() > kMostWord)
        fields.error("version", "`version` is too long");
    std::size_t size = 0;
    if (fields.read("size", size, {0, 1ULL << 40})) plugin.size = size;
    fields.finish();
    return plugin;
}

std::string lockCommand(const PluginLockConfig& config) {
    return "`stepctl plugins lock " + config.configFile + "`";
}

/// Of the bytes that were read, so that nobody can change them between.
std::optional<std::string> signatureProblem(const PluginLockConfig& config, const std::string& text) {
    if (config.trustedKeys.empty()) return std::nullopt;
    const std::string sign = "; sign it: `stepctl plugins lock --sign KEY.pem " + config.configFile + "`";
    auto signature = readWholeFile(config.path + ".sig", 1024);
    if (!signature) return config.path + " is not signed, and plugin_lock.trusted_keys wants it to be" + sign;
    while (!signature->empty() && signature->back() == '\n') signature->pop_back();
    if (std::any_of(config.trustedKeys.begin(), config.trustedKeys.end(),
                    [&](const std::string& key) { return ed25519::verify(key, text, *signature); }))
        return std::nullopt;
    return config.path + ".sig is no signature of " + config.path + " by one of plugin_lock.trusted_keys" + sign;
}

/// A YAML string: of JSON's, with whatever is not plain escaped as well.
std::string quoted(const std::string& text) {
    return plainText(jsonString(text));
}

/// As people write it, where that is a name for YAML as well.
std::string word(const std::string& name) {
    const bool simple = !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == name.npos;
    return simple && name.find_first_of("abcdefghijklmnopqrstuvwxyz") == 0 ? name : quoted(name);
}

}  // namespace

std::string writeLock(const PluginLock& lock) {
    std::string out =
        "# Which builds of plugins stepd may load. `stepctl plugins lock` writes this file: review what changes.\n"
        "version: 1\nplugins:" +
        std::string(lock.empty() ? " {}\n" : "\n");
    for (const auto& [name, plugin] : lock)
        out += "  " + word(name) + ":\n    version: " + quoted(plugin.version) + "\n    build: \"" + plugin.build +
               "\"\n    sha256: \"" + plugin.sha256 + "\"\n    size: " + std::to_string(plugin.size) + "\n";
    return out;
}

ParsedLock parseLock(std::string_view text, const std::string& file) {
    yaml::Report report(file);
    const yaml::Document document = yaml::parse(text, file);
    report.add(document.findings);
    ParsedLock parsed;
    if (document.root != nullptr) {
        yaml::Reader fields(*document.root, "", report);
        fields.require({"version", "plugins"});
        std::int64_t version = 1;
        if (fields.read("version", version) && version != 1)
            fields.error("version", "this stepd knows version 1 alone", "write it again: stepctl plugins lock");
        if (const yaml::Node* plugins = fields.mapping("plugins"))
            for (const auto& entry : plugins->entries) {
                yaml::Reader inner(*entry.value, "plugins." + entry.key, report);
                parsed.plugins[entry.key] = readLocked(inner);
            }
        fields.finish();
    }
    parsed.findings = report.sorted();
    return parsed;
}

std::optional<std::string> lockProblem(const PluginLockConfig& config, const std::string& plugin,
                                       const std::string& sha256) {
    const bool required = config.required || !config.trustedKeys.empty();
    const auto text = readWholeFile(config.path, kMostBytes);
    if (!text) {
        std::error_code error;
        if (!required && !std::filesystem::exists(config.path, error)) return std::nullopt;
        return "there is no readable " + config.path +
               ", and no plugin is loaded without it; write it: " + lockCommand(config);
    }
    if (auto problem = signatureProblem(config, *text)) return problem;
    const ParsedLock lock = parseLock(*text, config.path);
    for (const auto& finding : lock.findings)
        if (finding.severity == Severity::Error) return finding.text();
    const auto found = lock.plugins.find(plugin);
    if (found == lock.plugins.end())
        return config.path + " does not name the plugin " + plugin + "; if it is wanted: " + lockCommand(config) +
               ", and review the change";
    if (found->second.sha256 == sha256) return std::nullopt;
    return "the plugin " + plugin + " has the SHA-256 " + sha256.substr(0, 12) + "..., and " + config.path + " wants " +
           found->second.sha256.substr(0, 12) + "... (version " + found->second.version +
           "); if the new build is wanted: " + lockCommand(config) + ", and review the change";
}

}  // namespace stepd::config
