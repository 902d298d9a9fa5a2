#include "http_talk.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <charconv>

namespace stepd::bench {
namespace {

constexpr std::size_t kReadAtOnce = 16 * 1024;

/// The value of Content-Length; absent if the head has none.
std::optional<std::size_t> contentLength(std::string_view head) {
    constexpr std::string_view kName = "\r\nContent-Length: ";
    const std::size_t at = head.find(kName);
    if (at == std::string_view::npos) return std::nullopt;
    std::size_t value = 0;
    const char* const begin = head.data() + at + kName.size();
    if (std::from_chars(begin, head.data() + head.size(), value).ec != std::errc()) return std::nullopt;
    return value;
}

bool sendAll(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

}  // namespace

std::string requestText(std::string_view method, std::string_view path, std::string_view headers,
                        std::string_view body) {
    std::string text;
    text.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\n").append(headers);
    if (method != "GET")
        text.append("Content-Type: application/json\r\nContent-Length: ")
            .append(std::to_string(body.size()))
            .append("\r\n");
    return text.append("\r\n").append(body);
}

ResponseReader::State ResponseReader::readFrom(int socket) {
    if (complete_) {
        bytes_.erase(0, total_);
        headEnd_ = total_ = 0;
        complete_ = false;
    }
    const std::size_t before = bytes_.size();
    bytes_.resize(before + kReadAtOnce);
    const ssize_t got = ::recv(socket, bytes_.data() + before, kReadAtOnce, 0);
    bytes_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return State::Closed;
    if (got < 0) return errno == EAGAIN || errno == EINTR ? State::More : State::Closed;
    return parse();
}

ResponseReader::State ResponseReader::parse() {
    const std::string_view all = bytes_;
    if (headEnd_ == 0) {
        const std::size_t end = all.find("\r\n\r\n");
        if (end == std::string_view::npos) return State::More;
        const auto length = contentLength(all.substr(0, end + 2));
        if (!length || !all.starts_with("HTTP/1.1 ")) return State::Closed;
        std::from_chars(all.data() + 9, all.data() + 12, response_.status);
        headEnd_ = end + 4;
        total_ = headEnd_ + *length;
    }
    if (all.size() < total_) return State::More;
    response_.body = all.substr(headEnd_, total_ - headEnd_);
    complete_ = true;
    return State::Complete;
}

FileDescriptor connectTo(std::uint16_t port) {
    FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

std::optional<Answer> Conversation::ask(std::string_view method, std::string_view path, std::string_view body,
                                        std::string_view headers) {
    if (!socket_.valid() || !sendAll(socket_.get(), requestText(method, path, headers, body))) return std::nullopt;
    auto state = ResponseReader::State::More;
    while (state == ResponseReader::State::More) state = reader_.readFrom(socket_.get());
    if (state == ResponseReader::State::Closed) return std::nullopt;
    return Answer{reader_.response().status, std::string(reader_.response().body)};
}

std::optional<Answer> ask(std::uint16_t port, std::string_view method, std::string_view path, std::string_view body,
                          std::string_view headers) {
    return Conversation(port).ask(method, path, body, headers);
}

}  // namespace stepd::bench
