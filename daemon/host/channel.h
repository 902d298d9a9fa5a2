#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/file_descriptor.h"
#include "host/messages.h"

namespace stepd::host {

struct Frame {
    FrameType type{};
    std::uint64_t token = 0;  ///< of the call it belongs to; 0 for none
    std::string body;
};

/// The largest body of a frame, in either direction. What is above kInlineBytes travels in a sealed memfd.
inline constexpr std::uint64_t kMaxFrameBytes = 64U << 20;
inline constexpr std::size_t kInlineBytes = 128U << 10;

/// In front of every packet.
struct FrameHeader {
    std::uint32_t length = 0;  ///< of the packet with this header
    std::uint16_t type = 0;
    std::uint16_t flags = 0;     ///< kBodyInMemfd or 0
    std::uint64_t sequence = 0;  ///< from 1, in each direction
    std::uint64_t token = 0;
    std::uint64_t bodyBytes = 0;
};
inline constexpr std::uint16_t kBodyInMemfd = 1;

/// A packet taken apart. `violation` is a sentence if it is not what a peer of ours sends.
struct DecodedPacket {
    FrameHeader header;
    std::string_view inlineBody;
    std::string violation;
};
DecodedPacket decodePacket(std::string_view packet, std::uint64_t expectedSequence, std::uint64_t maxBodyBytes);

enum class Received { Frame, Nothing, Closed, Violation };
enum class Sent { All, WouldBlock, Closed };

/// One end of a SEQPACKET socketpair: frames with sequence numbers, large bodies by memfd. Sending and receiving may
/// happen on two threads; each is for one thread at a time. Blocks if the socket does.
class Channel {
public:
    explicit Channel(FileDescriptor socket, std::uint64_t maxReceivedBytes = kMaxFrameBytes)
        : socket_(std::move(socket)), maxReceivedBytes_(maxReceivedBytes) {}

    int descriptor() const { return socket_.get(); }
    /// On WouldBlock nothing was sent and the same frame must be sent next. Throws Error{System} without a memfd, and
    /// Error{InvalidArgument} for a body above kMaxFrameBytes.
    Sent send(const Frame& frame);
    /// `frame` is set if Frame is returned. After Violation (see `violation`) or Closed the channel is of no further
    /// use.
    Received receive(Frame& frame);
    const std::string& violation() const { return violation_; }

private:
    Received refuse(std::string sentence);
    Received readMemfd(const FileDescriptor& memfd, std::uint64_t size, std::string& body);

    FileDescriptor socket_;
    std::uint64_t maxReceivedBytes_;
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
    std::string violation_;
    std::string packet_;  ///< receive buffer, kept
};

/// Two connected ends. Throws Error{System}.
std::pair<FileDescriptor, FileDescriptor> makeSocketPair();

}  // namespace stepd::host
