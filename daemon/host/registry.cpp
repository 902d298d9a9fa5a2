#include "host/registry.h"

#include <utility>

namespace stepd::host {

void Registry::declare(const std::vector<PluginSpec>& specs) {
    const MutexLock lock(mutex_);
    auto before = std::exchange(plugins_, {});
    for (const auto& spec : specs) {
        const auto known = before.find(spec.name);
        if (known != before.end() && known->second.state != PluginState::Broken) {
            plugins_.insert(std::move(*known));
            continue;
        }
        // Until the plugin has said how it may be called, one call a worker is safe.
        auto& status = plugins_[spec.name];
        status = {};
        status.name = spec.name;
        status.library = spec.library;
        status.grant = spec.grant;
        status.secrets = spec.secrets;
        status.sandbox = spec.sandbox;
        status.workers = spec.workers;
        status.slots = spec.workers;
    }
}

void Registry::update(PluginStatus status) {
    const MutexLock lock(mutex_);
    if (const auto found = plugins_.find(status.name); found != plugins_.end()) found->second = std::move(status);
}

void Registry::count(const std::string& name, std::size_t running, std::size_t queued) {
    const MutexLock lock(mutex_);
    const auto found = plugins_.find(name);
    if (found == plugins_.end()) return;
    found->second.running = running;
    found->second.queued = queued;
}

std::vector<PluginStatus> Registry::all() const {
    const MutexLock lock(mutex_);
    std::vector<PluginStatus> out;
    for (const auto& [name, status] : plugins_) out.push_back(status);
    return out;
}

std::optional<PluginStatus> Registry::find(std::string_view name) const {
    const MutexLock lock(mutex_);
    const auto found = plugins_.find(name);
    return found == plugins_.end() ? std::nullopt : std::optional(found->second);
}

std::string Registry::build(std::string_view name) const {
    const MutexLock lock(mutex_);
    const auto found = plugins_.find(name);
    return found == plugins_.end() ? std::string() : found->second.build.build;
}

std::size_t Registry::slots(std::string_view name) const {
    const MutexLock lock(mutex_);
    const auto found = plugins_.find(name);
    if (found == plugins_.end() || found->second.state == PluginState::Broken) return 1;
    return found->second.slots;
}

}  // namespace stepd::host
