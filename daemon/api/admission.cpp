#include "api/admission.h"

#include <algorithm>

#include "base/units.h"

namespace stepd::api {
namespace {

constexpr Duration kSoonest = 1s;
constexpr Duration kLatest = 1min;
/// Space and memory come back when somebody does something about it, not by our work.
constexpr Duration kForAPerson = 30s;

Duration bounded(double seconds) {
    const double most = std::chrono::duration<double>(kLatest).count();
    const auto wait = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::min(seconds, most)));
    return std::max(kSoonest, wait);
}

/// How long what is open takes to reach the disk.
double secondsOfWork(const LoadStats& load) {
    return load.eventsPerSecond > 0 ? static_cast<double>(load.openEvents) / load.eventsPerSecond : 0;
}

/// A commit that hangs is expected to take as long again as it has taken.
Duration untilDone(const LoadStats& load) {
    return bounded(std::max(secondsOfWork(load), std::chrono::duration<double>(load.commitAge).count()));
}

std::string mebibytes(std::uint64_t bytes) {
    return std::to_string(bytes >> 20U) + " MiB";
}

std::string rounded(Duration time) {
    return toText(std::chrono::ceil<std::chrono::milliseconds>(time));
}

std::optional<Shed> judgeDisk(const AdmissionLimits& limits, const LoadStats& load) {
    if (!load.freeDisk || *load.freeDisk >= limits.minFreeDisk) return std::nullopt;
    return Shed{ShedReason::Disk,
                "The disk of the database has " + mebibytes(*load.freeDisk) + " left, and " +
                    mebibytes(limits.minFreeDisk) + " are kept free.",
                "admission.min_free_disk", kForAPerson};
}

std::optional<Shed> judgeMemory(const AdmissionLimits& limits, const LoadStats& load) {
    if (limits.maxMemory == 0 || load.memory <= limits.maxMemory) return std::nullopt;
    return Shed{
        ShedReason::Memory,
        "The daemon uses " + mebibytes(load.memory) + " of memory, more than " + mebibytes(limits.maxMemory) + ".",
        "admission.max_memory", untilDone(load)};
}

std::optional<Shed> judgeDelay(const AdmissionLimits& limits, const LoadStats& load) {
    if (limits.maxDelay == Duration::zero()) return std::nullopt;
    if (load.commitAge > limits.maxDelay)
        return Shed{ShedReason::Delay,
                    "The disk has been at one commit for " + rounded(load.commitAge) + ", longer than " +
                        rounded(limits.maxDelay) + ".",
                    "admission.max_delay", untilDone(load)};
    const double most = std::chrono::duration<double>(limits.maxDelay).count();
    if (load.openEvents <= kAlwaysWelcome || secondsOfWork(load) <= most) return std::nullopt;
    return Shed{ShedReason::Delay,
                std::to_string(load.openEvents) + " events wait for the disk, which takes in " +
                    std::to_string(static_cast<std::uint64_t>(load.eventsPerSecond)) +
                    " a second: that is longer than " + rounded(limits.maxDelay) + ".",
                "admission.max_delay", untilDone(load)};
}

std::optional<Shed> judgeDepth(const AdmissionLimits& limits, const LoadStats& load) {
    if (limits.maxEvents != 0 && load.openEvents >= limits.maxEvents)
        return Shed{ShedReason::Events,
                    std::to_string(load.openEvents) + " events wait for the disk, and " +
                        std::to_string(limits.maxEvents) + " may.",
                    "admission.max_events", untilDone(load)};
    if (limits.maxBytes != 0 && load.openBytes >= limits.maxBytes)
        return Shed{
            ShedReason::Bytes,
            mebibytes(load.openBytes) + " of events wait for the disk, and " + mebibytes(limits.maxBytes) + " may.",
            "admission.max_bytes", untilDone(load)};
    if (limits.maxQueuedRuns != 0 && load.queuedRuns >= limits.maxQueuedRuns)
        return Shed{ShedReason::QueuedRuns,
                    std::to_string(load.queuedRuns) + " runs are queued, and " + std::to_string(limits.maxQueuedRuns) +
                        " may be.",
                    "admission.max_queued_runs", kForAPerson};
    return std::nullopt;
}

}  // namespace

const char* toString(ShedReason reason) {
    switch (reason) {
        case ShedReason::Events: return "events";
        case ShedReason::Bytes: return "bytes";
        case ShedReason::QueuedRuns: return "queued_runs";
        case ShedReason::Delay: return "delay";
        case ShedReason::Memory: return "memory";
        case ShedReason::Disk: return "disk";
        case ShedReason::Key: return "key";
    }
    return "unknown";
}

std::optional<Shed> judge(const AdmissionLimits& limits, const LoadStats& load) {
    if (auto shed = judgeDisk(limits, load)) return shed;
    if (auto shed = judgeMemory(limits, load)) return shed;
    if (auto shed = judgeDelay(limits, load)) return shed;
    return judgeDepth(limits, load);
}

}  // namespace stepd::api
