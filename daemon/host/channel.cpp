#include "host/channel.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace stepd::host {
namespace {

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
constexpr std::size_t kMaxPacket = sizeof(FrameHeader) + kInlineBytes;

/// A memfd with `body`, sealed: its reader may rely on size and content.
FileDescriptor makeMemfd(const std::string& body) {
    FileDescriptor memfd(::memfd_create("stepd-frame", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!memfd.valid()) throwErrno(errno, "cannot create a memfd");
    for (std::size_t done = 0; done < body.size();) {
        const auto n = ::write(memfd.get(), body.data() + done, body.size() - done);
        if (n < 0 && errno != EINTR) throwErrno(errno, "cannot write a memfd");
        if (n > 0) done += static_cast<std::size_t>(n);
    }
    if (::fcntl(memfd.get(), F_ADD_SEALS, kSeals) != 0) throwErrno(errno, "cannot seal a memfd");
    return memfd;
}

void attach(msghdr& message, std::array<char, CMSG_SPACE(sizeof(int))>& control, int fd) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
}

/// All descriptors that came along; owned, so that none leaks whatever a peer sends.
std::vector<FileDescriptor> attachedTo(msghdr& message) {
    std::vector<FileDescriptor> descriptors;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
            descriptors.emplace_back(fd);
        }
    }
    return descriptors;
}

}  // namespace

DecodedFrame decodeFrame(std::string_view packet, std::uint64_t expectedSequence, std::uint64_t maxBodyBytes) {
    DecodedFrame decoded;
    FrameHeader& header = decoded.header;
    if (packet.size() < sizeof header) return decoded.violation = "a packet is shorter than its header", decoded;
    std::memcpy(&header, packet.data(), sizeof header);
    if (header.length < sizeof header || header.length > packet.size())
        return decoded.violation = "a frame has not the length it states", decoded;
    decoded.inlineBody = packet.substr(sizeof header, header.length - sizeof header);
    decoded.rest = packet.substr(header.length);
    if (header.sequence != expectedSequence)
        decoded.violation = "a frame is out of sequence";
    else if (header.bodyBytes > maxBodyBytes)
        decoded.violation = "a frame is too large";
    else if (header.flags == 0 && header.bodyBytes != decoded.inlineBody.size())
        decoded.violation = "a body has not the length it states";
    else if (header.flags == kBodyInMemfd && header.length != packet.size())
        decoded.violation = "a frame with a memfd is not alone";
    else if (header.flags == kBodyInMemfd && !decoded.inlineBody.empty())
        decoded.violation = "a frame has two bodies";
    else if (header.flags > kBodyInMemfd)
        decoded.violation = "a frame has unknown flags";
    return decoded;
}

Channel::Packet& Channel::open() {
    if (unsent_.empty() || unsent_.back().full) unsent_.emplace_back().bytes = std::exchange(spare_, {});
    return unsent_.back();
}

bool Channel::close(std::size_t at, FrameType type, std::uint64_t token) {
    Packet* packet = &unsent_.back();
    const std::size_t bodyBytes = packet->bytes.size() - at - sizeof(FrameHeader);
    if (bodyBytes > kMaxFrameBytes) {
        packet->bytes.resize(at);
        if (at == 0) unsent_.pop_back();
        return false;
    }
    const bool inMemfd = bodyBytes > kInlineBytes;
    if (at != 0 && packet->bytes.size() > kMaxPacket) {  // too much for one packet: the new frame opens the next
        std::string tail = packet->bytes.substr(at);
        packet->bytes.resize(at);
        packet->full = true;
        packet = &unsent_.emplace_back();
        packet->bytes = std::move(tail);
        at = 0;
    }
    if (inMemfd) {
        packet->memfdBody = packet->bytes.substr(sizeof(FrameHeader));
        packet->bytes = std::string(sizeof(FrameHeader), '\0');  // and not the room for a large body
    }
    const FrameHeader header{.length = static_cast<std::uint32_t>(packet->bytes.size() - at),
                             .type = static_cast<std::uint16_t>(type),
                             .flags = inMemfd ? kBodyInMemfd : std::uint16_t{0},
                             .sequence = ++put_,
                             .token = token,
                             .bodyBytes = bodyBytes};
    std::memcpy(packet->bytes.data() + at, &header, sizeof header);
    packet->full = inMemfd || packet->bytes.size() >= kPackedBytes;
    unsentBytes_ += sizeof header + bodyBytes;
    return true;
}

bool Channel::put(const Frame& frame) {
    Packet& packet = open();
    const std::size_t at = packet.bytes.size();
    packet.bytes.resize(at + sizeof(FrameHeader));
    packet.bytes += frame.body;
    return close(at, frame.type, frame.token);
}

Sent Channel::flush() {
    while (!unsent_.empty()) {
        Packet& packet = unsent_.front();
        packet.full = true;  // if it must wait: its frames are numbered, and so is what comes after
        if (const Sent sent = send(packet); sent != Sent::All) return sent;
        unsentBytes_ -= packet.bytes.size() + packet.memfdBody.size();
        packet.bytes.clear();
        if (packet.bytes.capacity() > spare_.capacity()) spare_ = std::move(packet.bytes);
        unsent_.pop_front();
    }
    return Sent::All;
}

std::vector<std::uint64_t> Channel::dropUnsent(FrameType type) {
    std::vector<std::uint64_t> tokens;
    for (const Packet& packet : unsent_)
        for (std::size_t at = 0; at < packet.bytes.size();) {
            FrameHeader header;
            std::memcpy(&header, packet.bytes.data() + at, sizeof header);
            if (header.type == static_cast<std::uint16_t>(type)) tokens.push_back(header.token);
            at += header.length;
        }
    unsent_.clear();
    unsentBytes_ = 0;
    return tokens;
}

Sent Channel::send(const Packet& packet) {
    iovec part{const_cast<char*>(packet.bytes.data()), packet.bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    FileDescriptor memfd;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    if (!packet.memfdBody.empty()) {
        memfd = makeMemfd(packet.memfdBody);
        attach(message, control, memfd.get());
    }
    while (::sendmsg(socket_.get(), &message, MSG_NOSIGNAL) < 0) {
        if (errno == EINTR) continue;
        return errno == EAGAIN ? Sent::WouldBlock : Sent::Closed;
    }
    return Sent::All;
}

Received Channel::readPacket() {
    packet_.resize(kMaxPacket);
    iovec part{packet_.data(), packet_.size()};
    // Room for more descriptors than we ask for, so that a surplus is seen and closed.
    alignas(cmsghdr) std::array<char, CMSG_SPACE(8 * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t size = 0;
    do size = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    while (size < 0 && (errno == EINTR || errno == ECONNRESET));
    if (size < 0) return errno == EAGAIN ? Received::Nothing : Received::Closed;
    descriptors_ = attachedTo(message);
    if (size == 0) return Received::Closed;
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return refuse("a packet is too long");
    rest_ = {packet_.data(), static_cast<std::size_t>(size)};
    return Received::Frame;
}

Received Channel::receive(Frame& frame) {
    if (!memfdBody_.empty()) std::string().swap(memfdBody_);
    if (rest_.empty())
        if (const auto read = readPacket(); read != Received::Frame) return read;
    const auto decoded = decodeFrame(rest_, received_ + 1, maxReceivedBytes_);
    if (!decoded.violation.empty()) return refuse(decoded.violation);
    const bool inMemfd = decoded.header.flags == kBodyInMemfd;
    if (descriptors_.size() != (inMemfd ? 1U : 0U)) return refuse("a packet has a wrong number of descriptors");
    rest_ = decoded.rest;
    ++received_;
    frame = {static_cast<FrameType>(decoded.header.type), decoded.header.token, decoded.inlineBody};
    if (!inMemfd) return Received::Frame;
    const FileDescriptor memfd = std::move(descriptors_.front());
    descriptors_.clear();
    const auto read = readMemfd(memfd, decoded.header.bodyBytes);
    frame.body = memfdBody_;
    return read;
}

Received Channel::readMemfd(const FileDescriptor& memfd, std::uint64_t size) {
    std::string& body = memfdBody_;
    struct stat status {};
    const int seals = ::fcntl(memfd.get(), F_GET_SEALS);  // -1: no memfd at all
    if (seals < 0 || (seals & kSeals) != kSeals) return refuse("a body is not in a sealed memfd");
    if (::fstat(memfd.get(), &status) != 0 || static_cast<std::uint64_t>(status.st_size) != size)
        return refuse("a memfd has not the size it states");
    body.resize(size);
    for (std::size_t done = 0; done < size;) {
        const auto n = ::pread(memfd.get(), body.data() + done, size - done, static_cast<off_t>(done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return refuse("a memfd cannot be read");
        done += static_cast<std::size_t>(n);
    }
    return Received::Frame;
}

Received Channel::refuse(std::string sentence) {
    violation_ = std::move(sentence);
    rest_ = {};
    return Received::Violation;
}

std::pair<FileDescriptor, FileDescriptor> makeSocketPair() {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throwErrno(errno, "cannot make a socketpair");
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace stepd::host
