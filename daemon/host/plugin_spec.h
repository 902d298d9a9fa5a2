#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "host/grant_check.h"
#include "host/library_file.h"
#include "host/messages.h"
#include "model/plugin_rules.h"

namespace stepd::host {

/// Where a plugin's code runs.
enum class Isolation {
    Process,  ///< in workers: whatever it does, the daemon lives
    Inproc,   ///< in the daemon itself, loaded once a worker has shown that it loads: its crash is the daemon's
};

/// A plugin as the operator declares it in stepd.yaml.
struct PluginSpec {
    std::string name;                    ///< how pipelines call it
    std::string library;                 ///< path of the shared library; empty if `exec` is given
    std::vector<std::string> exec;       ///< a program that speaks our frames, and its arguments
    std::string folder;                  ///< where words of `exec` that name files are looked for
    std::string sha256;                  ///< lower-case hex; empty: not checked
    std::string options = "{}";          ///< JSON object; a step's `with` is merged over it
    std::uint32_t workers = 1;           ///< processes
    std::uint32_t threads = 1;           ///< calls at once in each, if its step types allow it
    std::optional<Duration> maxTimeout;  ///< cuts the timeout of every call
    std::vector<std::string> secrets;    ///< names that it may read
    PluginGrant grant;
    SandboxMode sandbox = SandboxMode::Required;
    PluginLimits limits;
    PluginRecycling recycle;
    MissingBuild missingBuild = MissingBuild::Current;
    /// In place of HostOptions::cancelGrace and loadTimeout.
    std::optional<Duration> grace, loadTimeout;
    Isolation isolation = Isolation::Process;

    /// Of one result: its limit, or what a frame can carry.
    std::uint64_t maxOutputBytes() const;

    friend bool operator==(const PluginSpec&, const PluginSpec&) = default;
};

/// How the host treats all workers.
struct HostOptions {
    std::string workerProgram;  ///< path of stepd-worker; stepd-exec-worker and stepd-symbolizer lie beside it
    std::vector<std::string> environment{"PATH=/usr/bin:/bin", "LANG=C.UTF-8"};  ///< all of it
    std::string workingDirectory;                                                ///< of the workers; empty: ours
    std::string stateDirectory;         ///< for what the host keeps and what workers may scribble on; empty: none
    std::string groupHome;              ///< control group that `settle` (cgroup.h) has prepared; empty: none
    std::string secretMark = "secret";  ///< `${MARK:NAME}` in a step's `with` is where a secret's value goes
    bool checkLibraryOwner = true;      ///< hardening R24; false only where files cannot be kept that way
    Duration loadTimeout = 10s;         ///< from spawn to handshake
    Duration cancelGrace = 2s;          ///< from the cancel flag to SIGTERM
    Duration termGrace = 500ms;         ///< from SIGTERM to SIGKILL
    Duration respawnDelay = 100ms;      ///< after a death; doubles with each that follows without a finished call
    Duration maxRespawnDelay = 30s;
    std::uint32_t loadTries = 3;      ///< deaths in a row before the first handshake ever that make a plugin broken
    std::uint32_t instancesKept = 8;  ///< step objects per thread of a worker, one for each configuration
    std::uint32_t logLinesPerSecond = 100;  ///< of one worker; further ones are counted and dropped
    Duration healthTimeout = 1s;            ///< 0: no plugin is asked how it is
    Duration healthMaxAge = 5s;
    /// Why the operator does not want this library to run, if that is so: called before it is loaded, on the thread
    /// that declares or reloads the plugin. Empty: all are wanted.
    std::function<std::optional<std::string>(const PluginSpec&, const Library&)> admit;
    std::string buildDirectory;    ///< for copies of libraries (BuildShelf), made if need be; empty: none are kept
    Duration buildPatience = 10s;  ///< for how long one that is not current waits for calls of runs pinned to it
};

enum class PluginState {
    Loading,
    Ready,
    Broken,  ///< no worker will be started again until the plugin is declared anew
};
const char* toString(PluginState state);

enum class HealthState { Unknown, Healthy, Limited, Unhealthy };
const char* toString(HealthState state);

/// The plugin's own word about itself, of its worst step type.
struct PluginHealth {
    HealthState state = HealthState::Unknown;
    std::string message;
    std::string details;  ///< JSON text, or empty
};

/// Which code it is, for people and for pins. All empty: none.
struct BuildName {
    std::string build;    ///< what runs are pinned to (build_id.h)
    std::string version;  ///< as the plugin says; empty until a worker has loaded it
    std::string sha256;   ///< of the library
    friend bool operator==(const BuildName&, const BuildName&) = default;
};

/// A generation of a plugin: one build under one declaration.
struct GenerationStatus {
    enum class Role {
        Current,  ///< takes new calls
        Loading,  ///< is to take over
        Retired,  ///< ends its calls, and takes those of runs that are pinned to it
    };
    std::uint64_t number = 0;  ///< from 1, since the start of the daemon
    Role role = Role::Current;
    BuildName name;
    std::size_t running = 0;
    std::size_t queued = 0;
};
const char* toString(GenerationStatus::Role role);

/// A plugin now. A copy.
struct PluginStatus {
    std::string name;
    std::string library;
    PluginState state = PluginState::Loading;
    std::string sentence;  ///< why it is broken, or what its last worker died of; may be empty
    std::shared_ptr<const PluginDescription> description;  ///< null until a worker has loaded it
    Isolation isolation = Isolation::Process;  ///< now: one that was given up inside the daemon runs in workers
    std::optional<Asked> asked;  ///< what its steps ask for; absent: none of them says, or it is not loaded yet
    PluginGrant grant;
    std::vector<std::string> secrets;             ///< names that it may read
    SandboxMode sandbox = SandboxMode::Required;  ///< as declared
    std::optional<SandboxReport> enforced;        ///< as the last worker has set it; absent inside the daemon
    std::uint32_t workers = 0;
    std::size_t slots = 0;    ///< calls at once, all workers together; 0 while no worker can be started
    std::size_t running = 0;  ///< calls that a worker has
    std::size_t queued = 0;   ///< calls that wait for a worker
    std::uint64_t restarts = 0;
    PluginHealth health;
    BuildName build;      ///< that takes new calls, or will once it is loaded
    Timestamp since{};    ///< when it began to; zero: not yet
    BuildName previous;   ///< what `rollback` would bring back; may be none
    std::string notUsed;  ///< why what was declared or installed last is not what runs; empty: it does
    std::vector<GenerationStatus> generations;
};

}  // namespace stepd::host
