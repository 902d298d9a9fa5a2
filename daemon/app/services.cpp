#include "app/services.h"

#include <filesystem>
#include <random>

#include "api/reload.h"
#include "api/routes.h"
#include "app/backup.h"
#include "app/live_plugins.h"
#include "app/operator_key.h"
#include "app/resources.h"
#include "app/wiring.h"
#include "base/error.h"
#include "base/sha256.h"
#include "host/cgroup.h"
#include "json/writer.h"
#include "pipeline/loader.h"
#include "telemetry/log.h"

namespace stepd::app {
namespace {

/// The state directory is made before the store looks for its file there.
store::SqliteOptions storeOptions(const config::DaemonConfig& config, store::CommitObserver& observer,
                                  std::function<void(std::string)> onFailure) {
    namespace fs = std::filesystem;
    std::error_code error;
    fs::create_directories(config.stateDirectory, error);
    if (!error) fs::create_directories(fs::path(config.store.path).parent_path(), error);
    if (error)
        throw Error(ErrorCode::Configuration,
                    "cannot make the directory for " + config.store.path + ": " + error.message() +
                        "; give store.path or STATE_DIRECTORY a place that stepd may write to");
    store::SqliteOptions options;
    options.path = config.store.path;
    options.observer = &observer;
    options.onFailure = std::move(onFailure);
    if (config.store.reserve > 0)
        options.reserve = std::make_unique<store::ReserveFile>(
            (fs::absolute(config.store.path).parent_path() / "stepd.reserve").string(),
            static_cast<std::int64_t>(config.store.reserve));
    return options;
}

/// Of the daemon alone: whoever only looks at plugins keeps nothing.
host::HostOptions daemonHostOptions(const config::DaemonConfig& config, const std::string& secretMark) {
    host::HostOptions options = hostOptions(config, secretMark);
    options.buildDirectory = (std::filesystem::path(config.stateDirectory) / "plugins").string();
    return options;
}

/// With a home for the groups of workers, where systemd has given us one. Once, before any thread: it moves the
/// process.
host::HostOptions grouped(host::HostOptions options) {
    const auto group = host::delegatedGroup();
    const std::string problem = group ? host::settle(*group) : group.error();
    if (problem.empty()) options.groupHome = *group;
    log::info(problem.empty() ? "each worker has a control group" : "workers have no control groups of their own",
              {{"group", options.groupHome}, {"why", problem}});
    return options;
}

std::uint64_t seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

Services::Services(Setup setup, std::function<void()> terminate)
    : setup_(std::move(setup)),
      declared_(setup_.config),
      terminate_(std::move(terminate)),
      random_(seed()),
      secretMark_("secret-" + std::to_string(seed())),
      commits_(metrics_),
      store_(storeOptions(setup_.config, commits_,
                          [this](const std::string& sentence) {
                              diskFailed_ = true;
                              storeIsLost(sentence);
                          })),
      readers_(setup_.config.store.path, clock_),
      guard_(guardOptions(setup_.config.outbound)),
      connector_(connectorOptions(setup_.config.outbound), guard_, resolver_, clock_),
      workerServices_(connector_, setup_.config.secrets),
      host_(grouped(daemonHostOptions(setup_.config, secretMark_)), workerServices_, clock_),
      runLog_(metrics_, progress_),
      engine_(makeEngine()),
      apiPool_("api", 2),
      reloadPool_("reload", 1, TaskPool::AtStop::Discard, /*maxWaiting=*/100),
      pipelines_(makePipelines()),
      revisions_({.current = [this] { return pipelines_.current(); },
                  .load = [this](RevisionId id) { return loadRevision(id); }}),
      pendingRuns_(*engine_, clock_),
      load_(*engine_, clock_,
            {.memory = &residentBytes, .freeDisk = [this] { return freeBytes(setup_.config.store.path); }}),
      admission_(admissionLimits(setup_.config.admission), keyRates(setup_.config),
                 {.load = [this] { return load_.read(); }, .clock = clock_, .metrics = metrics_}),
      backend_(makeBackend()) {}

Services::~Services() {
    stop();
}

std::unique_ptr<engine::Engine> Services::makeEngine() {
    engine::EngineOptions options;
    options.maxOpenEvents = setup_.config.admission.maxEvents;
    options.maxOpenBytes = static_cast<std::size_t>(setup_.config.admission.maxBytes);
    options.maxActiveRuns = setup_.config.engine.maxActiveRuns;
    options.parkAfter = setup_.config.engine.parkAfter;
    options.limiters = limiterRules(setup_.config);
    const config::RetentionConfig& retention = setup_.config.retention;
    options.retention = store::RetentionRules{.runs = {.completed = retention.completed, .failed = retention.failed},
                                              .pipelines = {},
                                              .events = retention.events,
                                              .lookedBackFor = {}};
    options.secretMark = secretMark_;
    options.quarantineAfterCrashes = setup_.config.engine.quarantineAfterCrashes;
    // For the watchdog and for /health; twenty seconds without a round count as stuck.
    options.heartbeat =
        std::min<Duration>(5s, systemd_.feedInterval() > 0s ? systemd_.feedInterval() / 2 : Duration(5s));
    return engine::makeEngine(engine::EngineParts{.store = store_,
                                                  .invoker = host_,
                                                  .clock = clock_,
                                                  .random = random_,
                                                  .revisions = [this](RevisionId id) { return loadRevision(id); },
                                                  .observer = &runLog_,
                                                  .roundDone = [this](Instant now) { engineRoundDone(now); },
                                                  .fatal = [this](const std::string& why) { storeIsLost(why); }},
                              options);
}

api::Backend Services::makeBackend() {
    return {.engine = *engine_,
            .readers = readers_,
            .pool = apiPool_,
            .clock = clock_,
            .metrics = metrics_,
            .pendingRuns = pendingRuns_,
            .admission = admission_,
            .progress = progress_,
            .pipelines = [this] { return pipelines_.current(); },
            .plugins =
                [this] {
                    host_.refreshHealth();
                    std::vector<api::PluginView> views;
                    for (const auto& status : host_.plugins()) views.push_back(pluginView(status));
                    return views;
                },
            .parts =
                [this] {
                    const auto stats = readers_.stats();
                    json::Writer details;
                    details.beginObject().key("open_runs").number(stats.runsOpen);
                    details.key("database_bytes").number(stats.databaseBytes).key("wal_bytes").number(stats.walBytes);
                    return std::vector<api::PartHealth>{
                        {"store", storeFailed_ ? "unhealthy" : "healthy", details.endObject().take()}};
                },
            .reloadPool = reloadPool_,
            .reload = [this](api::ReloadMode mode) { return reload(mode); },
            .reloadPlugin =
                [this](const std::string& name, const api::PluginChanged& done) {
                    host_.reload(name, [done](const host::Swap& swap) { done(pluginChange(swap)); });
                },
            .rollBackPlugin =
                [this](const std::string& name, const std::string& to, const api::PluginChanged& done) {
                    host_.rollBack(name, to, [done](const host::Swap& swap) { done(pluginChange(swap)); });
                },
            .refreshMetrics = [this] { refreshMetrics(); },
            .backUp = [this](const auto& done) { app::backUp(store_, setup_.config.store.path, clock_, done); },
            .revision = [this](RevisionId id) { return revisions_.find(id); },
            .pipelineDirectory = std::filesystem::absolute(setup_.config.pipelineDirectory).lexically_normal().string(),
            .eventBodyLimit = static_cast<std::size_t>(setup_.config.http.body)};
}

api::LivePipelines Services::makePipelines() {
    return api::LivePipelines(
        {.directory = setup_.config.pipelineDirectory,
         .load = [this] { return loadPipelines(declared_); },
         .save =
             [this](const pipeline::Pipeline& pipeline) {
                 return store_.saveRevision(
                     {.id = {}, .pipeline = pipeline.id, .hash = pipeline.hash, .source = pipeline.source});
             },
         .makeRoutes = [this](const auto& pipelines) { return api::makeRoutes(backend_, pipelines); },
         .use =
             [this](const auto& pipelines, std::shared_ptr<const http::Router> routes) {
                 // In this order, so that an event of a new route finds its pipeline.
                 engine_->usePipelines(pipelines);
                 http_->setRoutes(std::move(routes));
             }});
}

http::ServerOptions Services::serverOptions() {
    const auto& config = setup_.config.http;
    http::ServerOptions options;
    options.address = config.address;
    options.port = config.port;
    options.limits.connections = config.connections;
    options.limits.connectionsPerAddress = config.connectionsPerAddress;
    options.limits.receiving = static_cast<std::size_t>(config.receiving);
    options.limits.headerTime = config.headerTimeout;
    options.limits.idleTime = config.idleTimeout;
    const auto control = std::make_shared<const api::AccessControl>(
        eventKeys(setup_.config),
        api::HashedKey{"operator", sha256Hex(loadOrMakeOperatorKey(setup_.config.stateDirectory))});
    options.authorize = [control](http::Request& request, http::Access access) {
        return control->check(request, access);
    };
    options.admit = [this](const http::Request& request) { return admission_.admit(request); };
    options.onFailure = [](const std::string& requestId, std::string_view what) {
        log::error("handler failed", {{"request_id", requestId}, {"error", what}});
    };
    return options;
}

void Services::start() {
    log::info("stepd starts", {{"version", STEPD_VERSION}, {"state_directory", setup_.config.stateDirectory}});
    if (!store_.warning().empty()) log::warning(store_.warning());
    if (!store_.copyBeforeMigration().empty())
        log::info("the database has a newer schema now", {{"copy_before", store_.copyBeforeMigration()}});
    if (guard_.relaxed())
        log::warning(
            "outbound.allow or outbound.resolve_overrides opens addresses that are not public; for tests and demos "
            "only");
    removeOldBackups(setup_.config.store.path);
    startService(store_);
    pipelines_.begin(setup_.pipelines);
    startService(resolver_);
    startService(connector_);
    host_.onChange([known = std::map<std::string, host::PluginState>()](const host::PluginStatus& status) mutable {
        const auto [last, fresh] = known.try_emplace(status.name, status.state);
        if (!fresh && last->second == status.state) return;
        last->second = status.state;
        const bool broken = status.state == host::PluginState::Broken;
        log::write(broken ? log::Level::Error : log::Level::Info, std::string("plugin is ") + toString(status.state),
                   {{"plugin", status.name}, {"reason", broken ? status.sentence : std::string()}});
    });
    if (!host_.shelfProblem().empty())
        log::warning("builds of plugins are kept only while stepd runs", {{"reason", host_.shelfProblem()}});
    host_.usePlugins(pluginSpecs(setup_.config));
    startService(host_);
    engine_->usePipelines(pipelines_.current());
    startService(*engine_);
    startService(apiPool_);
    http_ =
        std::make_unique<http::ReactorServer>(serverOptions(), clock_, api::makeRoutes(backend_, pipelines_.current()));
    startService(*http_);
    startService(reloadPool_);
    startService(pendingRuns_);  // stops before the server does: those who wait get their ids
    const std::string address = setup_.config.http.address;
    const std::string url = "http://" + (address.find(':') == address.npos ? address : "[" + address + "]") + ":" +
                            std::to_string(http_->port());
    log::info("listening", {{"url", url}, {"port", http_->port()}});
    listening_ = "listening on " + url;
    systemd_.ready(listening_);
}

void Services::startService(Service& service) {
    service.start();
    started_.push_back(&service);
}

void Services::stop() {
    if (!started_.empty()) {
        systemd_.stopping();
        log::info("stepd stops");
    }
    for (; !started_.empty(); started_.pop_back()) started_.back()->stop();
}

void Services::requestReload() {
    const bool taken = reloadPool_.post([this] {
        try {
            reload(api::ReloadMode::Apply);
        } catch (const std::exception& e) {
            log::error("reload failed; nothing has changed", {{"error", e.what()}});
        }
    });
    if (!taken) log::warning("reload is not done: too many wait");
}

api::ReloadReport Services::reload(api::ReloadMode mode) {
    // systemd waits for READY, whatever comes of it.
    struct Notice {
        Services& services;
        ~Notice() { services.systemd_.ready(services.listening_); }
    };
    std::optional<Notice> notice;
    if (mode == api::ReloadMode::Apply) {
        systemd_.reloading();
        notice.emplace(Notice{*this});
    }
    auto report = reloadAll(mode);
    if (mode == api::ReloadMode::Apply) api::logReload(report);
    return report;
}

/// First everything is looked at; if it is sound the plugins come first, so that a new step finds its plugin.
api::ReloadReport Services::reloadAll(api::ReloadMode mode) {
    auto [config, findings] = rereadConfig(setup_);
    const LivePlugins plugins(host_, workerServices_, clock_);
    if (!hasErrors(findings)) {
        const Diagnostics unfit = plugins.check(config, setup_.file);
        findings.insert(findings.end(), unfit.begin(), unfit.end());
    }
    if (hasErrors(findings)) return {std::move(findings), {}, {}};
    const auto before = std::exchange(declared_, std::move(config));
    auto report = pipelines_.reload(api::ReloadMode::DryRun);
    if (mode == api::ReloadMode::DryRun || hasErrors(report.findings)) {
        declared_ = before;
    } else {
        auto changes = plugins.use(before, declared_);
        report = pipelines_.reload(mode);
        report.plugins = std::move(changes);
    }
    report.findings.insert(report.findings.begin(), findings.begin(), findings.end());
    return report;
}

pipeline::PipelinePtr Services::loadRevision(RevisionId id) {
    const auto revision = store_.findRevision(id);
    if (!revision) return nullptr;
    auto loaded = pipeline::loadSource(revision->source);
    if (!loaded.pipeline) {
        const std::string first = loaded.findings.empty() ? "" : loaded.findings.front().text();
        log::error("an earlier revision of a pipeline cannot be read",
                   {{"pipeline", revision->pipeline}, {"error", first}});
        return nullptr;
    }
    auto pinned = std::make_shared<pipeline::Pipeline>(*loaded.pipeline);
    pinned->revision = id;
    return pinned;
}

void Services::storeIsLost(const std::string& sentence) {
    if (storeFailed_.exchange(true)) return;
    log::fatal("the store has failed; stepd stops so that nothing unsaved is acknowledged", {{"error", sentence}});
    terminate_();
}

void Services::engineRoundDone(Instant now) {
    systemd_.roundDone(now);
    if (!engine_) return;
    admission_.settle();
    const bool full = engine_->stats().storeFull;
    if (full != storeWasFull_)
        log::write(
            full ? log::Level::Error : log::Level::Info,
            full ? "the store has no space left: events are refused until there is" : "the store has space again",
            {{"database", setup_.config.store.path}});
    storeWasFull_ = full;
}

void Services::refreshMetrics() {
    const auto engine = engine_->stats();
    const auto& http = http_->metrics();
    const auto store = readers_.stats();
    const auto set = [this](const char* name, const char* help, double value) {
        metrics_.gauge(name, help).set(value);
    };
    set("stepd_runs_active", "Runs in memory.", static_cast<double>(engine.activeRuns));
    set("stepd_runs_queued", "Runs in the store that wait for a place in memory.",
        static_cast<double>(engine.queuedRuns));
    set("stepd_attempts_running", "Attempts that a worker executes.", static_cast<double>(engine.runningAttempts));
    set("stepd_timers_waiting", "Retries that wait for their time.", static_cast<double>(engine.waitingTimers));
    set("stepd_waits_parked", "Waits of runs that are in the store alone.", static_cast<double>(engine.parkedWaits));
    const auto load = load_.read();
    set("stepd_events_open", "Events that are not on disk yet, or not shown to all who wait for them.",
        static_cast<double>(load.openEvents));
    set("stepd_events_open_bytes", "Bytes of events that are not on disk yet.", static_cast<double>(load.openBytes));
    set("stepd_admission_queued_runs", "Runs that wait for room or for their turn; see admission.max_queued_runs.",
        static_cast<double>(load.queuedRuns));
    set("stepd_commit_age_seconds", "How long the open commit has been open.",
        std::chrono::duration<double>(load.commitAge).count());
    set("stepd_events_per_second", "What the disk takes in when it is busy; 0: not known.", load.eventsPerSecond);
    set("stepd_memory_bytes", "Resident memory of the daemon.", static_cast<double>(load.memory));
    if (load.freeDisk)
        set("stepd_disk_free_bytes", "Free space on the file system of the database.",
            static_cast<double>(*load.freeDisk));
    set("stepd_runs_pruned", "Runs deleted since the start because their retention was over.",
        static_cast<double>(engine.prunedRuns));
    set("stepd_store_full", "1 while events are refused for want of space.", engine.storeFull ? 1 : 0);
    set("stepd_store_on_reserve", "1 while runs under way are recorded in the space that was set aside.",
        engine.onReserve ? 1 : 0);
    set("stepd_store_database_bytes", "Size of the database.", static_cast<double>(store.databaseBytes));
    set("stepd_store_wal_bytes", "Size of the write-ahead log.", static_cast<double>(store.walBytes));
    set("stepd_http_connections", "Open connections.", static_cast<double>(http.open));
    set("stepd_http_requests", "Requests handed to a handler since the start.", static_cast<double>(http.requests));
    for (const auto& plugin : host_.plugins())
        metrics_.gauge("stepd_plugin_ready", "1 if the plugin takes calls.", {{"plugin", plugin.name}})
            .set(plugin.state == host::PluginState::Ready ? 1 : 0);
}

}  // namespace stepd::app
