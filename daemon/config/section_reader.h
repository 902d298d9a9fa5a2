#pragma once

#include <filesystem>
#include <string>

#include "config/daemon_config.h"
#include "config/secret_reader.h"
#include "yaml/reader.h"

namespace stepd::config {

/// Reads the sections of `stepd.yaml` over the defaults in `config`. One use.
class SectionReader {
public:
    /// Paths in the file are relative to `base`, the file's directory.
    SectionReader(DaemonConfig& config, const SecretReader& secrets, std::filesystem::path base)
        : config_(config), secrets_(secrets), base_(std::move(base)) {}

    void read(yaml::Reader& fields);

private:
    void readHttp(yaml::Reader& fields);
    void readStore(yaml::Reader& fields);
    void readEngine(yaml::Reader& fields);
    void readAdmission(yaml::Reader& fields);
    void readLog(yaml::Reader& fields);
    void readPipelines(yaml::Reader& fields);
    void readRetryPolicies(const yaml::Node& policies, yaml::Report& report);
    void readDefaults(yaml::Reader& fields);
    void readLimiters(const yaml::Node& limiters, yaml::Report& report);
    void readSecrets(const yaml::Node& secrets, yaml::Report& report);
    void readEventKeys(const yaml::Node& keys, yaml::Report& report);
    void readPlugins(const yaml::Node& plugins, yaml::Report& report);
    // plugin_reader.cpp:
    void readPluginLock(yaml::Reader& fields);
    PluginConfig readPlugin(yaml::Reader& fields) const;
    void readCode(yaml::Reader& fields, PluginConfig& plugin) const;
    static void readIsolation(yaml::Reader& fields, PluginConfig& plugin);
    void readSecretNames(yaml::Reader& fields, std::vector<std::string>& secrets) const;
    static void readGrant(const yaml::Node& node, yaml::Reader& plugin, PluginGrant& grant);
    static void readLimits(const yaml::Node& node, yaml::Reader& plugin, PluginLimits& limits);
    static void readRecycling(const yaml::Node& node, yaml::Reader& plugin, PluginRecycling& recycle);
    /// `path` of a field, from `base`.
    void readPath(yaml::Reader& fields, std::string_view key, std::string& path,
                  const std::filesystem::path& base) const;

    DaemonConfig& config_;
    const SecretReader& secrets_;
    const std::filesystem::path base_;
};

void readOutbound(yaml::Reader& fields, OutboundConfig& outbound);

/// `rate` of a limiter or of an event key.
RateConfig readRate(yaml::Reader& fields);

/// One entry of `limiters`.
LimiterConfig readLimiter(yaml::Reader& fields);

/// `127.0.0.1:8288` or `[::1]:8288`; false if the text is anything else.
bool parseEndpoint(const std::string& text, std::string& address, std::uint16_t& port);

}  // namespace stepd::config
