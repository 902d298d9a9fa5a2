#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/engine.h"

namespace stepd::engine {

/// Events that were handed in and are not answered yet: in the inbox, with the store, in the batch that fills or in the
/// one that is open. The engine takes them in faster than the disk does, so they are bounded here, before they are
/// posted. Thread-safe, without a lock.
class OpenEvents {
public:
    OpenEvents(std::size_t maxEvents, std::size_t maxBytes) : maxEvents_(maxEvents), maxBytes_(maxBytes) {}

    /// Counts the events in, and makes `done` count them out when it is called. False: there is no room for them, and
    /// nothing has changed. What comes while nothing is open always has room.
    bool enter(const std::vector<NewEvent>& events, Engine::SubmitCallback& done);
    IntakeLoad load() const;

private:
    struct Counters {
        std::atomic<std::size_t> events = 0;
        std::atomic<std::size_t> bytes = 0;
        std::atomic<std::uint64_t> answered = 0;
    };
    const std::size_t maxEvents_;
    const std::size_t maxBytes_;
    /// Shared with the callbacks, which the store may hold longer than there is an engine.
    const std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
};

}  // namespace stepd::engine
