#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "http/refusal.h"

namespace stepd::http {

/// What the server counts. Written by the reactor thread alone, readable from any; each number is exact, two numbers
/// read one after the other need not belong to one moment.
struct ServerMetrics {
    using Counter = std::atomic<std::uint64_t>;

    Counter accepted = 0;    ///< connections
    Counter open = 0;        ///< connections now
    Counter requests = 0;    ///< handed to a handler
    Counter responses = 0;   ///< answers put on a connection, refusals among them
    Counter unanswered = 0;  ///< answers that found no connection any more
    Counter failures = 0;    ///< exceptions that escaped from a handler
    Counter bytesIn = 0;
    Counter bytesOut = 0;
    Counter acceptPauses = 0;  ///< times accepting paused because the process had no descriptor left
    std::array<Counter, kRefusals> refused = {};

    std::uint64_t refusedFor(Refusal reason) const { return refused[static_cast<std::size_t>(reason)].load(); }
};

}  // namespace stepd::http
