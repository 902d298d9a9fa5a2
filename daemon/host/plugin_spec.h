#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "host/grant_check.h"
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
    Isolation isolation = Isolation::Process;

    friend bool operator==(const PluginSpec&, const PluginSpec&) = default;
};

/// How the host treats all workers.
struct HostOptions {
    std::string workerProgram;                                                   ///< path of stepd-worker
    std::vector<std::string> environment{"PATH=/usr/bin:/bin", "LANG=C.UTF-8"};  ///< all of it
    std::string workingDirectory;                                                ///< of the workers; empty: ours
    std::string stateDirectory;         ///< for what the host keeps and what workers may scribble on; empty: none
    std::string secretMark = "secret";  ///< `${MARK:NAME}` in a step's `with` is where a secret's value goes
    bool checkLibraryOwner = true;      ///< hardening R24; false only where files cannot be kept that way
    Duration loadTimeout = 10s;         ///< from spawn to handshake
    Duration cancelGrace = 2s;          ///< from the cancel flag to SIGTERM
    Duration termGrace = 500ms;         ///< from SIGTERM to SIGKILL
    Duration respawnDelay = 100ms;      ///< after a death; doubles with each that follows without a finished call
    Duration maxRespawnDelay = 30s;
    std::uint32_t loadTries = 3;  ///< deaths in a row before the first handshake ever that make a plugin broken
    std::uint64_t maxOutputBytes = 16U << 20;
    std::uint32_t instancesKept = 8;        ///< step objects per thread of a worker, one for each configuration
    std::uint32_t logLinesPerSecond = 100;  ///< of one worker; further ones are counted and dropped
    Duration healthTimeout = 1s;
    Duration healthMaxAge = 5s;
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
};

}  // namespace stepd::host
