#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/file_descriptor.h"
#include "http/front.h"
#include "http/poller.h"

namespace Poco::Net {
class ServerSocket;
}

namespace stepd::http {

/// The listening socket: takes connections within the caps and pauses when the process has no descriptor left, instead
/// of being woken for ever by a client it cannot take.  Confined to the reactor thread, but for `open` before it
/// starts.
class Acceptor final : public Timed {
public:
    struct Accepted {
        FileDescriptor socket;
        std::string address;  ///< without port
        std::string client;   ///< what the cap counts: the address, or its /64 for IPv6
    };

    Acceptor(Front& front, Poller& poller, std::uint64_t id);
    ~Acceptor() override;

    /// Throws Error{Unavailable} if the address cannot be had.
    void open();
    std::uint16_t port() const { return port_; }
    /// The next connection within the caps, counted until `release`; absent if none waits.
    std::optional<Accepted> next();
    /// A connection of that client has ended.
    void release(const std::string& client);
    /// Accepting may have become possible again.
    void onDeadline() override { resume(); }
    void close();

private:
    std::optional<Refusal> overCap(const std::string& client) const;
    void turnAway(const FileDescriptor& socket, Refusal reason);
    void pause();
    void resume();

    Front& front_;
    Poller& poller_;
    const std::uint64_t id_;
    std::unique_ptr<Poco::Net::ServerSocket> listener_;
    std::uint16_t port_ = 0;
    bool paused_ = false;
    std::size_t open_ = 0;
    std::unordered_map<std::string, std::size_t> clients_;
};

}  // namespace stepd::http
