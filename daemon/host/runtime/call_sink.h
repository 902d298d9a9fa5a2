#pragma once

#include <cstdint>

#include "host/messages.h"

namespace stepd::host {

/// Where the words of calls go on their way to the host. Thread-safe; may block while the host is slow.
class CallSink {
public:
    virtual ~CallSink() = default;
    virtual void log(std::uint64_t token, LogMessage line) noexcept = 0;
    virtual void progress(std::uint64_t token, ProgressMessage note) noexcept = 0;
    /// False if it is larger than what the host takes: it has not gone out.
    virtual bool fetch(std::uint64_t token, HttpRequestMessage request) noexcept = 0;
    virtual void askSecret(std::uint64_t token, SecretRequestMessage request) noexcept = 0;
    /// The last of a call. May be kept back, with what came before it, until `flush`.
    virtual void end(std::uint64_t token, ResultMessage result) noexcept = 0;
    virtual void flush() noexcept = 0;
    /// True if a flush would send something.
    virtual bool keepsBack() const noexcept = 0;
};

}  // namespace stepd::host
