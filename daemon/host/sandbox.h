#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/plugin_rules.h"

namespace stepd::host {

/// What the host tells a worker to keep its plugin to.
struct SandboxOrder {
    SandboxMode mode = SandboxMode::Required;
    std::vector<std::string> read, write;  ///< absolute paths
    std::string temporaryDirectory;        ///< private, for writing; empty: none
    bool processes = false;                ///< programs may be started, as processes of their own

    void fields(auto& io) {
        io.choice(mode, SandboxMode::Off);
        for (auto* paths : {&read, &write}) io.list(*paths, [&](std::string& path) { io.bytes(path); });
        io.bytes(temporaryDirectory);
        io.flag(processes);
    }
};

struct PluginSpec;

/// The order for a worker of the plugin. Folders that are granted for writing are made if they are not there.
SandboxOrder sandboxOrder(const PluginSpec& spec, const std::string& temporaryDirectory);

/// What a worker has taken from itself, as it says: descriptors, privileges and limits in any case, and these layers.
struct SandboxReport {
    bool seccomp = false;
    std::int32_t landlockAbi = 0;       ///< 0: none
    std::vector<std::string> findings;  ///< what could not be done, a sentence each

    void fields(auto& io) {
        io.flag(seccomp);
        io.number(landlockAbi);
        io.list(findings, [&](std::string& sentence) { io.text(sentence); });
    }
};

}  // namespace stepd::host
