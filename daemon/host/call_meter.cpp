#include "host/call_meter.h"

#include <algorithm>
#include <limits>
#include <thread>

#include "base/units.h"
#include "host/result_check.h"

namespace stepd::host {

bool CallMeter::asked(std::size_t times, const PluginLimits& limits) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    counted_.hostCalls = static_cast<std::uint32_t>(std::min<std::uint64_t>(kMost, counted_.hostCalls + times));
    return limits.hostCalls == 0 || counted_.hostCalls <= limits.hostCalls;
}

Receipt CallMeter::receipt(const Usage& measured, Duration elapsed) const {
    static const std::int64_t processors = std::max(1U, std::thread::hardware_concurrency());
    constexpr std::uint64_t kMostMemory = 1ULL << 46;  // what a process can address
    Receipt receipt = counted_;
    const Duration most = std::max(elapsed, Duration(1ms)) * processors;
    receipt.cpu =
        std::chrono::floor<std::chrono::microseconds>(std::clamp(Duration(measured.cpuNs), Duration::zero(), most));
    receipt.peakRss = std::min(measured.peakRss, kMostMemory) >> 10 << 10;
    return receipt;
}

StepResult tooManyHostCalls(const PluginLimits& limits) {
    return failure(OutcomeClass::Denied, "host_calls_limit",
                   "the step asked the host for more than " + std::to_string(limits.hostCalls) +
                       " log lines, progress notes, requests and secrets: see `limits.host_calls` of its plugin");
}

StepResult tooMuchCpu(const PluginLimits& limits) {
    return failure(
        OutcomeClass::Timeout, "cpu_limit",
        "the step used more than " + toText(limits.cpu) + " of processor time: see `limits.cpu` of its plugin");
}

}  // namespace stepd::host
