#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "latencies.h"

namespace stepd::bench {

/// Load on one URL: as many requests in flight as connections, each with its own serial number.
struct Load {
    std::uint16_t port = 0;
    std::string path;     ///< POST to it
    std::string headers;  ///< lines that end with CRLF
    std::size_t connections = 1;
    Duration warmUp = 1s;
    Duration window = 5s;
    /// Asked every few milliseconds: so many requests may be in flight now. Absent: as many as connections.
    std::function<std::size_t()> room{};
    /// So many requests a second, evenly, whatever the daemon does; each on a free connection as soon as there is one,
    /// and its latency counts from when it was due. 0: the closed loop.
    double rate = 0;
    std::uint64_t requests = 0;  ///< stop after so many, without a warm-up; 0: after the window
    std::function<void(std::string& body, std::uint64_t serial)> write;
    /// Whether this is the right answer.
    std::function<bool(std::uint64_t serial, int status, std::string_view body)> accept;
    /// Of each answer in the window, when it began to count and how long it took.
    std::function<void(Instant began, Duration took)> answered = [](Instant, Duration) {};
    std::function<void()> windowBegins = [] {};
    std::function<void()> windowEnds = [] {};
};

struct LoadResult {
    std::uint64_t sent = 0;       ///< all, those of the warm-up and of the end as well
    std::uint64_t accepted = 0;   ///< of all sent
    std::uint64_t wrong = 0;      ///< answers that were not accepted, and connections that broke
    std::string firstWrong;       ///< status and body
    std::uint64_t inWindow = 0;   ///< answers in the window
    double seconds = 0;           ///< of the window
    double clientCpuSeconds = 0;  ///< in the window
    Latencies latencies;          ///< from send (or due) to answer, of those in the window
    double perSecond() const { return seconds > 0 ? static_cast<double>(inWindow) / seconds : 0; }
};

/// Closed loop, unless there is a rate: each connection sends its next request when the last one is answered. One
/// thread, the caller's. After the window it waits for what is in flight. `load.write` gets serials from 0 that are
/// each used once. Throws Error if nobody listens.
LoadResult drive(const Load& load, std::uint64_t firstSerial = 0);

}  // namespace stepd::bench
