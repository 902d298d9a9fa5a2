#include "http/acceptor.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/error.h"

namespace stepd::http {
namespace {

constexpr int kBacklog = 1024;
constexpr Duration kPause = 1s;

std::string printed(int family, const void* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(family, address, text.data(), text.size());
    return text.data();
}

/// Fills address and client from the peer's address as accept gave it.
void describe(const ::sockaddr_storage& peer, Acceptor::Accepted& accepted) {
    if (peer.ss_family == AF_INET) {
        accepted.address = printed(AF_INET, &reinterpret_cast<const ::sockaddr_in&>(peer).sin_addr);
        accepted.client = accepted.address;
        return;
    }
    const ::in6_addr& address = reinterpret_cast<const ::sockaddr_in6&>(peer).sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        accepted.address = printed(AF_INET, &address.s6_addr[12]);
        accepted.client = accepted.address;
        return;
    }
    accepted.address = printed(AF_INET6, &address);
    accepted.client.assign(reinterpret_cast<const char*>(address.s6_addr), 8);
}

bool outOfDescriptors(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Acceptor::Acceptor(Front& front, Poller& poller, std::uint64_t id) : front_(front), poller_(poller), id_(id) {}

Acceptor::~Acceptor() = default;

void Acceptor::open() {
    const ServerOptions& options = front_.options;
    try {
        const Poco::Net::SocketAddress address(options.address, options.port);
        auto listener = std::make_unique<Poco::Net::ServerSocket>();
        // Reuse of the address alone: with the port's, which Poco adds by default, a second daemon would share our
        // clients.
        if (address.family() == Poco::Net::SocketAddress::IPv6)
            listener->bind6(address, true, false, true);
        else
            listener->bind(address, true, false);
        ::fcntl(listener->impl()->sockfd(), F_SETFD, FD_CLOEXEC);
        listener->listen(kBacklog);
        listener->setBlocking(false);
        port_ = listener->address().port();
        listener_ = std::move(listener);
    } catch (const Poco::Exception& error) {
        throw Error(ErrorCode::Unavailable, "cannot listen on " + options.address + " port " +
                                                std::to_string(options.port) + ": " + error.displayText());
    }
    poller_.watchLevel(listener_->impl()->sockfd(), id_);
}

std::optional<Acceptor::Accepted> Acceptor::next() {
    while (listener_ && !paused_) {
        ::sockaddr_storage peer{};
        ::socklen_t size = sizeof peer;
        // Not Poco's acceptConnection: a worker spawned by another thread in between would inherit the descriptor
        // (R22).
        Accepted accepted{
            .socket = FileDescriptor(::accept4(listener_->impl()->sockfd(), reinterpret_cast<::sockaddr*>(&peer), &size,
                                               SOCK_NONBLOCK | SOCK_CLOEXEC)),
            .address = {},
            .client = {}};
        if (!accepted.socket.valid()) {
            if (errno == EAGAIN) return std::nullopt;
            if (outOfDescriptors(errno)) pause();
            continue;  // any other error belongs to that one connection (accept(2))
        }
        describe(peer, accepted);
        if (const auto refusal = overCap(accepted.client)) {
            turnAway(accepted.socket, *refusal);
            continue;
        }
        const int on = 1;
        ::setsockopt(accepted.socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ++clients_[accepted.client];
        front_.metrics.open = ++open_;
        ++front_.metrics.accepted;
        return accepted;
    }
    return std::nullopt;
}

std::optional<Refusal> Acceptor::overCap(const std::string& client) const {
    const Limits& limits = front_.options.limits;
    if (open_ >= limits.connections) return Refusal::TooMany;
    const auto found = clients_.find(client);
    if (found != clients_.end() && found->second >= limits.connectionsPerAddress) return Refusal::TooManyOfOne;
    return std::nullopt;
}

/// One attempt to say why; a client that cannot take so little at once is not waited for.
void Acceptor::turnAway(const FileDescriptor& socket, Refusal reason) {
    ++front_.metrics.refused[static_cast<std::size_t>(reason)];
    std::string bytes;
    appendResponse(bytes, problem(Status::ServiceUnavailable, "There are too many connections.").retryAfter(1s),
                   {.date = front_.time.date(), .requestId = {}});
    ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::shutdown(socket.get(), SHUT_WR);
}

void Acceptor::release(const std::string& client) {
    front_.metrics.open = --open_;
    const auto found = clients_.find(client);
    if (--found->second == 0) clients_.erase(found);
    resume();
}

void Acceptor::pause() {
    paused_ = true;
    ++front_.metrics.acceptPauses;
    poller_.forget(listener_->impl()->sockfd());
    front_.deadlines.set(*this, front_.time.instant() + kPause);
}

void Acceptor::resume() {
    if (!paused_ || !listener_) return;
    paused_ = false;
    poller_.watchLevel(listener_->impl()->sockfd(), id_);
}

void Acceptor::close() {
    if (!listener_) return;
    if (!paused_) poller_.forget(listener_->impl()->sockfd());
    listener_->close();
    listener_.reset();
}

}  // namespace stepd::http
