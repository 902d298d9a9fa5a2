#include "api/load_monitor.h"

#include <cmath>
#include <utility>

namespace stepd::api {
namespace {

constexpr Duration kFresh = 200ms;
/// Over about so long the rate of the disk is averaged.
constexpr std::chrono::duration<double> kMemory = 5s;
constexpr std::uint64_t kUnknown = UINT64_MAX;
constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

LoadMonitor::LoadMonitor(const engine::Engine& engine, const Clock& clock, LoadProbes probes)
    : engine_(engine), clock_(clock), probes_(std::move(probes)), freeDisk_(kUnknown) {}

LoadStats LoadMonitor::read() {
    const Instant now = clock_.instant();
    const engine::IntakeLoad intake = engine_.intake();
    Instant due = nextSample_.load(kRelaxed);
    // One of those that come at once looks; the others take what is known.
    if (now >= due && nextSample_.compare_exchange_strong(due, now + kFresh, kRelaxed)) sample(now, intake);
    LoadStats load;
    load.openEvents = intake.events + openDeliveries_.load(kRelaxed);
    load.openBytes = intake.bytes;
    load.queuedRuns = queuedRuns_.load(kRelaxed);
    load.commitAge = commitAge_.load(kRelaxed);
    load.eventsPerSecond = eventsPerSecond_.load(kRelaxed);
    load.memory = memory_.load(kRelaxed);
    const std::uint64_t freeDisk = freeDisk_.load(kRelaxed);
    if (freeDisk != kUnknown) load.freeDisk = freeDisk;
    return load;
}

void LoadMonitor::sample(Instant now, const engine::IntakeLoad& intake) {
    const engine::EngineStats stats = engine_.stats();
    openDeliveries_.store(stats.openDeliveries, kRelaxed);
    queuedRuns_.store(stats.queuedRuns + stats.linedUpRuns, kRelaxed);
    commitAge_.store(stats.commitOpenSince ? now - *stats.commitOpenSince : Duration::zero(), kRelaxed);
    memory_.store(probes_.memory(), kRelaxed);
    freeDisk_.store(probes_.freeDisk().value_or(kUnknown), kRelaxed);
    measureRate(now, intake);
}

/// Only while more waits than the disk takes at once does what it takes in say how much it can. A commit may take
/// longer than the time between two looks, so the time is measured up to the look that sees a change.
void LoadMonitor::measureRate(Instant now, const engine::IntakeLoad& intake) {
    const MutexLock lock(mutex_);
    const bool busy = intake.events > kAlwaysWelcome;
    const bool changed = intake.answered != answered_;
    if (busy && busy_ && !changed) return;
    if (busy && busy_) {
        const std::chrono::duration<double> took = now - since_;
        const double rate = static_cast<double>(intake.answered - answered_) / took.count();
        const double known = eventsPerSecond_.load(kRelaxed);
        const double weight = known > 0 ? 1 - std::exp(-took / kMemory) : 1;
        eventsPerSecond_.store(known + (rate - known) * weight, kRelaxed);
    }
    busy_ = busy;
    since_ = now;
    answered_ = intake.answered;
}

}  // namespace stepd::api
