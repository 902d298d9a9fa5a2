#include "host/plugin_spec.h"

#include <algorithm>

#include "host/channel.h"

namespace stepd::host {

std::uint64_t PluginSpec::maxOutputBytes() const {
    constexpr std::uint64_t kRoom = 4U << 20;  // for what stands beside the output in its frame
    constexpr std::uint64_t kMost = kMaxFrameBytes - kRoom;
    return limits.outputBytes == 0 ? kMost : std::min(limits.outputBytes, kMost);
}

const char* toString(PluginState state) {
    switch (state) {
        case PluginState::Loading: return "loading";
        case PluginState::Ready: return "ready";
        case PluginState::Broken: return "broken";
    }
    return "unknown";
}

const char* toString(HealthState state) {
    switch (state) {
        case HealthState::Unknown: return "unknown";
        case HealthState::Healthy: return "healthy";
        case HealthState::Limited: return "limited";
        case HealthState::Unhealthy: return "unhealthy";
    }
    return "unknown";
}

const char* toString(GenerationStatus::Role role) {
    switch (role) {
        case GenerationStatus::Role::Current: return "current";
        case GenerationStatus::Role::Loading: return "loading";
        case GenerationStatus::Role::Retired: break;
    }
    return "retired";
}

}  // namespace stepd::host
