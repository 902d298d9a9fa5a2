#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "api/admission_gate.h"
#include "api/backend.h"
#include "api/live_pipelines.h"
#include "api/load_monitor.h"
#include "api/pending_runs.h"
#include "api/progress_board.h"
#include "api/revision_shelf.h"
#include "app/commit_counter.h"
#include "app/run_log.h"
#include "app/setup.h"
#include "app/systemd_notifier.h"
#include "app/worker_services.h"
#include "base/random.h"
#include "base/system_clock.h"
#include "engine/engine.h"
#include "host/supervisor.h"
#include "http/reactor_server.h"
#include "outbound/connector.h"
#include "outbound/guard.h"
#include "outbound/resolver.h"
#include "store/sqlite/sqlite_readers.h"
#include "store/sqlite/sqlite_store.h"
#include "telemetry/metrics.h"

namespace stepd::app {

/// The one place where concrete classes meet. Members stand in the order in which they are built: what a member uses is
/// above it. `start` and `stop` belong to the main thread.
class Services {
public:
    /// Takes the store's lock and migrates it. `terminate` asks the process to stop; any thread. Throws Error.
    Services(Setup setup, std::function<void()> terminate);
    ~Services();

    /// Everything runs and requests are accepted when it returns. Throws Error; then `stop` is still due.
    void start();
    /// In reverse order: no more requests, running steps are told to stop, what was accepted is on disk. Safe twice.
    void stop();
    /// Reads plugins and pipelines again on a thread of its own; the outcome is logged.
    void requestReload();
    /// Why `terminate` was called from inside.
    enum class Failure { None, Disk, Engine };
    /// `Disk` also where the engine has noticed it first. After `stop`.
    Failure failure() const { return diskFailed_ ? Failure::Disk : storeFailed_ ? Failure::Engine : Failure::None; }

private:
    std::unique_ptr<engine::Engine> makeEngine();
    api::LivePipelines makePipelines();
    api::ReloadReport reload(api::ReloadMode mode);
    api::ReloadReport reloadAll(api::ReloadMode mode);
    pipeline::PipelinePtr loadRevision(RevisionId id);
    api::Backend makeBackend();
    http::ServerOptions serverOptions();
    void storeIsLost(const std::string& sentence);
    void refreshMetrics();
    void engineRoundDone(Instant now);
    void startService(Service& service);

    Setup setup_;
    config::DaemonConfig declared_;  ///< as read last, for pipelines and plugins; of the reload's thread
    const std::function<void()> terminate_;
    std::atomic<bool> storeFailed_{false};
    std::atomic<bool> diskFailed_{false};
    bool storeWasFull_ = false;  ///< engine thread only
    std::string listening_;      ///< the status that systemd shows
    SystemClock clock_;
    SeededRandom random_;
    /// What no event can guess: see EngineOptions::secretMark.
    const std::string secretMark_;
    Metrics metrics_;
    SystemdNotifier systemd_;
    std::vector<Service*> started_;

    CommitCounter commits_;
    store::SqliteStore store_;
    store::SqliteReaders readers_;
    outbound::Guard guard_;
    outbound::SystemResolver resolver_;
    outbound::Connector connector_;
    WorkerServices workerServices_;
    host::Supervisor host_;
    api::ProgressBoard progress_;
    RunLog runLog_;
    std::unique_ptr<engine::Engine> engine_;
    TaskPool apiPool_;
    TaskPool reloadPool_;
    api::LivePipelines pipelines_;
    api::RevisionShelf revisions_;
    api::PendingRuns pendingRuns_;
    api::LoadMonitor load_;
    api::AdmissionGate admission_;
    const api::Backend backend_;
    std::unique_ptr<http::ReactorServer> http_;
};

}  // namespace stepd::app
