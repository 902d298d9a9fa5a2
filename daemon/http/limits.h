#pragma once

#include <cstddef>

#include "base/time.h"

namespace stepd::http {

/// Budgets of one connection and of all (hardening R26). Sizes in bytes. Body limits belong to the routes.
struct Limits {
    std::size_t requestLine = 8 * 1024;
    std::size_t header = 16 * 1024;  ///< request line and all fields, with the empty line
    std::size_t fields = 100;

    Duration headerTime = 10s;     ///< from the first byte of a request, or from accept, to the end of its header
    Duration bodyGrace = 5s;       ///< free time for a body, before its rate counts
    std::size_t bodyRate = 1024;   ///< bytes per second of a body, on average since the grace ended
    Duration idleTime = 60s;       ///< between two requests of one connection
    Duration writeStall = 10s;     ///< without a byte of an answer taken by the client
    std::size_t writeRate = 1024;  ///< bytes per second of an answer, on average after the first `writeStall`
    Duration lingerTime =
        2s;  ///< how long a refused client's further bytes are thrown away, so that it reads the refusal
    Duration drainTime = 10s;  ///< for what is in flight when the server stops

    /// Bytes of all requests that are being received: 10,000 clients with a body of 1 MiB each must not fill the
    /// memory.
    std::size_t receiving = 128U << 20;
    std::size_t connections = 10'000;
    std::size_t connectionsPerAddress = 1'000;  ///< an IPv6 address counts with its /64
};

}  // namespace stepd::http
