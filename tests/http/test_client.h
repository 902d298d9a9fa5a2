#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"

namespace stepd::http::test {

/// An answer as it came over the wire.
struct Reply {
    int status = 0;
    std::string head;  ///< status line and fields
    std::string body;

    /// The value of a field, its name as the server writes it; empty if it is not there.
    std::string field(std::string_view name) const;
};

/// A blocking client on loopback that sends any bytes. A read that gets nothing for a while fails the test, not for
/// ever.
class TestClient {
public:
    explicit TestClient(std::uint16_t port);
    /// With a small receive buffer, so that a large answer stays at the server.
    static TestClient withSmallBuffer(std::uint16_t port);

    void send(std::string_view bytes);
    /// As `send`, but the peer may have closed: false then.
    bool trySend(std::string_view bytes);
    void halfClose();
    void reset();  ///< closes at once, with RST

    /// The next answer; absent if the connection ended before its first byte. `bodyFollows` is false for answers to
    /// HEAD.
    std::optional<Reply> read(bool bodyFollows = true);
    /// Everything until the end of the connection.
    std::string readAll();
    /// The connection ends without another byte.
    bool ended() { return readAll().empty(); }

private:
    TestClient(std::uint16_t port, int receiveBuffer);
    bool fill();

    FileDescriptor socket_;
    std::string buffer_;
};

}  // namespace stepd::http::test
