#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_descriptor.h"

namespace stepd::bench {

/// HTTP/1.1 as far as the measurements need it: our own daemon's answers, which carry Content-Length.

/// A whole request; `body` may be empty. `headers` are lines that end with CRLF.
std::string requestText(std::string_view method, std::string_view path, std::string_view headers,
                        std::string_view body);

struct Response {
    int status = 0;
    std::string_view body;  ///< valid until the reader reads on
};

/// Reads answers of one connection, one after the other; a request is sent only after the answer to the one before.
class ResponseReader {
public:
    enum class State { More, Complete, Closed };
    /// Reads once from a socket. `Closed`: the other side has closed, or what came is no HTTP.
    State readFrom(int socket);
    /// The answer, after Complete and until the next readFrom.
    const Response& response() const { return response_; }

private:
    State parse();

    std::string bytes_;
    std::size_t headEnd_ = 0;  // 0: not there yet
    std::size_t total_ = 0;
    bool complete_ = false;
    Response response_;
};

/// A blocking connection to a port of loopback; invalid if nobody listens.
FileDescriptor connectTo(std::uint16_t port);

struct Answer {
    int status = 0;
    std::string body;
};

/// One request after the other on one connection, each waited for. One thread at a time.
class Conversation {
public:
    explicit Conversation(std::uint16_t port) : socket_(connectTo(port)) {}
    /// Absent if nobody listens or the connection broke.
    std::optional<Answer> ask(std::string_view method, std::string_view path, std::string_view body = {},
                              std::string_view headers = {});

private:
    FileDescriptor socket_;
    ResponseReader reader_;
};
/// One request on a connection of its own, waited for. Absent if nobody listens or the connection broke.
std::optional<Answer> ask(std::uint16_t port, std::string_view method, std::string_view path,
                          std::string_view body = {}, std::string_view headers = {});

}  // namespace stepd::bench
