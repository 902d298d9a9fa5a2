#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace stepd {

// What an operator allows a plugin, in stepd.yaml; the host holds it to that.

/// What it may reach beyond its own memory and a private temporary directory. Nothing by default.
struct PluginGrant {
    std::vector<std::string> net;   ///< hosts, `*.suffix` or `*`, each with an optional `:port`; through the host alone
    std::vector<std::string> read;  ///< files and folders; relative ones lie in the state directory
    std::vector<std::string> write;  ///< likewise, for reading and writing
    bool exec = false;               ///< may start programs
    friend bool operator==(const PluginGrant&, const PluginGrant&) = default;
};

enum class SandboxMode {
    Required,   ///< a worker does not start where a layer cannot be set
    Available,  ///< what this kernel lacks is left out
    Off,
};
constexpr const char* toString(SandboxMode mode) {
    return mode == SandboxMode::Required ? "required" : mode == SandboxMode::Available ? "available" : "off";
}

/// What becomes of a call for a build of the plugin that is gone.
enum class MissingBuild {
    Current,  ///< the one that is current does it
    Fail,     ///< it fails, class invalid_config, code `build_gone`
};

/// What a worker or a call may use. Zero: no limit.
struct PluginLimits {
    std::uint64_t memoryBytes = 1U << 30;   ///< of a worker
    std::uint64_t threads = 512;            ///< of a worker
    std::uint64_t fileBytes = 1U << 30;     ///< largest file that a worker may write
    Duration cpu{};                         ///< processor time of a call
    std::uint64_t outputBytes = 16U << 20;  ///< of a call
    std::uint64_t hostCalls = 100'000;      ///< of a call: log lines, requests and whatever else it asks the host for
    friend bool operator==(const PluginLimits&, const PluginLimits&) = default;
};

/// When a fresh worker takes over from one that did nothing wrong. Zero: never.
struct PluginRecycling {
    std::uint64_t calls = 0;
    Duration age{};
    std::uint64_t memoryBytes = 0;  ///< resident
    friend bool operator==(const PluginRecycling&, const PluginRecycling&) = default;
};

}  // namespace stepd
