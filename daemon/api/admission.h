#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"

namespace stepd::api {

/// How busy the daemon is: what admission decides by.
struct LoadStats {
    std::size_t openEvents = 0;  ///< handed to the engine, and not on disk or not shown to all who wait for them
    std::size_t openBytes = 0;   ///< of those not on disk
    std::size_t queuedRuns = 0;  ///< in the store: they wait for room in memory, or for their turn in a line
    Duration commitAge{};        ///< how long the store has been at the commit that is open; zero: none is
    /// Events that became durable a second, lately, while there was always work; zero: not known.
    double eventsPerSecond = 0;
    std::uint64_t memory = 0;               ///< resident bytes of the daemon
    std::optional<std::uint64_t> freeDisk;  ///< bytes on the database's file system; absent: not known
};

/// So few events may always wait for the disk, however slow it is: it gets batches that are worth their sync.
constexpr std::size_t kAlwaysWelcome = 1000;

/// Up to where events are taken in. Zero stands for no limit.
struct AdmissionLimits {
    std::size_t maxEvents = 100'000;
    std::size_t maxBytes = 64U << 20;
    std::size_t maxQueuedRuns = 2'000'000;
    Duration maxDelay = 2s;  ///< from an event's arrival to its being on disk, as expected
    std::uint64_t maxMemory = 0;
    std::uint64_t minFreeDisk = 256U << 20;
};

enum class ShedReason {
    Events,      ///< too many wait for the disk
    Bytes,       ///< they are too large
    QueuedRuns,  ///< there is too much work that nobody does
    Delay,       ///< the disk is too slow, or hangs
    Memory,
    Disk,  ///< 507
    Key,   ///< 429: the key's own limit
};
constexpr std::size_t kShedReasons = static_cast<std::size_t>(ShedReason::Key) + 1;

/// Short stable word for labels and problem documents: `queued_runs`.
const char* toString(ShedReason reason);

/// Why an event is not taken in.
struct Shed {
    ShedReason reason = ShedReason::Events;
    std::string sentence;   ///< with the value and the limit
    std::string setting;    ///< where the limit is changed: `admission.max_events`
    Duration retryAfter{};  ///< when it is worth while to come again: from 1 s to 1 min
};

/// What stands against taking in another event, the worst first; absent: nothing. Pure, and quick as long as nothing
/// does.
std::optional<Shed> judge(const AdmissionLimits& limits, const LoadStats& load);

}  // namespace stepd::api
