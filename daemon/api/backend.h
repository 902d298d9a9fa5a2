#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/live_pipelines.h"
#include "api/plugin_change.h"
#include "base/clock.h"
#include "base/task_pool.h"
#include "engine/engine.h"
#include "http/request.h"
#include "http/responder.h"
#include "http/response.h"
#include "http/router.h"
#include "model/plugin_rules.h"
#include "pipeline/pipeline.h"
#include "store/readers.h"
#include "telemetry/metrics.h"

namespace stepd::api {

class AdmissionGate;
class PendingRuns;
class ProgressBoard;

/// A part of the daemon, as health tells of it.
struct PartHealth {
    std::string name;
    std::string status;   ///< `healthy`, `limited` or `unhealthy`
    std::string details;  ///< JSON object, or empty
};

struct GenerationView {
    std::uint64_t number = 0;
    std::string role;  ///< `current`, `loading`, `retired`
    BuildView build;
    std::size_t running = 0;
    std::size_t queued = 0;
};

/// What a plugin asks for, or is granted.
struct PluginReach {
    PluginGrant grant;
    std::vector<std::string> secrets;  ///< names
};

/// What a worker has taken from itself.
struct SandboxView {
    bool seccomp = false;
    std::int32_t landlockAbi = 0;       ///< 0: none
    std::vector<std::string> findings;  ///< what could not be done
};

/// A declared plugin, as people see it.
struct PluginView {
    std::string name;
    std::string state;    ///< `loading`, `ready`, `broken`
    std::string problem;  ///< one sentence when broken
    std::string version;
    std::string summary;
    std::string library;
    std::vector<std::string> steps;
    std::size_t workers = 0;
    std::size_t slots = 0;
    std::uint64_t restarts = 0;
    PartHealth health;
    std::optional<PluginReach> asked;  ///< absent: it does not say
    PluginReach granted;
    std::string sandbox;                  ///< `required`, `available`, `off`
    std::optional<SandboxView> enforced;  ///< absent: inside the daemon, or no worker has started yet
    BuildView build = {};
    std::string since = {};  ///< RFC 3339: when `build` began to take calls; may be empty
    BuildView previous = {};
    std::string notUsed = {};  ///< why what was declared or installed last is not what runs
    std::vector<GenerationView> generations = {};
};

/// A copy of the database, or why there is none.
struct Backup {
    enum class Status { Done, Busy, Failed };
    Status status = Status::Done;
    std::string problem;  ///< one sentence unless Done
    std::string path;     ///< absolute
    std::int64_t bytes = 0;
};

/// What the handlers work with. Borrowed: all of it outlives the server. The functions are thread-safe and may block a
/// little, so they are called from the pool alone.
struct Backend {
    engine::Engine& engine;
    store::Readers& readers;
    TaskPool& pool;
    const Clock& clock;
    Metrics& metrics;
    PendingRuns& pendingRuns;
    AdmissionGate& admission;
    ProgressBoard& progress;
    std::function<std::vector<pipeline::PipelinePtr>()> pipelines;
    std::function<std::vector<PluginView>()> plugins;
    std::function<std::vector<PartHealth>()> parts;
    TaskPool& reloadPool;  ///< of one thread
    /// See LivePipelines::reload; called from `reloadPool` alone.
    std::function<ReloadReport(ReloadMode)> reload;
    // The plugin is loaded anew, or goes back to a build before; `done` is called once, on any thread.
    std::function<void(const std::string& name, PluginChanged done)> reloadPlugin = {};
    std::function<void(const std::string& name, const std::string& to, PluginChanged done)> rollBackPlugin = {};
    /// Brings gauges up to date before they are read.
    std::function<void()> refreshMetrics;
    /// Copies the database beside itself; does not block. The callback runs on any thread and must only post.
    std::function<void(std::function<void(const Backup&)>)> backUp = {};
    /// Also of one that is not current; null: it cannot be read any more.
    std::function<pipeline::PipelinePtr(RevisionId)> revision = {};
    std::string pipelineDirectory = {};                    ///< where `reload` reads
    std::size_t eventBodyLimit = http::kDefaultBodyLimit;  ///< bytes of a request to the event API
};

/// A handler that only reads: it runs on the pool.
http::Handler reading(const Backend& backend, http::Response (*handle)(const Backend&, const http::Request&));

/// Runs `handle` on the pool and answers with what it returns; absent if it has passed the responder on to somebody who
/// answers later. 503 if the pool is full, 500 and a log line if it throws.
void answerFromPool(TaskPool& pool, http::Request request, http::Responder responder,
                    std::function<std::optional<http::Response>(const http::Request&)> handle);

}  // namespace stepd::api
