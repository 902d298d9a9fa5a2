#include "host/messages.h"

#include <algorithm>

namespace stepd::host {
namespace {
constexpr std::int32_t kSerial = 0;  // STEPD_SERIAL
}

std::uint32_t PluginDescription::callsAtOnce(std::uint32_t wanted) const {
    const bool serial =
        std::any_of(steps.begin(), steps.end(), [](const auto& step) { return step.threading == kSerial; });
    return serial ? 1 : std::max<std::uint32_t>(wanted, 1);
}

}  // namespace stepd::host
