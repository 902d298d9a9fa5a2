#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace stepd::http {

/// Why a connection or a request was turned away by the transport.
enum class Refusal {
    Grammar,         ///< 400: not strict HTTP/1.1 (hardening R25)
    LineTooLong,     ///< 414
    HeaderTooLarge,  ///< 431
    BodyTooLarge,    ///< 413
    Method,          ///< 501: a method that nobody serves, TRACE, CONNECT
    Expectation,     ///< 417
    NotFound,        ///< 404 by the table of routes
    NotAllowed,      ///< 405 by the table of routes
    Unauthorized,    ///< by the authorizer
    Shed,            ///< by the admission callback
    SlowHeader,      ///< 408
    SlowBody,        ///< 408
    SlowReader,      ///< closed: the client did not read its answer
    TooMany,         ///< 503: connections in all
    TooManyOfOne,    ///< 503: connections of one address
};
constexpr std::size_t kRefusals = static_cast<std::size_t>(Refusal::TooManyOfOne) + 1;

/// Short stable word for a label: `body_too_large`.
const char* toString(Refusal refusal);

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
