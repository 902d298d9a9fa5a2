#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/file_descriptor.h"
#include "base/time.h"

namespace stepd::http {

/// Linux's epoll, thinly. Poco 1.11's PollSet stands in the way here: it builds a std::map of sockets at every poll,
/// cannot be woken, knows no edges and hides a half-closed peer.  One thread.
class Poller {
public:
    struct Event {
        std::uint64_t id;
        bool readable;
        bool writable;
        bool peerClosed;  ///< the peer sends no more
        bool broken;      ///< both directions are gone
    };

    /// Throws Error{System} if the system gives no descriptor.
    Poller();

    /// Reports while `fd` is readable.
    void watchLevel(int fd, std::uint64_t id);
    /// Reports each time `fd` becomes readable, writable or closed by its peer. False if the system has no room for it.
    bool watchEdges(int fd, std::uint64_t id);
    void forget(int fd);

    /// Waits for events, at most `timeout` (absent: for ever). The span lives until the next call.
    std::span<const Event> wait(std::optional<Duration> timeout);

private:
    static constexpr std::size_t kBatch = 256;
    const FileDescriptor epoll_;
    std::array<::epoll_event, kBatch> raw_{};
    std::array<Event, kBatch> events_{};
};

}  // namespace stepd::http
