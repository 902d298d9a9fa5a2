#include "host/runtime/instances.h"

namespace stepd::host {

std::shared_ptr<Instance> Instances::find(std::size_t step, const std::string& config) {
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        if (entry->step != step || entry->config != config) continue;
        entries_.splice(entries_.begin(), entries_, entry);
        return entries_.front().instance;
    }
    return nullptr;
}

void Instances::clear() {
    std::list<Entry> dropped;
    const MutexLock lock(mutex_);
    dropped.swap(entries_);
}

std::shared_ptr<Instance> Instances::get(std::size_t step, const Call& call, std::int32_t& outcome) {
    const std::string& config = call.message().config;
    outcome = STEPD_OK;
    {
        const MutexLock lock(mutex_);
        if (auto kept = find(step, config)) return kept;
    }
    const stepd_step_v1& entry = library_.steps[step];
    void* raw = nullptr;
    outcome = entry.create(call.ctx(), {config.data(), config.size()}, &raw);
    if (outcome != STEPD_OK) return nullptr;
    auto made = std::make_shared<Instance>(raw, entry.destroy);
    std::shared_ptr<Instance> dropped;  // destroyed after the lock: it is code of the plugin
    const MutexLock lock(mutex_);
    if (auto kept = find(step, config)) {
        dropped = std::move(made);
        return kept;
    }
    entries_.push_front({step, config, made});
    if (entries_.size() > most_) {
        dropped = std::move(entries_.back().instance);
        entries_.pop_back();
    }
    return made;
}

}  // namespace stepd::host
