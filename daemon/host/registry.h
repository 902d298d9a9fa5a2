#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "host/plugin_spec.h"

namespace stepd::host {

/// The declared plugins and how they are, for everyone who asks: the host's thread writes, all others read copies.
/// Thread-safe.
class Registry {
public:
    /// Replaces the set. Plugins that stay keep what is known of them.
    void declare(const std::vector<PluginSpec>& specs) EXCLUDES(mutex_);
    /// Ignored if the plugin is not declared (any more).
    void update(PluginStatus status) EXCLUDES(mutex_);
    void count(const std::string& name, std::size_t running, std::size_t queued) EXCLUDES(mutex_);

    std::vector<PluginStatus> all() const EXCLUDES(mutex_);
    std::optional<PluginStatus> find(std::string_view name) const EXCLUDES(mutex_);
    std::size_t slots(std::string_view name) const EXCLUDES(mutex_);
    std::string build(std::string_view name) const EXCLUDES(mutex_);

private:
    mutable Mutex mutex_;
    std::map<std::string, PluginStatus, std::less<>> plugins_ GUARDED_BY(mutex_);
};

}  // namespace stepd::host
