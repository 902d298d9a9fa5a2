#include "host/grant_check.h"

#include <algorithm>
#include <filesystem>

#include "host/capabilities.h"
#include "host/plugin_spec.h"
#include "model/net_grant.h"

namespace stepd::host {
namespace {

namespace fs = std::filesystem;

void add(std::vector<std::string>& all, const std::string& one) {
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
}

std::string absolute(const std::string& path, const std::string& directory) {
    std::string whole = (fs::absolute(directory.empty() ? "." : directory) / path).lexically_normal().string();
    if (whole.size() > 1 && whole.ends_with('/')) whole.pop_back();
    return whole;
}

bool isWithin(const std::string& path, const std::vector<std::string>& granted, const std::string& directory) {
    return std::any_of(granted.begin(), granted.end(), [&](const std::string& folder) {
        const auto apart = fs::path(path).lexically_relative(absolute(folder, directory));
        return !apart.empty() && *apart.begin() != "..";
    });
}

std::string listed(const std::vector<std::string>& names) {
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "\"" : ", \"") + name + "\"";
    return "[" + list + "]";
}

/// Findings on one plugin, in its words and in those of stepd.yaml.
class Gaps {
public:
    Gaps(const PluginSpec& spec, std::string file) : spec_(spec), file_(std::move(file)) {}

    void names(const char* what, const char* key, const std::vector<std::string>& missing) {
        if (!missing.empty())
            warn(std::string("asks ") + what + " " + listed(missing),
                 "grant: {" + std::string(key) + ": " + listed(missing) + "}");
    }
    void warn(const std::string& asks, const std::string& line) {
        const std::string plugin = "plugins." + spec_.name;
        findings_.push_back({.severity = Severity::Warning,
                             .file = file_,
                             .path = plugin,
                             .message = plugin + ": the plugin " + asks + ", which is not granted",
                             .hint = "add `" + line + "` to " + plugin + ", or leave it: what needs it is refused"});
    }
    Diagnostics take() { return std::move(findings_); }

private:
    const PluginSpec& spec_;
    const std::string file_;
    Diagnostics findings_;
};

}  // namespace

std::optional<Asked> askedBy(const PluginDescription& plugin, std::string_view options, const std::string& directory) {
    Asked all;
    bool says = false;
    for (const auto& step : plugin.steps) {
        const auto read = readCapabilities(step, options);
        if (!read || !*read) continue;
        says = true;
        const Capabilities& asked = **read;
        for (const auto& host : asked.net) add(all.grant.net, host);
        for (const auto& path : asked.read) add(all.grant.read, absolute(path, directory));
        for (const auto& path : asked.write) add(all.grant.write, absolute(path, directory));
        for (const auto& name : asked.secrets) add(all.secrets, name);
        all.grant.exec = all.grant.exec || asked.exec;
    }
    return says ? std::optional(std::move(all)) : std::nullopt;
}

Diagnostics grantFindings(const PluginSpec& spec, const PluginDescription& plugin, const std::string& directory,
                          const std::string& file) {
    const Asked asked = askedBy(plugin, spec.options, directory).value_or(Asked());
    const auto granted = NetGrant::parse(spec.grant.net);
    std::vector<std::string> net, read, write, secrets;
    for (const auto& host : asked.grant.net) {
        const bool any = host == "*" && !spec.grant.net.empty();
        if (!any && !(granted && granted->covers(host))) net.push_back(host);
    }
    for (const auto& path : asked.grant.read)
        if (!isWithin(path, spec.grant.read, directory) && !isWithin(path, spec.grant.write, directory))
            read.push_back(path);
    for (const auto& path : asked.grant.write)
        if (!isWithin(path, spec.grant.write, directory)) write.push_back(path);
    for (const auto& name : asked.secrets)
        if (std::find(spec.secrets.begin(), spec.secrets.end(), name) == spec.secrets.end()) secrets.push_back(name);
    Gaps gaps(spec, file);
    gaps.names("for the hosts", "net", net);
    gaps.names("to read", "read", read);
    gaps.names("to write", "write", write);
    if (asked.grant.exec && !spec.grant.exec) gaps.warn("asks to start programs", "grant: {exec: true}");
    if (!secrets.empty()) gaps.warn("asks for the secrets " + listed(secrets), "secrets: " + listed(secrets));
    return gaps.take();
}

}  // namespace stepd::host
