#include "config/section_reader.h"

#include <algorithm>
#include <set>

#include "base/sha256.h"
#include "yaml/json.h"

namespace stepd::config {
namespace {

// 128 random bits (hardening R31) are 22 characters of base64 and 32 of hexadecimal.
constexpr std::size_t kLeastKey = 22;

/// A mapping of names to mappings or texts keeps `*` for the name in what the language knows.
yaml::Reader namedReader(const yaml::Node& node, const std::string& section, const std::string& name,
                         yaml::Report& report) {
    return {node, section + "[" + name + "]", report};
}

bool isName(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.';
    });
}

void checkName(const yaml::Entry& entry, const std::string& section, yaml::Report& report) {
    if (!isName(entry.key))
        report.error(entry.mark, section, "`" + entry.key + "` is no name",
                     "use letters, digits and _ - ., at most 64");
}

}  // namespace

void SectionReader::read(yaml::Reader& fields) {
    yaml::Report& report = fields.report();
    const auto section = [&](const char* key, auto&& readSection) {
        if (const yaml::Node* node = fields.mapping(key)) {
            yaml::Reader inner(*node, key, report);
            readSection(inner);
            inner.finish();
        }
    };
    section("http", [this](yaml::Reader& inner) { readHttp(inner); });
    section("store", [this](yaml::Reader& inner) { readStore(inner); });
    section("engine", [this](yaml::Reader& inner) { readEngine(inner); });
    section("admission", [this](yaml::Reader& inner) { readAdmission(inner); });
    section("log", [this](yaml::Reader& inner) { readLog(inner); });
    section("pipelines", [this](yaml::Reader& inner) { readPipelines(inner); });
    section("plugin_lock", [this](yaml::Reader& inner) { readPluginLock(inner); });
    section("outbound", [this](yaml::Reader& inner) { readOutbound(inner, config_.outbound); });
    // Policies before what may name one, secrets before the plugins that do.
    if (const yaml::Node* policies = fields.mapping("retry_policies")) readRetryPolicies(*policies, report);
    section("defaults", [this](yaml::Reader& inner) { readDefaults(inner); });
    if (const yaml::Node* limiters = fields.mapping("limiters")) readLimiters(*limiters, report);
    if (const yaml::Node* secrets = fields.mapping("secrets")) readSecrets(*secrets, report);
    if (const yaml::Node* keys = fields.list("event_keys")) readEventKeys(*keys, report);
    readPath(fields, "plugin_directory", config_.pluginDirectory, base_);
    if (const yaml::Node* plugins = fields.mapping("plugins")) readPlugins(*plugins, report);
    fields.finish();
}

void SectionReader::readHttp(yaml::Reader& fields) {
    HttpConfig& http = config_.http;
    std::string listen;
    if (fields.read("listen", listen) && !parseEndpoint(listen, http.address, http.port))
        fields.error("listen", "`listen` must be an address and a port", "write 127.0.0.1:8288 or [::1]:8288");
    const yaml::Node* node = fields.mapping("limits");
    if (node == nullptr) return;
    yaml::Reader limits(*node, fields.path("limits"), fields.report());
    limits.read("connections", http.connections, {1, 1'000'000});
    limits.read("connections_per_address", http.connectionsPerAddress, {1, 1'000'000});
    limits.readSize("body", http.body, {1, 64U << 20});
    limits.readSize("receiving", http.receiving, {1U << 20, 1ULL << 36});
    limits.read("header_timeout", http.headerTimeout, {1ms, 10min});
    limits.read("idle_timeout", http.idleTimeout, {1ms, 1h});
    limits.finish();
}

void SectionReader::readStore(yaml::Reader& fields) {
    readPath(fields, "path", config_.store.path, base_);
    fields.readSize("reserve", config_.store.reserve, {0, 1U << 30});
}

void SectionReader::readEngine(yaml::Reader& fields) {
    fields.read("max_active_runs", config_.engine.maxActiveRuns, {1, 10'000'000});
    fields.read("quarantine_after_crashes", config_.engine.quarantineAfterCrashes, {1, 1000});
    fields.read("park_after", config_.engine.parkAfter, {100ms, 1h});
}

void SectionReader::readAdmission(yaml::Reader& fields) {
    AdmissionConfig& admission = config_.admission;
    fields.read("max_events", admission.maxEvents, {1, 10'000'000});
    fields.readSize("max_bytes", admission.maxBytes, {1U << 20, 1ULL << 36});
    fields.read("max_queued_runs", admission.maxQueuedRuns, {1, 1'000'000'000});
    fields.read("max_delay", admission.maxDelay, {100ms, 10min});
    std::uint64_t memory = 0;
    if (fields.readSize("max_memory", memory, {64U << 20, 1ULL << 44})) admission.maxMemory = memory;
    fields.readSize("min_free_disk", admission.minFreeDisk, {0, 1ULL << 44});
}

void SectionReader::readLog(yaml::Reader& fields) {
    fields.read("level", config_.log.level,
                {{"debug", LogLevel::Debug},
                 {"info", LogLevel::Info},
                 {"warning", LogLevel::Warning},
                 {"error", LogLevel::Error}});
    fields.read("format", config_.log.format, {{"text", LogFormat::Text}, {"json", LogFormat::Json}});
}

void SectionReader::readPipelines(yaml::Reader& fields) {
    readPath(fields, "directory", config_.pipelineDirectory, base_);
}

void SectionReader::readRetryPolicies(const yaml::Node& policies, yaml::Report& report) {
    for (const auto& entry : policies.entries) {
        checkName(entry, "retry_policies", report);
        yaml::Reader fields = namedReader(*entry.value, "retry_policies", entry.key, report);
        RetryPolicy policy;
        yaml::readRetryPolicy(fields, policy);
        fields.finish();
        config_.retryPolicies[entry.key] = std::move(policy);
    }
}

void SectionReader::readDefaults(yaml::Reader& fields) {
    fields.read("timeout", config_.defaultTimeout, {1ms, 24h * 7});
    if (const yaml::Node* node = fields.mapping("retention")) {
        yaml::Reader retention(*node, fields.path("retention"), fields.report());
        const yaml::Range<Duration> range{1s, 24h * 36'500};
        retention.read("completed", config_.retention.completed, range);
        retention.read("failed", config_.retention.failed, range);
        retention.read("events", config_.retention.events, range);
        retention.finish();
    }
    std::string name;
    if (!fields.read("retry", name)) return;
    const auto policy = config_.retryPolicies.find(name);
    if (policy != config_.retryPolicies.end()) {
        config_.defaultRetry = policy->second;
        return;
    }
    std::vector<std::string> names;
    for (const auto& known : config_.retryPolicies) names.push_back(known.first);
    const std::string meant = didYouMean(name, names);
    fields.error("retry", "no retry policy is named `" + name + "`",
                 meant.empty() ? "" : "did you mean `" + meant + "`?");
}

void SectionReader::readLimiters(const yaml::Node& limiters, yaml::Report& report) {
    for (const auto& entry : limiters.entries) {
        checkName(entry, "limiters", report);
        yaml::Reader fields = namedReader(*entry.value, "limiters", entry.key, report);
        config_.limiters[entry.key] = readLimiter(fields);
    }
}

void SectionReader::readSecrets(const yaml::Node& secrets, yaml::Report& report) {
    yaml::Reader fields(secrets, "secrets", report);
    for (const auto& entry : secrets.entries) {
        checkName(entry, "secrets", report);
        config_.secrets[entry.key] = secrets_.read(fields, entry.key, Absence::Allowed);
    }
}

void SectionReader::readEventKeys(const yaml::Node& keys, yaml::Report& report) {
    std::set<std::string> names;
    std::set<std::string> digests;
    for (std::size_t i = 0; i < keys.items.size(); ++i) {
        yaml::Reader fields(*keys.items[i], yaml::itemPath("event_keys", i), report);
        fields.require({"name", "key"});
        EventKey known;
        if (fields.read("name", known.name) && !names.insert(known.name).second)
            fields.error("name", "two event keys are named `" + known.name + "`");
        const Secret key = secrets_.read(fields, "key", Absence::Refused);
        if (const yaml::Node* node = fields.mapping("rate")) {
            yaml::Reader rate(*node, fields.path("rate"), report);
            known.rate = readRate(rate);
        }
        fields.finish();
        if (key.empty()) continue;
        if (key.reveal().size() < kLeastKey)
            fields.error("key", "an event key has at least " + std::to_string(kLeastKey) + " characters",
                         "make one: openssl rand -hex 16");
        known.sha256 = sha256Hex(key.reveal());
        if (!digests.insert(known.sha256).second) fields.error("key", "two event keys are the same");
        config_.eventKeys.push_back(std::move(known));
    }
}

void SectionReader::readPlugins(const yaml::Node& plugins, yaml::Report& report) {
    for (const auto& entry : plugins.entries) {
        checkName(entry, "plugins", report);
        yaml::Reader fields = namedReader(*entry.value, "plugins", entry.key, report);
        PluginConfig plugin = readPlugin(fields);
        plugin.name = entry.key;
        config_.plugins.push_back(std::move(plugin));
    }
}

void SectionReader::readPath(yaml::Reader& fields, std::string_view key, std::string& path,
                             const std::filesystem::path& base) const {
    std::string text;
    if (!fields.read(key, text)) return;
    if (text.empty()) return fields.error(key, "`" + std::string(key) + "` is empty");
    path = (base / text).lexically_normal().string();
}

}  // namespace stepd::config
