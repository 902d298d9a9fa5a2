#include "http/test_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>

namespace stepd::http::test {

std::string Reply::field(std::string_view name) const {
    const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
    if (at == std::string::npos) return {};
    const std::size_t from = at + name.size() + 4;
    return head.substr(from, head.find("\r\n", from) - from);
}

TestClient::TestClient(std::uint16_t port) : TestClient(port, 0) {}

TestClient TestClient::withSmallBuffer(std::uint16_t port) {
    return {port, 4096};
}

TestClient::TestClient(std::uint16_t port, int receiveBuffer)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const ::timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (receiveBuffer > 0) ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<const ::sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot connect");
}

void TestClient::send(std::string_view bytes) {
    if (!trySend(bytes)) throw std::runtime_error("the server closed while the client sent");
}

bool TestClient::trySend(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t put = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

void TestClient::halfClose() {
    ::shutdown(socket_.get(), SHUT_WR);
}

void TestClient::reset() {
    const ::linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_.reset();
}

bool TestClient::fill() {
    std::array<char, 16384> bytes{};
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw std::runtime_error("no answer came");
    if (got <= 0) return false;
    buffer_.append(bytes.data(), static_cast<std::size_t>(got));
    return true;
}

std::optional<Reply> TestClient::read(bool bodyFollows) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
        if (!fill()) {
            if (buffer_.empty()) return std::nullopt;
            throw std::runtime_error("the connection ended inside a header");
        }
    Reply reply;
    reply.head = buffer_.substr(0, end + 2);
    reply.status = std::atoi(reply.head.c_str() + sizeof "HTTP/1.1");
    const std::size_t length = bodyFollows ? std::strtoull(reply.field("Content-Length").c_str(), nullptr, 10) : 0;
    while (buffer_.size() < end + 4 + length)
        if (!fill()) throw std::runtime_error("the connection ended inside a body");
    reply.body = buffer_.substr(end + 4, length);
    buffer_.erase(0, end + 4 + length);
    return reply;
}

std::string TestClient::readAll() {
    while (fill()) {
    }
    return std::exchange(buffer_, {});
}

}  // namespace stepd::http::test
