#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "config/daemon_config.h"

namespace stepd::config {

/// The code of one plugin, as somebody has reviewed it.
struct LockedPlugin {
    std::string sha256;  ///< of the library, or of the program's file
    std::string build;   ///< its build-id
    std::string version;
    std::uint64_t size = 0;  ///< bytes
    friend bool operator==(const LockedPlugin&, const LockedPlugin&) = default;
};
using PluginLock = std::map<std::string, LockedPlugin>;

/// `plugins.lock`: YAML, by name, the same text for the same plugins.
std::string writeLock(const PluginLock& lock);
struct ParsedLock {
    PluginLock plugins;  ///< complete only without errors among the findings
    Diagnostics findings;
};
ParsedLock parseLock(std::string_view text, const std::string& file);

/// Why the operator's `plugins.lock` keeps this code from being loaded (hardening R24): it names another digest or no
/// such plugin, it is missing though it is required, or none of the trusted keys has signed it (`plugins.lock.sig`
/// beside it: an Ed25519 signature of its bytes in base64). Absent if nothing speaks against it. Reads the files.
std::optional<std::string> lockProblem(const PluginLockConfig& config, const std::string& plugin,
                                       const std::string& sha256);

}  // namespace stepd::config
