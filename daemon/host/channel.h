#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"
#include "host/messages.h"

namespace stepd::host {

struct Frame {
    FrameType type{};
    std::uint64_t token = 0;  ///< of the call it belongs to; 0 for none
    std::string_view body;    ///< borrowed: of a received one until the channel receives again
};

/// The largest body of a frame, in either direction. What is above kInlineBytes travels in a sealed memfd.
inline constexpr std::uint64_t kMaxFrameBytes = 64U << 20;
inline constexpr std::size_t kInlineBytes = 128U << 10;
/// Frames are packed into one packet until it has so many bytes.
inline constexpr std::size_t kPackedBytes = 32U << 10;

/// In front of every frame. A packet holds one frame after the other, or one whose body is in a memfd.
struct FrameHeader {
    std::uint32_t length = 0;  ///< of the frame with this header, as far as it is in the packet
    std::uint16_t type = 0;
    std::uint16_t flags = 0;     ///< kBodyInMemfd or 0
    std::uint64_t sequence = 0;  ///< from 1, in each direction
    std::uint64_t token = 0;
    std::uint64_t bodyBytes = 0;
};
inline constexpr std::uint16_t kBodyInMemfd = 1;

/// The first frame of a packet, or of what is left of one. `violation` is a sentence if it is not what a peer of ours
/// sends.
struct DecodedFrame {
    FrameHeader header;
    std::string_view inlineBody;
    std::string_view rest;  ///< the frames after it
    std::string violation;
};
DecodedFrame decodeFrame(std::string_view packet, std::uint64_t expectedSequence, std::uint64_t maxBodyBytes);

enum class Received { Frame, Nothing, Closed, Violation };
enum class Sent { All, WouldBlock, Closed };

/// One end of a SEQPACKET socketpair: frames with sequence numbers, packed into packets; large bodies by memfd. Sending
/// and receiving may happen on two threads; each is for one thread at a time. Blocks if the socket does.
class Channel {
public:
    explicit Channel(FileDescriptor socket, std::uint64_t maxReceivedBytes = kMaxFrameBytes)
        : socket_(std::move(socket)), maxReceivedBytes_(maxReceivedBytes) {}

    int descriptor() const { return socket_.get(); }

    /// Writes a message into what `flush` sends next. False if it is larger than kMaxFrameBytes: then it is not there.
    template <typename Message>
    bool put(FrameType type, std::uint64_t token, Message&& message) {
        Packet& packet = open();
        const std::size_t at = packet.bytes.size();
        packet.bytes.resize(at + sizeof(FrameHeader));
        WireWriter writer(packet.bytes);
        message.fields(writer);
        return close(at, type, token);
    }
    /// The same with a body that is encoded already.
    bool put(const Frame& frame);
    /// Sends what was put. On WouldBlock the rest waits for the next flush. Throws Error{System} without a memfd.
    Sent flush();
    /// Bytes and packets that wait for a flush.
    std::size_t unsentBytes() const { return unsentBytes_; }
    std::size_t unsentPackets() const { return unsent_.size(); }
    /// Forgets them; returns the tokens of the frames of that type, oldest first.
    std::vector<std::uint64_t> dropUnsent(FrameType type);

    /// `frame` is set if Frame is returned. After Violation (see `violation`) or Closed the channel is of no further
    /// use.
    Received receive(Frame& frame);
    /// True if a frame has arrived that `receive` returns without asking the kernel.
    bool hasReceived() const { return !rest_.empty(); }
    const std::string& violation() const { return violation_; }

private:
    struct Packet {
        std::string bytes;
        std::string memfdBody;  ///< of its only frame; empty: none
        bool full = false;      ///< takes no more frames
    };
    Packet& open();
    bool close(std::size_t at, FrameType type, std::uint64_t token);
    Sent send(const Packet& packet);
    Received readPacket();
    Received refuse(std::string sentence);
    Received readMemfd(const FileDescriptor& memfd, std::uint64_t size);

    FileDescriptor socket_;
    std::uint64_t maxReceivedBytes_;
    std::uint64_t put_ = 0;      ///< sequence number of the last frame put
    std::deque<Packet> unsent_;  ///< a packet that is being sent is full
    std::size_t unsentBytes_ = 0;
    std::string spare_;           ///< a sent packet's buffer, kept for the next
    std::uint64_t received_ = 0;  ///< sequence number of the last frame received
    std::string violation_;
    std::string packet_;     ///< receive buffer, kept
    std::string_view rest_;  ///< of packet_: frames not returned yet
    std::vector<FileDescriptor> descriptors_;
    std::string memfdBody_;
};

/// Two connected ends. Throws Error{System}.
std::pair<FileDescriptor, FileDescriptor> makeSocketPair();

}  // namespace stepd::host
