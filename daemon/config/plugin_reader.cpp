#include "base/ed25519.h"
#include "config/section_reader.h"
#include "model/net_grant.h"
#include "yaml/json.h"

namespace stepd::config {
namespace {

bool isSha256(const std::string& text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

PluginConfig SectionReader::readPlugin(yaml::Reader& fields) const {
    PluginConfig plugin;
    readCode(fields, plugin);
    if (fields.read("sha256", plugin.sha256) && !isSha256(plugin.sha256))
        fields.error("sha256", "`sha256` must be 64 lower-case hexadecimal digits", "sha256sum prints them");
    if (const yaml::Node* options = fields.mapping("options"))
        plugin.options = yaml::toJson(*options, fields.path("options"), fields.report());
    fields.read("workers", plugin.workers, {1, 256});
    fields.read("threads", plugin.threads, {1, 256});
    fields.read("timeout", plugin.timeout);
    fields.read("grace", plugin.grace);
    fields.read("load_timeout", plugin.loadTimeout);
    fields.read("missing_build", plugin.missingBuild,
                {{"current", MissingBuild::Current}, {"fail", MissingBuild::Fail}});
    readIsolation(fields, plugin);
    readSecretNames(fields, plugin.secrets);
    fields.read(
        "sandbox", plugin.sandbox,
        {{"required", SandboxMode::Required}, {"available", SandboxMode::Available}, {"off", SandboxMode::Off}});
    if (const yaml::Node* grant = fields.mapping("grant")) readGrant(*grant, fields, plugin.grant);
    if (const yaml::Node* limits = fields.mapping("limits")) readLimits(*limits, fields, plugin.limits);
    if (const yaml::Node* recycle = fields.mapping("recycle")) readRecycling(*recycle, fields, plugin.recycle);
    fields.finish();
    return plugin;
}

void SectionReader::readPluginLock(yaml::Reader& fields) {
    PluginLockConfig& lock = config_.pluginLock;
    fields.read("required", lock.required);
    fields.read("trusted_keys", lock.trustedKeys);
    for (const auto& key : lock.trustedKeys)
        if (!ed25519::isPublicKey(key))
            fields.error("trusted_keys", "`" + key + "` is no Ed25519 public key in base64",
                         "`stepctl plugins lock --sign KEY.pem` prints the one of its key");
}

void SectionReader::readCode(yaml::Reader& fields, PluginConfig& plugin) const {
    readPath(fields, "library", plugin.library, config_.pluginDirectory);
    fields.read("exec", plugin.exec);
    if (!fields.has("library") && !fields.has("exec")) fields.require({"library"});
    if (fields.has("library") && fields.has("exec"))
        fields.error("exec", "a plugin has either a `library` or a program to `exec`", "remove one of the two");
    if (fields.has("exec") && plugin.exec.empty())
        fields.error("exec", "`exec` names no program", "write exec: [python3, step.py]");
}

void SectionReader::readIsolation(yaml::Reader& fields, PluginConfig& plugin) {
    const yaml::Entry* isolation = fields.entry("isolation");
    if (isolation == nullptr) return;
    plugin.inproc = isolation->value->text == "inproc";
    if (!plugin.inproc && isolation->value->text != "process")
        fields.error("isolation", "`isolation` must be process or inproc",
                     "inproc is for trusted, tiny steps: if one crashes, so does stepd");
    if (plugin.inproc && fields.has("exec"))
        fields.error("isolation", "a program cannot run inside stepd", "remove `isolation: inproc`");
}

void SectionReader::readSecretNames(yaml::Reader& fields, std::vector<std::string>& secrets) const {
    if (!fields.read("secrets", secrets)) return;
    std::vector<std::string> names;
    for (const auto& known : config_.secrets) names.push_back(known.first);
    for (const auto& name : secrets) {
        if (config_.secrets.contains(name)) continue;
        const std::string meant = didYouMean(name, names);
        fields.error("secrets", "no secret is named `" + name + "`",
                     meant.empty() ? "" : "did you mean `" + meant + "`?");
    }
}

void SectionReader::readGrant(const yaml::Node& node, yaml::Reader& plugin, PluginGrant& grant) {
    yaml::Reader fields(node, plugin.path("grant"), plugin.report());
    fields.read("net", grant.net);
    if (const auto parsed = NetGrant::parse(grant.net); !parsed)
        fields.error("net", parsed.error(), "write api.example.org, *.example.org or *, each with an optional :443");
    fields.read("read", grant.read);
    fields.read("write", grant.write);
    fields.read("exec", grant.exec);
    fields.finish();
}

void SectionReader::readLimits(const yaml::Node& node, yaml::Reader& plugin, PluginLimits& limits) {
    yaml::Reader fields(node, plugin.path("limits"), plugin.report());
    fields.readSize("memory", limits.memoryBytes, {0, 1ULL << 44});
    fields.read("threads", limits.threads, {0, 1'000'000});
    fields.readSize("file", limits.fileBytes, {0, 1ULL << 44});
    fields.read("cpu", limits.cpu);
    fields.readSize("output", limits.outputBytes, {1, 1U << 30});
    fields.read("host_calls", limits.hostCalls, {0, 1'000'000'000});
    fields.finish();
}

void SectionReader::readRecycling(const yaml::Node& node, yaml::Reader& plugin, PluginRecycling& recycle) {
    yaml::Reader fields(node, plugin.path("recycle"), plugin.report());
    fields.read("calls", recycle.calls, {0, 1'000'000'000'000});
    fields.read("age", recycle.age);
    fields.readSize("memory", recycle.memoryBytes, {0, 1ULL << 44});
    fields.finish();
}

}  // namespace stepd::config
