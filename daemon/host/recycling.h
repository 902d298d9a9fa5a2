#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "model/plugin_rules.h"

namespace stepd::host {

/// What a worker has been through, against what its plugin's `recycle` allows. One thread.
class Wear {
public:
    Wear(const PluginRecycling& rule, Instant born) : rule_(rule), born_(born) {}

    void called() { ++calls_; }
    /// True once it has had its calls or its time.
    bool out(Instant now) const {
        return (rule_.calls != 0 && calls_ >= rule_.calls) ||
               (rule_.age != Duration::zero() && now >= born_ + rule_.age);
    }
    /// When its time is over; absent: never.
    std::optional<Instant> due() const {
        return rule_.age == Duration::zero() ? std::nullopt : std::optional(born_ + rule_.age);
    }
    bool limitsMemory() const { return rule_.memoryBytes != 0; }
    bool tooLarge(std::uint64_t residentBytes) const { return limitsMemory() && residentBytes >= rule_.memoryBytes; }

private:
    const PluginRecycling rule_;
    const Instant born_;
    std::uint64_t calls_ = 0;
};

/// What a process has resident now, from /proc/PID/statm (proc(5)). Absent where that cannot be read: it is gone, or
/// /proc is hidden.
std::optional<std::uint64_t> residentBytes(pid_t pid);

}  // namespace stepd::host
