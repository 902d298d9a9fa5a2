#include "host/channel.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

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

DecodedPacket decodePacket(std::string_view packet, std::uint64_t expectedSequence, std::uint64_t maxBodyBytes) {
    DecodedPacket decoded;
    FrameHeader& header = decoded.header;
    if (packet.size() < sizeof header) return decoded.violation = "a packet is shorter than its header", decoded;
    std::memcpy(&header, packet.data(), sizeof header);
    decoded.inlineBody = packet.substr(sizeof header);
    if (header.length != packet.size())
        decoded.violation = "a packet has not the length it states";
    else if (header.sequence != expectedSequence)
        decoded.violation = "a packet is out of sequence";
    else if (header.bodyBytes > maxBodyBytes)
        decoded.violation = "a frame is too large";
    else if (header.flags == 0 && header.bodyBytes != decoded.inlineBody.size())
        decoded.violation = "a body has not the length it states";
    else if (header.flags == kBodyInMemfd && !decoded.inlineBody.empty())
        decoded.violation = "a packet has two bodies";
    else if (header.flags > kBodyInMemfd)
        decoded.violation = "a packet has unknown flags";
    return decoded;
}

Sent Channel::send(const Frame& frame) {
    if (frame.body.size() > kMaxFrameBytes) throw Error(ErrorCode::InvalidArgument, "a frame is larger than 64 MiB");
    const bool inMemfd = frame.body.size() > kInlineBytes;
    const std::size_t length = sizeof(FrameHeader) + (inMemfd ? 0 : frame.body.size());
    FrameHeader header{.length = static_cast<std::uint32_t>(length),
                       .type = static_cast<std::uint16_t>(frame.type),
                       .flags = inMemfd ? kBodyInMemfd : std::uint16_t{0},
                       .sequence = sent_ + 1,
                       .token = frame.token,
                       .bodyBytes = frame.body.size()};
    std::array<iovec, 2> parts{iovec{&header, sizeof header},
                               iovec{const_cast<char*>(frame.body.data()), inMemfd ? 0 : frame.body.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    FileDescriptor memfd;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    if (inMemfd) {
        memfd = makeMemfd(frame.body);
        attach(message, control, memfd.get());
    }
    while (::sendmsg(socket_.get(), &message, MSG_NOSIGNAL) < 0) {
        if (errno == EINTR) continue;
        return errno == EAGAIN ? Sent::WouldBlock : Sent::Closed;
    }
    ++sent_;
    return Sent::All;
}

Received Channel::receive(Frame& frame) {
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
    const auto descriptors = attachedTo(message);
    if (size == 0) return Received::Closed;
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return refuse("a packet is too long");

    const auto decoded =
        decodePacket({packet_.data(), static_cast<std::size_t>(size)}, received_ + 1, maxReceivedBytes_);
    if (!decoded.violation.empty()) return refuse(decoded.violation);
    const bool inMemfd = decoded.header.flags == kBodyInMemfd;
    if (descriptors.size() != (inMemfd ? 1U : 0U)) return refuse("a packet has a wrong number of descriptors");
    ++received_;
    frame.type = static_cast<FrameType>(decoded.header.type);
    frame.token = decoded.header.token;
    if (inMemfd) return readMemfd(descriptors.front(), decoded.header.bodyBytes, frame.body);
    frame.body = decoded.inlineBody;
    return Received::Frame;
}

Received Channel::readMemfd(const FileDescriptor& memfd, std::uint64_t size, std::string& body) {
    struct stat status {};
    if ((::fcntl(memfd.get(), F_GET_SEALS) & kSeals) != kSeals) return refuse("a body is not in a sealed memfd");
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
    return Received::Violation;
}

std::pair<FileDescriptor, FileDescriptor> makeSocketPair() {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throwErrno(errno, "cannot make a socketpair");
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace stepd::host
