#include "app/wiring.h"

#include <filesystem>

#include "app/resources.h"
#include "base/text.h"
#include "config/plugin_lock.h"
#include "json/writer.h"

namespace stepd::app {

outbound::GuardOptions guardOptions(const config::OutboundConfig& config) {
    return {.ports = config.allowedPorts, .allow = config.allow, .resolveOverrides = config.resolveOverrides};
}

outbound::ConnectorOptions connectorOptions(const config::OutboundConfig& config) {
    outbound::ConnectorOptions options;
    options.politeness = {.perHostConcurrency = config.perHostConcurrency,
                          .perHostMinInterval = config.perHostMinInterval};
    options.maxBodyBytes = config.maxBody;
    options.maxTimeout = config.timeout;
    if (!config.userAgent.empty()) options.userAgent = config.userAgent;
    return options;
}

std::string workerProgram() {
    namespace fs = std::filesystem;
    const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
    const fs::path beside = here / "stepd-worker";
    return fs::exists(beside) ? beside.string() : (here.parent_path() / "libexec/stepd/stepd-worker").string();
}

host::HostOptions hostOptions(const config::DaemonConfig& config, const std::string& secretMark) {
    host::HostOptions options;
    options.workerProgram = workerProgram();
    // Before the first start it is not there; a check goes without it.
    if (std::filesystem::exists(config.stateDirectory)) options.workingDirectory = config.stateDirectory;
    options.stateDirectory = config.stateDirectory;
    options.secretMark = secretMark;
    options.admit = [lock = config.pluginLock](const host::PluginSpec& spec, const host::Library& library) {
        return config::lockProblem(lock, spec.name, library.sha256);
    };
    return options;
}

std::vector<host::PluginSpec> pluginSpecs(const config::DaemonConfig& config) {
    // Where workers work: what a plugin's options name and what it is granted means the same.
    const auto directory = std::filesystem::absolute(config.stateDirectory);
    std::vector<host::PluginSpec> specs;
    for (const auto& plugin : config.plugins) {
        host::PluginSpec spec;
        spec.name = plugin.name;
        spec.library = plugin.library;
        spec.exec = plugin.exec;
        spec.folder = config.pluginDirectory;
        spec.sha256 = plugin.sha256;
        spec.options = plugin.options;
        spec.workers = static_cast<std::uint32_t>(plugin.workers);
        spec.threads = static_cast<std::uint32_t>(plugin.threads);
        spec.maxTimeout = plugin.timeout;
        spec.grace = plugin.grace;
        spec.loadTimeout = plugin.loadTimeout;
        spec.secrets = plugin.secrets;
        spec.isolation = plugin.inproc ? host::Isolation::Inproc : host::Isolation::Process;
        spec.grant = plugin.grant;
        for (auto* paths : {&spec.grant.read, &spec.grant.write})
            for (std::string& path : *paths) path = (directory / path).lexically_normal().string();
        spec.sandbox = plugin.sandbox;
        spec.limits = plugin.limits;
        spec.recycle = plugin.recycle;
        spec.missingBuild = plugin.missingBuild;
        specs.push_back(std::move(spec));
    }
    return specs;
}

std::map<std::string, engine::LaneRule> limiterRules(const config::DaemonConfig& config) {
    std::map<std::string, engine::LaneRule> rules;
    for (const auto& [name, limiter] : config.limiters) {
        engine::LaneRule rule{limiter.concurrency, std::nullopt};
        if (limiter.rate)
            rule.rate = engine::GcraRule{limiter.rate->period / limiter.rate->limit, limiter.rate->burst + 1};
        rules.emplace(name, rule);
    }
    return rules;
}

namespace {

api::BuildView buildView(const host::BuildName& name) {
    return {.build = name.build, .version = name.version, .sha256 = name.sha256};
}

}  // namespace

api::PluginView pluginView(const host::PluginStatus& status) {
    api::PluginView view{.name = status.name,
                         .state = toString(status.state),
                         .problem = status.state == host::PluginState::Broken ? status.sentence : std::string(),
                         .version = {},
                         .summary = {},
                         .library = status.library,
                         .steps = {},
                         .workers = status.workers,
                         .slots = status.slots,
                         .restarts = status.restarts,
                         .health = {},
                         .asked = {},
                         .granted = {status.grant, status.secrets},
                         .sandbox = toString(status.sandbox),
                         .enforced = {}};
    if (status.asked) view.asked = api::PluginReach{status.asked->grant, status.asked->secrets};
    if (status.enforced)
        view.enforced =
            api::SandboxView{status.enforced->seccomp, status.enforced->landlockAbi, status.enforced->findings};
    if (status.description) {
        view.version = status.description->version;
        for (const auto& step : status.description->steps) {
            view.steps.push_back(step.type);
            if (view.summary.empty()) view.summary = step.summary;
        }
    }
    const bool known = status.health.state != host::HealthState::Unknown;
    view.health.name = status.name;
    view.health.status = known ? toString(status.health.state) : "healthy";
    json::Writer details;
    details.beginObject().field("message", status.health.message).key("details").raw(status.health.details).endObject();
    view.health.details = details.take();
    view.build = buildView(status.build);
    if (status.since != Timestamp{}) view.since = toRfc3339(status.since);
    view.previous = buildView(status.previous);
    view.notUsed = status.notUsed;
    for (const auto& generation : status.generations)
        view.generations.push_back({.number = generation.number,
                                    .role = toString(generation.role),
                                    .build = buildView(generation.name),
                                    .running = generation.running,
                                    .queued = generation.queued});
    return view;
}

api::PluginChange pluginChange(const host::Swap& swap) {
    return {.plugin = swap.plugin,
            .status = toString(swap.kind),
            .before = buildView(swap.before),
            .after = buildView(swap.after),
            .problem = swap.sentence};
}

std::vector<api::HashedKey> eventKeys(const config::DaemonConfig& config) {
    std::vector<api::HashedKey> keys;
    for (const auto& key : config.eventKeys) keys.push_back({key.name, key.sha256});
    return keys;
}

std::map<std::string, api::KeyRate> keyRates(const config::DaemonConfig& config) {
    std::map<std::string, api::KeyRate> rates;
    for (const auto& key : config.eventKeys) {
        if (!key.rate) continue;
        const Duration interval = key.rate->period / key.rate->limit;
        rates[key.name] = {.interval = interval, .ahead = interval * static_cast<std::int64_t>(key.rate->burst)};
    }
    return rates;
}

api::AdmissionLimits admissionLimits(const config::AdmissionConfig& config) {
    // Workers and the page cache of the database share the group: the daemon alone must not fill it.
    const auto share = [](std::uint64_t limit) { return limit / 5 * 4; };
    const auto ofGroup = memoryLimit();
    return {.maxEvents = config.maxEvents,
            .maxBytes = static_cast<std::size_t>(config.maxBytes),
            .maxQueuedRuns = config.maxQueuedRuns,
            .maxDelay = config.maxDelay,
            .maxMemory = config.maxMemory.value_or(ofGroup ? share(*ofGroup) : 0),
            .minFreeDisk = config.minFreeDisk};
}

}  // namespace stepd::app
