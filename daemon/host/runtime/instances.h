#pragma once

#include <list>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "host/runtime/call.h"
#include "host/runtime/plugin_library.h"

namespace stepd::host {

/// A step object of the plugin. The plugin may use a null pointer for it.
class Instance {
public:
    Instance(void* raw, void (*destroy)(void*)) : raw_(raw), destroy_(destroy) {}
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;
    ~Instance() { destroy_(raw_); }
    void* raw() const { return raw_; }

private:
    void* raw_;
    void (*destroy_)(void*);
};

/// Step objects, one for each step type and configuration, the least recently used dropped first. Thread-safe; the
/// plugin's create runs without the lock, so two threads may both make one: the first to finish is kept.
class Instances {
public:
    Instances(const PluginLibrary& library, std::size_t most) : library_(library), most_(most) {}

    /// Null if create refused; `outcome` then has its class and the call's sinks the reason. Shared with the calls that
    /// use it, so that a dropped one lives until they end.
    std::shared_ptr<Instance> get(std::size_t step, const Call& call, std::int32_t& outcome) EXCLUDES(mutex_);
    /// Forgets them all.
    void clear() EXCLUDES(mutex_);

private:
    struct Entry {
        std::size_t step;
        std::string config;
        std::shared_ptr<Instance> instance;
    };
    std::shared_ptr<Instance> find(std::size_t step, const std::string& config) REQUIRES(mutex_);

    const PluginLibrary& library_;
    const std::size_t most_;
    Mutex mutex_;
    std::list<Entry> entries_ GUARDED_BY(mutex_);  ///< most recently used first
};

}  // namespace stepd::host
