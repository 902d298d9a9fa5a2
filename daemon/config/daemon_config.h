#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "model/plugin_rules.h"
#include "model/retry_policy.h"
#include "yaml/retry_policy.h"

namespace stepd::config {

// `config/stepd.yaml` in the source tree says to people what each setting means; names, units and defaults agree with
// it, and a test compares the two. Paths are absolute, or relative to the working directory if the configuration file
// was named so.

struct HttpConfig {
    std::string address = "127.0.0.1";  ///< literal IPv4 or IPv6
    std::uint16_t port = 8288;
    std::size_t connections = 10'000;
    std::size_t connectionsPerAddress = 1'000;
    std::uint64_t body = 1U << 20;         ///< bytes of a request to the event API
    std::uint64_t receiving = 128U << 20;  ///< bytes of all requests that are being received
    Duration headerTimeout = 10s;
    Duration idleTimeout = 60s;
};

struct StoreConfig {
    std::string path;                   ///< of the database
    std::uint64_t reserve = 16U << 20;  ///< bytes set aside on its disk for runs under way; 0: none
};

struct EngineConfig {
    std::size_t maxActiveRuns = 10'000;
    std::int32_t quarantineAfterCrashes = 3;
    Duration parkAfter = 10s;  ///< runs that nothing will move for longer leave memory until then
};

/// Up to where events are taken in (hardening R27).
struct AdmissionConfig {
    std::size_t maxEvents = 100'000;     ///< handed in and not yet on disk
    std::uint64_t maxBytes = 64U << 20;  ///< of those
    std::size_t maxQueuedRuns = 2'000'000;
    Duration maxDelay = 2s;                  ///< expected, until an event is on disk
    std::optional<std::uint64_t> maxMemory;  ///< resident bytes; absent: 80 % of the control group's limit
    std::uint64_t minFreeDisk = 256U << 20;  ///< bytes on the database's file system
};

enum class LogLevel { Debug, Info, Warning, Error };
enum class LogFormat { Text, Json };

struct LogConfig {
    LogLevel level = LogLevel::Info;
    LogFormat format = LogFormat::Text;
};

struct PluginConfig {
    std::string name;
    std::string library;                                ///< path of the shared library; empty if `exec` is given
    std::vector<std::string> exec;                      ///< a program that speaks our frames, and its arguments
    std::string sha256;                                 ///< of the library, 64 lower-case digits; empty: not checked
    std::string options = "{}";                         ///< JSON object
    std::size_t workers = 1;                            ///< processes
    std::size_t threads = 1;                            ///< calls at once in each
    std::optional<Duration> timeout;                    ///< no call takes longer, whatever its step says
    std::vector<std::string> secrets;                   ///< names in DaemonConfig::secrets that it is handed
    MissingBuild missingBuild = MissingBuild::Current;  ///< for runs that are pinned to one that is gone
    bool inproc = false;  ///< runs in the daemon itself, unprotected, instead of in worker processes
    PluginGrant grant;
    SandboxMode sandbox = SandboxMode::Required;
    PluginLimits limits;
    PluginRecycling recycle;
    /// For a step that is told to stop; for a worker to load the plugin. Absent: the host's defaults.
    std::optional<Duration> grace, loadTimeout;
};

/// Which code of plugins may be loaded at all; see plugin_lock.h.
struct PluginLockConfig {
    std::string configFile;                ///< stepd.yaml; not a setting
    std::string path;                      ///< of `plugins.lock`, beside it; not a setting
    bool required = false;                 ///< without it no plugin is loaded
    std::vector<std::string> trustedKeys;  ///< Ed25519, base64; not empty: one of them must have signed it
};

/// So many in a period, smoothly, and `burst` more at once after an idle time.
struct RateConfig {
    std::uint32_t limit = 1;
    Duration period{};
    std::uint32_t burst = 0;
};

/// A key that may send events. The key itself is gone after loading (hardening R31).
struct EventKey {
    std::string name;                ///< for logs
    std::string sha256;              ///< of the key, 64 lower-case digits
    std::optional<RateConfig> rate;  ///< of events
};

/// What steps of all pipelines share that name it with `limiter`. At least one of the two is set.
struct LimiterConfig {
    std::optional<std::uint32_t> concurrency;  ///< attempts at once
    std::optional<RateConfig> rate;            ///< of starts of attempts
};

/// How long what has ended is kept, where a pipeline does not say otherwise.
struct RetentionConfig {
    Duration completed = 24h * 30;  ///< runs, from their end
    Duration failed = 24h * 90;     ///< likewise, of failed, cancelled and quarantined ones
    Duration events = 24h * 30;     ///< from their receipt; longer while a run refers to them
};

struct OutboundConfig {
    std::vector<std::string> allow;  ///< host, CIDR or host:port that may be private; tests and demos only
    std::map<std::string, std::string> resolveOverrides;  ///< host to address:port; likewise
    std::vector<std::uint16_t> allowedPorts = {80, 443, 8080, 8443};
    std::size_t perHostConcurrency = 2;
    Duration perHostMinInterval = 500ms;
    std::uint64_t maxBody = 5U << 20;  ///< bytes of an answer, after decompression
    Duration timeout = 60s;            ///< of a whole request, whatever the plugin asks for
    std::string userAgent;             ///< empty: `stepd/VERSION`
};

struct DaemonConfig {
    std::string stateDirectory;  ///< not a setting: $STATE_DIRECTORY, else `./var`
    HttpConfig http;
    StoreConfig store;
    EngineConfig engine;
    AdmissionConfig admission;
    LogConfig log;
    std::string pluginDirectory;
    std::vector<PluginConfig> plugins;  ///< in the order of the file
    PluginLockConfig pluginLock;
    std::string pipelineDirectory;
    std::map<std::string, RetryPolicy> retryPolicies = yaml::builtInRetryPolicies();
    RetryPolicy defaultRetry;
    Duration defaultTimeout = 60s;
    RetentionConfig retention;
    std::map<std::string, LimiterConfig> limiters;
    std::vector<EventKey> eventKeys;
    /// By name; one whose environment variable is not set is empty, so that a plugin can tell it is not configured.
    std::map<std::string, Secret> secrets;
    OutboundConfig outbound;
};

}  // namespace stepd::config
