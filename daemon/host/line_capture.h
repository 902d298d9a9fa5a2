#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace stepd::host {

/// Lets so many lines a second pass and counts the others. One thread.
class LineLimiter {
public:
    explicit LineLimiter(std::uint32_t perSecond) : perSecond_(perSecond) {}
    bool admit(Instant now);
    /// How many were refused since the last call, once their second is over; else 0.
    std::uint64_t takeDropped(Instant now);

private:
    const std::uint32_t perSecond_;
    Instant second_{};
    std::uint32_t passed_ = 0;
    std::uint64_t dropped_ = 0;
};

/// Cuts a stream of bytes, a worker's stdout or stderr, into lines; a line above 4 KiB is cut in pieces. One thread.
class LineCapture {
public:
    using Sink = std::function<void(std::string line)>;
    explicit LineCapture(Sink sink) : sink_(std::move(sink)) {}
    void feed(std::string_view bytes);
    /// The stream has ended: what is there is a line.
    void flush();

private:
    Sink sink_;
    std::string line_;
};

}  // namespace stepd::host
